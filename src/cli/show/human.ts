/** A tunnel as `wg show` would print it. */
import type { PeerReport, TransportReport, TunnelReport } from '../../control/report.ts';

/** @param now Unix milliseconds, for "ago" */
export function renderTunnel(report: TunnelReport, now: number): string {
  const peers = [...report.peers].sort((a, b) => (b.latestHandshake ?? 0) - (a.latestHandshake ?? 0));
  return [renderInterface(report), ...peers.map((peer) => renderPeer(peer, now))].join('\n');
}

function renderInterface(report: TunnelReport): string {
  const drops = Object.entries(report.drops).map(([reason, count]) => `${count} ${reason}`);
  return block(`interface: ${report.name}`, [
    ['public key', report.publicKey],
    ['private key', '(hidden)'],
    ['listening port', String(report.listenPort)],
    ...report.listeners.map(({ kind, address }): Field => [`listening ${kind}`, address]),
    ['fwmark', report.fwmark === 0 ? undefined : `0x${report.fwmark.toString(16)}`],
    ['mtu', String(report.mtu)],
    ...Object.entries(report.obfuscation).map(([key, value]): Field => [key, String(value)]),
    ['dropped', drops.length === 0 ? undefined : drops.join(', ')],
  ]);
}

function renderPeer(peer: PeerReport, now: number): string {
  const { latestHandshake, receivedBytes, sentBytes, persistentKeepalive } = peer;
  const transfer = `${bytesText(receivedBytes)} received, ${bytesText(sentBytes)} sent`;
  return block(`peer: ${peer.publicKey}`, [
    ['preshared key', peer.presharedKey ? '(hidden)' : undefined],
    ['endpoint', peer.endpoint ?? undefined],
    ['transport', transportText(peer.transport, now)],
    ['allowed ips', peer.allowedIps.length === 0 ? '(none)' : peer.allowedIps.join(', ')],
    ['latest handshake', latestHandshake === null ? undefined : agoText(now / 1000 - latestHandshake)],
    ['transfer', receivedBytes + sentBytes === 0 ? undefined : transfer],
    [
      'persistent keepalive',
      persistentKeepalive === 0 ? undefined : `every ${countText(persistentKeepalive, 'second')}`,
    ],
  ]);
}

/** Nothing for a peer that is simply at its endpoint by UDP, as wg knows it. */
function transportText(transport: TransportReport | null, now: number): string | undefined {
  if (transport === null || (transport.name === 'udp' && transport.reason === null)) return undefined;
  const { name, endpoint, reason, since } = transport;
  if (reason === null || since === null) return `${name} ${endpoint}`;
  return `${name} ${endpoint} (since ${agoText(now / 1000 - since)}: ${reason})`;
}

type Field = readonly [name: string, value: string | undefined];

function block(title: string, fields: readonly Field[]): string {
  const present = fields.filter(([, value]) => value !== undefined);
  return [title, ...present.map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.34 MiB`, as wg has it. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return unit === 0 ? `${bytes} B` : `${value.toFixed(2)} ${UNITS[unit]}`;
}

const SPANS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `2 minutes, 3 seconds ago`. A clock that was set back yields a time in the future. */
export function agoText(seconds: number): string {
  let rest = Math.floor(seconds);
  if (rest === 0) return 'now';
  if (rest < 0) return '(in the future: the system clock was set back)';
  const parts: string[] = [];
  for (const [name, length] of SPANS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(countText(count, name));
  }
  return `${parts.join(', ')} ago`;
}

function countText(count: number | string, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
