/** ICMP and ICMPv6 echo messages (RFC 792, RFC 4443 4.1) as bytes. */

/**
 *     0  type u8, 1 code u8, 2 checksum u16, 4 identifier u16, 6 sequence u16, 8 data; big endian
 */
const ECHO = { type: 0, checksum: 2, identifier: 4, sequence: 6, data: 8 } as const;

const ECHO_TYPES = {
  4: { request: 8, reply: 0 },
  6: { request: 128, reply: 129 },
} as const;

export interface EchoMark {
  readonly identifier: number;
  readonly sequence: number;
}

/** A request with `dataBytes` of counting data. The kernel fills in the checksum of ICMPv6. */
export function encodeEchoRequest(family: 4 | 6, mark: EchoMark, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(ECHO.data + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes[ECHO.type] = ECHO_TYPES[family].request;
  view.setUint16(ECHO.identifier, mark.identifier);
  view.setUint16(ECHO.sequence, mark.sequence);
  for (let i = 0; i < dataBytes; i++) bytes[ECHO.data + i] = i;
  if (family === 4) view.setUint16(ECHO.checksum, internetChecksum(bytes));
  return bytes;
}

/** What a raw socket received: its mark if it is an echo reply. IPv4 comes with the IP header, IPv6 without. */
export function decodeEchoReply(family: 4 | 6, bytes: Uint8Array): EchoMark | undefined {
  const start = family === 4 ? ipHeaderBytes(family, bytes, 0) : 0;
  return bytes[start] === ECHO_TYPES[family].reply ? readMark(bytes, start) : undefined;
}

/** Unreachable and time exceeded (RFC 792, RFC 4443 3.1 and 3.3): somebody on the way speaks instead of the target. */
const ERROR_TYPES = { 4: [3, 11], 6: [1, 3] } as const;

const IPV6_HEADER_BYTES = 40;

/** An IP packet: the mark of the request if it answers one, by a reply or by an error that quotes it. */
export function decodeEchoAnswer(family: 4 | 6, packet: Uint8Array): EchoMark | undefined {
  const start = ipHeaderBytes(family, packet, 0);
  const type = packet[start] ?? -1;
  if (type === ECHO_TYPES[family].reply) return readMark(packet, start);
  const errorTypes: readonly number[] = ERROR_TYPES[family];
  if (!errorTypes.includes(type)) return undefined;
  const quoted = start + ECHO.data;
  const request = quoted + ipHeaderBytes(family, packet, quoted);
  return packet[request] === ECHO_TYPES[family].request ? readMark(packet, request) : undefined;
}

function readMark(bytes: Uint8Array, start: number): EchoMark | undefined {
  if (bytes.length < start + ECHO.data) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  return { identifier: view.getUint16(ECHO.identifier), sequence: view.getUint16(ECHO.sequence) };
}

function ipHeaderBytes(family: 4 | 6, bytes: Uint8Array, offset: number): number {
  return family === 4 ? ((bytes[offset] ?? 0) & 0x0f) * 4 : IPV6_HEADER_BYTES;
}

/** RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
