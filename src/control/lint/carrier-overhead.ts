/** What a carrier adds to a transport message on its way through a network. */

/** Bytes after the IP header, for each message. */
const OVERHEAD = {
  /** Header. */
  udp: 8,
  /** Header with timestamps, and the length before each message. */
  tcp: 32 + 2,
  /** The same in a TLS 1.3 record: header, content type, tag. */
  tls: 32 + 22 + 2,
  /** A masked frame in a TLS record. */
  websocket: 32 + 22 + 8,
} as const;

export type CarrierName = keyof typeof OVERHEAD;

export const CARRIER_NAMES = Object.keys(OVERHEAD) as CarrierName[];

const IP_HEADER = { 4: 20, 6: 40 } as const;

export function carrierOverhead(carrier: CarrierName, family: 4 | 6): number {
  return IP_HEADER[family] + OVERHEAD[carrier];
}
