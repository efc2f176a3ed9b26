/**
 * Why a packet or datagram went no further. Numbers, because the hot path counts them in shared
 * memory; the names are what users see. Append only.
 */
export const DROP_REASONS = [
  'none',
  // Inbound, from the wire
  'too-short',
  'unknown-type',
  'bad-mac1',
  'unknown-index',
  'keypair-expired',
  'bad-tag',
  'replayed',
  'bad-inner-packet',
  'disallowed-source',
  'handshake-backlog-full',
  // Inbound, at the door
  'cookie-sent',
  'rate-limited',
  // Inbound, in the core
  'bad-handshake',
  'unknown-peer',
  'stale-timestamp',
  'initiation-too-soon',
  'bad-cookie-reply',
  'unexpected-response',
  // Outbound
  'no-route',
  'no-endpoint',
  'staged-overflow',
  'malformed-frame',
  'counter-exhausted',
  'send-failed',
  'send-buffer-full',
  'tun-write-failed',
  // Inbound, at the door
  'cookie-withheld',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Index of each reason in the shared counters. */
export const DROP = Object.freeze(Object.fromEntries(DROP_REASONS.map((name, index) => [name, index]))) as Readonly<
  Record<DropReason, number>
>;
