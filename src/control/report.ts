/** What `show` tells about a tunnel: a snapshot as plain JSON, with keys and addresses as people write them. */
import type { PeerCarrier } from '../device/carriers/peer-carrier.ts';
import type { DeviceSnapshot } from '../device/device-snapshot.ts';
import { formatEndpoint, formatPrefix } from '../protocol/address-text.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import { formatRange } from '../protocol/range.ts';
import type { PeerSnapshot } from '../protocol/tunnel-options.ts';
import type { CarrierName, StreamKind } from '../transport/carrier-name.ts';
import type { StreamCounts } from '../transport/stream/stream-counters.ts';
import type { StreamStatistics } from '../transport/stream/stream-hub.ts';
import type { StreamListenOptions } from '../transport/stream/stream-target.ts';
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
  /** Where streams are accepted, as the configuration file has it. */
  readonly listeners: readonly ListenerReport[];
  /** What the stream carriers did since the start; null while none is in use. */
  readonly streams: StreamCounts | null;
}

export interface ListenerReport {
  readonly kind: StreamKind;
  /** `0.0.0.0:443`, `*:443`, or `ws://127.0.0.1:8080/path`. */
  readonly address: string;
}

export interface PeerReport {
  readonly publicKey: string;
  /** Whether there is one; the key itself stays inside. */
  readonly presharedKey: boolean;
  readonly endpoint: string | null;
  /** What carries its datagrams, null while it is nowhere. */
  readonly transport: TransportReport | null;
  readonly allowedIps: readonly string[];
  /** Unix seconds with fraction, null = never. */
  readonly latestHandshake: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Seconds, 0 = off; a range as `20-30`. */
  readonly persistentKeepalive: number | string;
}

export interface TransportReport {
  readonly name: CarrierName;
  readonly endpoint: string;
  /** Why it is this one; null where there was nothing to decide. */
  readonly reason: string | null;
  /** Unix seconds with fraction of that decision. */
  readonly since: number | null;
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
    peers: snapshot.peers.map((peer) => reportPeer(peer, snapshot.carriers.get(peer.id))),
    drops: Object.fromEntries(snapshot.drops),
    listeners: snapshot.listeners.map(reportListener),
    streams: reportStreams(snapshot.streams),
  };
}

function reportPeer(peer: PeerSnapshot, carrier: PeerCarrier | undefined): PeerReport {
  return {
    publicKey: base64(peer.publicKey),
    presharedKey: peer.hasPresharedKey,
    endpoint: peer.endpoint === undefined ? null : formatEndpoint(peer.endpoint),
    transport: peer.endpoint === undefined ? null : reportTransport(peer.endpoint, carrier),
    allowedIps: peer.allowedIps.map(formatPrefix),
    latestHandshake: peer.lastHandshake === 0 ? null : peer.lastHandshake / 1000,
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
    persistentKeepalive:
      typeof peer.persistentKeepalive === 'number' ? peer.persistentKeepalive : formatRange(peer.persistentKeepalive),
  };
}

function reportTransport(endpoint: Endpoint, carrier: PeerCarrier | undefined): TransportReport {
  const { name = 'udp', decision } = carrier ?? {};
  return {
    name,
    endpoint: formatEndpoint(endpoint),
    reason: decision?.reason ?? null,
    since: decision === undefined ? null : decision.since / 1000,
  };
}

function reportStreams(statistics: StreamStatistics | undefined): StreamCounts | null {
  if (statistics === undefined) return null;
  const { bundles: _, ...counts } = statistics;
  return counts;
}

function reportListener({ kind, address, port, websocket }: StreamListenOptions): ListenerReport {
  const place = address === undefined ? `*:${port}` : formatEndpoint({ address, port, scopeId: 0 });
  const url = websocket && `${websocket.secure ? 'wss' : 'ws'}://${place}${websocket.path}`;
  return { kind, address: url ?? place };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
