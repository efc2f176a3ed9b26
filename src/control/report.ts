/** What `show` tells about a tunnel: a snapshot as plain JSON, with keys and addresses as people write them. */
import type { DeviceSnapshot } from '../device/device-snapshot.ts';
import { formatEndpoint, formatPrefix } from '../protocol/address-text.ts';
import { formatRange } from '../protocol/range.ts';
import type { PeerSnapshot } from '../protocol/tunnel-options.ts';
import { reportObfuscation } from './report-obfuscation.ts';

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
  /** Seconds, 0 = off; a range as `20-30`. */
  readonly persistentKeepalive: number | string;
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
    obfuscation: reportObfuscation(snapshot.profile, snapshot.timing),
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
    persistentKeepalive:
      typeof peer.persistentKeepalive === 'number' ? peer.persistentKeepalive : formatRange(peer.persistentKeepalive),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
