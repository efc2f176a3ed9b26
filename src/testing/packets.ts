/**
 * Inner packets as applications send them: ICMP echo, UDP and TCP over IPv4 and IPv6 with right
 * checksums, and a parser that tells whether what came out of the tunnel is still right.
 */
import { address } from './addresses.ts';
import { checksum, PROTOCOL, pseudoHeaderSum, sumWords } from './checksum.ts';

/** Addresses as text or bytes, both of one family. */
export interface Flow {
  readonly source: string | Uint8Array;
  readonly destination: string | Uint8Array;
}

export interface IpFields extends Flow {
  /** DSCP and ECN, the traffic class of IPv6. */
  readonly trafficClass?: number;
  /** TTL, the hop limit of IPv6. */
  readonly ttl?: number;
  /** IPv4 identification. */
  readonly identification?: number;
  readonly payload?: Uint8Array;
}

export interface EchoFields extends IpFields {
  readonly identifier?: number;
  readonly sequence?: number;
  readonly reply?: boolean;
}

export interface PortFields extends IpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface TcpFields extends PortFields {
  readonly sequence?: number;
  readonly acknowledgment?: number;
  /** TCP_FLAG values; ACK unless said otherwise. */
  readonly flags?: number;
  readonly window?: number;
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
}

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const TCP_HEADER_BYTES = 20;
const ICMP_HEADER_BYTES = 8;
const DONT_FRAGMENT = 0x4000;
const DEFAULT_TTL = 64;
const NO_PAYLOAD = new Uint8Array(0);

/** Where the checksum of each protocol lies in its header. */
export const CHECKSUM_OFFSET: Readonly<Record<number, number>> = {
  [PROTOCOL.icmp]: 2,
  [PROTOCOL.icmp6]: 2,
  [PROTOCOL.udp]: 6,
  [PROTOCOL.tcp]: 16,
};

export function echoPacket(fields: EchoFields): Uint8Array {
  const isIpv6 = bytesOf(fields.source).length === 16;
  const { payload = NO_PAYLOAD, identifier = 1, sequence = 1, reply = false } = fields;
  const segment = new Uint8Array(ICMP_HEADER_BYTES + payload.length);
  const view = viewOf(segment);
  view.setUint8(0, isIpv6 ? (reply ? 129 : 128) : reply ? 0 : 8);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  segment.set(payload, ICMP_HEADER_BYTES);
  return ipPacket(fields, isIpv6 ? PROTOCOL.icmp6 : PROTOCOL.icmp, segment);
}

export function udpPacket(fields: PortFields): Uint8Array {
  const { payload = NO_PAYLOAD } = fields;
  const segment = new Uint8Array(UDP_HEADER_BYTES + payload.length);
  const view = viewOf(segment);
  view.setUint16(0, fields.sourcePort);
  view.setUint16(2, fields.destinationPort);
  view.setUint16(4, segment.length);
  segment.set(payload, UDP_HEADER_BYTES);
  return ipPacket(fields, PROTOCOL.udp, segment);
}

export function tcpPacket(fields: TcpFields): Uint8Array {
  const { payload = NO_PAYLOAD, options = NO_PAYLOAD, flags = TCP_FLAG.ack } = fields;
  const headerBytes = TCP_HEADER_BYTES + options.length;
  const segment = new Uint8Array(headerBytes + payload.length);
  const view = viewOf(segment);
  view.setUint16(0, fields.sourcePort);
  view.setUint16(2, fields.destinationPort);
  view.setUint32(4, fields.sequence ?? 1);
  view.setUint32(8, fields.acknowledgment ?? 1);
  view.setUint8(12, (headerBytes / 4) << 4);
  view.setUint8(13, flags);
  view.setUint16(14, fields.window ?? 65535);
  segment.set(options, TCP_HEADER_BYTES);
  segment.set(payload, headerBytes);
  return ipPacket(fields, PROTOCOL.tcp, segment);
}

/** Puts an IP header before a transport segment and finishes both checksums. */
export function ipPacket(fields: IpFields, protocol: number, segment: Uint8Array): Uint8Array {
  const source = bytesOf(fields.source);
  const destination = bytesOf(fields.destination);
  if (source.length !== destination.length) throw new TypeError('source and destination differ in family');
  const header =
    source.length === 4 ? ipv4Header(fields, protocol, segment.length) : ipv6Header(fields, protocol, segment.length);
  header.set(source, header.length - 2 * source.length);
  header.set(destination, header.length - source.length);
  const packet = new Uint8Array(header.length + segment.length);
  packet.set(header);
  packet.set(segment, header.length);
  finishChecksums(packet);
  return packet;
}

/** Recomputes the IPv4 header checksum and that of ICMP, UDP or TCP. */
export function finishChecksums(packet: Uint8Array): void {
  const { headerBytes, version, protocol, source, destination } = parsePacket(packet);
  const view = viewOf(packet);
  if (version === 4) {
    view.setUint16(10, 0);
    view.setUint16(10, checksum(packet.subarray(0, headerBytes)));
  }
  const field = CHECKSUM_OFFSET[protocol];
  if (field === undefined) return;
  view.setUint16(headerBytes + field, 0);
  const segment = packet.subarray(headerBytes);
  const initial = protocol === PROTOCOL.icmp ? 0 : pseudoHeaderSum(source, destination, protocol, segment.length);
  const sum = checksum(segment, initial);
  view.setUint16(headerBytes + field, protocol === PROTOCOL.udp && sum === 0 ? 0xffff : sum);
}

export interface ParsedPacket {
  readonly version: 4 | 6;
  /** Bytes before the transport header. */
  readonly headerBytes: number;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** As the IP header says. */
  readonly totalBytes: number;
  /** Transport header and what follows it. */
  readonly segment: Uint8Array;
  /** What follows the transport header of ICMP echo, UDP and TCP; the whole segment for others. */
  readonly payload: Uint8Array;
}

/** Reads an IPv4 or IPv6 packet without extension headers. Throws RangeError for anything else. */
export function parsePacket(packet: Uint8Array): ParsedPacket {
  const view = viewOf(packet);
  const version = (packet[0] ?? 0) >>> 4;
  if (version !== 4 && version !== 6) throw new RangeError(`IP version ${version}`);
  const headerBytes = version === 4 ? (view.getUint8(0) & 15) * 4 : IPV6_HEADER_BYTES;
  const protocol = view.getUint8(version === 4 ? 9 : 6);
  const totalBytes = version === 4 ? view.getUint16(2) : IPV6_HEADER_BYTES + view.getUint16(4);
  const width = version === 4 ? 4 : 16;
  const addresses = version === 4 ? 12 : 8;
  const segment = packet.subarray(headerBytes);
  return {
    version,
    headerBytes,
    protocol,
    totalBytes,
    source: packet.slice(addresses, addresses + width),
    destination: packet.slice(addresses + width, addresses + 2 * width),
    segment,
    payload: segment.subarray(transportHeaderBytes(protocol, segment)),
  };
}

/** Whether the lengths agree with the packet and every checksum is right. */
export function isIntact(packet: Uint8Array): boolean {
  const { version, headerBytes, protocol, source, destination, segment, totalBytes } = parsePacket(packet);
  if (totalBytes !== packet.length) return false;
  if (version === 4 && sumWords(packet.subarray(0, headerBytes)) !== 0xffff) return false;
  if (CHECKSUM_OFFSET[protocol] === undefined) return true;
  if (protocol === PROTOCOL.udp && viewOf(segment).getUint16(4) !== segment.length) return false;
  const initial = protocol === PROTOCOL.icmp ? 0 : pseudoHeaderSum(source, destination, protocol, segment.length);
  return sumWords(segment, initial) === 0xffff;
}

/** Header size of the transport protocol, 0 for unknown ones. */
export function transportHeaderBytes(protocol: number, segment: Uint8Array): number {
  if (protocol === PROTOCOL.tcp) return ((segment[12] ?? 0) >>> 4) * 4;
  if (protocol === PROTOCOL.udp) return UDP_HEADER_BYTES;
  return protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmp6 ? ICMP_HEADER_BYTES : 0;
}

function ipv4Header(fields: IpFields, protocol: number, length: number): Uint8Array {
  const header = new Uint8Array(IPV4_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint8(0, 0x45);
  view.setUint8(1, fields.trafficClass ?? 0);
  view.setUint16(2, IPV4_HEADER_BYTES + length);
  view.setUint16(4, fields.identification ?? 0);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, fields.ttl ?? DEFAULT_TTL);
  view.setUint8(9, protocol);
  return header;
}

function ipv6Header(fields: IpFields, protocol: number, length: number): Uint8Array {
  const header = new Uint8Array(IPV6_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, (0x6000_0000 | ((fields.trafficClass ?? 0) << 20)) >>> 0);
  view.setUint16(4, length);
  view.setUint8(6, protocol);
  view.setUint8(7, fields.ttl ?? DEFAULT_TTL);
  return header;
}

function bytesOf(host: string | Uint8Array): Uint8Array {
  return typeof host === 'string' ? address(host) : host;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
