/** What `show` tells about a tunnel: a snapshot as plain JSON, with keys and addresses as people write them. */
import type { DeviceSnapshot } from '../device/device-snapshot.ts';
import { formatEndpoint, formatPrefix } from '../protocol/address-text.ts';
import type { HeaderRange } from '../protocol/obfuscation/header-range.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { PeerSnapshot } from '../protocol/tunnel-options.ts';

export interface TunnelReport {
  readonly name: string;
  /** Base64, like all keys. */
  readonly publicKey: string;
  readonly listenPort: number;
  /** 0 = none. */
  readonly fwmark: number;
  readonly mtu: number;
  /** AEAD implementation in use. */
  readonly kernel: string;
  readonly process: number;
  /** AWG keys in lower case, in the order of the configuration file; only those that differ from plain WireGuard. */
  readonly obfuscation: Readonly<Record<string, string | number>>;
  readonly peers: readonly PeerReport[];
  /** Packets dropped since the start, by reason. */
  readonly drops: Readonly<Record<string, number>>;
}

export interface PeerReport {
  readonly publicKey: string;
  /** Whether there is one; the key itself stays inside. */
  readonly presharedKey: boolean;
  readonly endpoint: string | null;
  readonly allowedIps: readonly string[];
  /** Unix seconds with fraction, null = never. */
  readonly latestHandshake: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Seconds, 0 = off. */
  readonly persistentKeepalive: number;
}

export function reportOf(snapshot: DeviceSnapshot): TunnelReport {
  const { name, listenPort, fwmark, mtu, kernel } = snapshot.info;
  return {
    name,
    publicKey: base64(snapshot.publicKey),
    listenPort,
    fwmark,
    mtu,
    kernel,
    process: process.pid,
    obfuscation: reportProfile(snapshot.profile),
    peers: snapshot.peers.map(reportPeer),
    drops: Object.fromEntries(snapshot.drops),
  };
}

function reportPeer(peer: PeerSnapshot): PeerReport {
  return {
    publicKey: base64(peer.publicKey),
    presharedKey: peer.hasPresharedKey,
    endpoint: peer.endpoint === undefined ? null : formatEndpoint(peer.endpoint),
    allowedIps: peer.allowedIps.map(formatPrefix),
    latestHandshake: peer.lastHandshake === 0 ? null : peer.lastHandshake / 1000,
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
    persistentKeepalive: peer.persistentKeepalive,
  };
}

function reportProfile(profile: Profile): Record<string, string | number> {
  const { initiation, response, cookieReply, transport, junk, signatures } = profile;
  const messages = [initiation, response, cookieReply, transport];
  const sizes = [
    ['jc', junk.count],
    ['jmin', junk.minimum],
    ['jmax', junk.maximum],
    ...messages.map((shape, index) => [`s${index + 1}`, shape.prefix]),
  ];
  const headers = messages.map((shape, index) => [`h${index + 1}`, headerText(shape.header)]);
  const plain = messages.every((shape, index) => headerText(shape.header) === String(index + 1));
  return Object.fromEntries([
    ...sizes.filter(([, size]) => size !== 0),
    ...(plain ? [] : headers),
    ...signatures.map((packet) => [packet.key.toLowerCase(), packet.text]),
  ]) as Record<string, string | number>;
}

function headerText(range: HeaderRange): string {
  return range.low === range.high ? `${range.low}` : `${range.low}-${range.high}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
