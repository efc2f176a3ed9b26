/** What can bring datagrams to a peer, by the names that configuration files, logs and `show` use. */

/** Carriers that send datagrams through a connection. */
export type StreamKind = 'tcp' | 'tls' | 'websocket';

export type CarrierName = 'udp' | StreamKind;

export const CARRIER_NAMES = ['udp', 'tcp', 'tls', 'websocket'] as const satisfies readonly CarrierName[];

const UDP_HEADER = 8;
/** Of our stream framing, see stream/framing/frame-reader.ts. */
const FRAME_HEADER = 2;
/** RFC 8446, 5.2: header, content type and tag of a record; a record takes many datagrams. */
const TLS_RECORD = 22;
/** RFC 6455, 5.2: two bytes, 16 bits of length, mask. */
const WEBSOCKET_HEADER = 8;
/** Bytes of a TCP header with timestamps, as Linux sends it. */
const TCP_HEADER = 32;

/**
 * Bytes that a carrier adds to one datagram beyond the IP header, at most. Only for UDP do they limit
 * the MTU of the tunnel: a stream takes datagrams of any size.
 */
export const CARRIER_OVERHEAD: Readonly<Record<CarrierName, number>> = {
  udp: UDP_HEADER,
  tcp: TCP_HEADER + FRAME_HEADER,
  tls: TCP_HEADER + TLS_RECORD + FRAME_HEADER,
  websocket: TCP_HEADER + TLS_RECORD + WEBSOCKET_HEADER,
};
