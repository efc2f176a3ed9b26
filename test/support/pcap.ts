/**
 * Reads the UDP datagrams out of what tcpdump wrote (pcap, Ethernet). Everything else in the file,
 * fragments among it, is passed over.
 *
 *     file    24 bytes: magic, ..., 20: link type
 *     record  16 bytes: seconds, microseconds, captured length, length; then the frame
 */
import { readFileSync } from 'node:fs';
import { formatAddress } from '../../src/protocol/address-text.ts';

export interface WireDatagram {
  /** Unix seconds with fraction. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const ETHERNET_HEADER_BYTES = 14;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const UDP = 17;

/** In order of arrival. A record that is still being written ends the list. */
export function readDatagrams(path: string): WireDatagram[] {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== MAGIC_MICROSECONDS || file.readUInt32LE(20) !== LINK_ETHERNET)
    throw new Error(`${path} is not in the format that is read here`);
  const found: WireDatagram[] = [];
  for (let offset = FILE_HEADER_BYTES; offset + RECORD_HEADER_BYTES <= file.length; ) {
    const captured = file.readUInt32LE(offset + 8);
    const at = file.readUInt32LE(offset) + file.readUInt32LE(offset + 4) / 1e6;
    const frame = file.subarray(offset + RECORD_HEADER_BYTES, offset + RECORD_HEADER_BYTES + captured);
    const datagram = frame.length === captured ? parsePacket(frame.subarray(ETHERNET_HEADER_BYTES), at) : undefined;
    if (datagram !== undefined) found.push(datagram);
    offset += RECORD_HEADER_BYTES + captured;
  }
  return found;
}

function parsePacket(packet: Buffer, at: number): WireDatagram | undefined {
  const version = packet.length > 0 ? packet[0] >> 4 : 0;
  if (version === 4 && packet.length >= 20) {
    const isFragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
    if (packet[9] !== UDP || isFragment) return undefined;
    return datagramIn(packet.subarray((packet[0] & 15) * 4), packet.subarray(12, 20), at);
  }
  if (version !== 6 || packet.length < IPV6_HEADER_BYTES || packet[6] !== UDP) return undefined;
  return datagramIn(packet.subarray(IPV6_HEADER_BYTES), packet.subarray(8, IPV6_HEADER_BYTES), at);
}

function datagramIn(segment: Buffer, addresses: Buffer, at: number): WireDatagram {
  const half = addresses.length / 2;
  return {
    at,
    from: formatAddress(addresses.subarray(0, half)),
    to: formatAddress(addresses.subarray(half)),
    payload: segment.subarray(UDP_HEADER_BYTES, segment.readUInt16BE(4)),
  };
}
