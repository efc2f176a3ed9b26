/**
 * Files for Wireshark and tcpdump (pcap, microseconds, LINKTYPE_RAW: each record begins with an IP header).
 * A datagram of ours was taken from a socket and has no headers any more, so it gets new ones.
 *
 *     file    0 magic u32, 4 version u16 u16, 16 snapshot length u32, 20 link type u32
 *     record  0 seconds u32, 4 microseconds u32, 8 captured u32, 12 length u32
 */
import { internetChecksum } from '../../platform/linux/icmp-echo.ts';

const MAGIC = 0xa1b2c3d4;
const VERSION = { major: 2, minor: 4 } as const;
const SNAPSHOT_BYTES = 262_144;
const LINKTYPE_RAW = 101;

export const FILE_HEADER_BYTES = 24;
export const RECORD_HEADER_BYTES = 16;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const PROTOCOL_UDP = 17;
const HOP_LIMIT = 64;

export function fileHeader(): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(VERSION.major, 4);
  header.writeUInt16LE(VERSION.minor, 6);
  header.writeUInt32LE(SNAPSHOT_BYTES, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return header;
}

export function recordHeader(seconds: number, microseconds: number, length: number): Buffer {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt32LE(seconds >>> 0, 0);
  header.writeUInt32LE(microseconds, 4);
  header.writeUInt32LE(length, 8);
  header.writeUInt32LE(length, 12);
  return header;
}

/** One end of a datagram; `address` has 4 or 16 bytes, those of both ends are of one family. */
export interface WireEnd {
  readonly address: Uint8Array;
  readonly port: number;
}

/** IP and UDP headers for a payload of so many bytes. The UDP checksum is 0: not computed (RFC 768, RFC 6935). */
export function datagramHeaders(from: WireEnd, to: WireEnd, payloadBytes: number): Buffer {
  const udp = Buffer.alloc(UDP_HEADER_BYTES);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(UDP_HEADER_BYTES + payloadBytes, 4);
  const length = UDP_HEADER_BYTES + payloadBytes;
  const ip = from.address.length === 4 ? ipv4Header(from, to, length) : ipv6Header(from, to, length);
  return Buffer.concat([ip, udp]);
}

/** RFC 791, 3.1. */
function ipv4Header(from: WireEnd, to: WireEnd, length: number): Buffer {
  const header = Buffer.alloc(IPV4_HEADER_BYTES);
  header[0] = 0x45;
  header.writeUInt16BE(IPV4_HEADER_BYTES + length, 2);
  header[8] = HOP_LIMIT;
  header[9] = PROTOCOL_UDP;
  header.set(from.address, 12);
  header.set(to.address, 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return header;
}

/** RFC 8200, 3. */
function ipv6Header(from: WireEnd, to: WireEnd, length: number): Buffer {
  const header = Buffer.alloc(IPV6_HEADER_BYTES);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = PROTOCOL_UDP;
  header[7] = HOP_LIMIT;
  header.set(from.address, 8);
  header.set(to.address, 24);
  return header;
}
