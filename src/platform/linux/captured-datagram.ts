/** The UDP datagrams inside of a captured packet, as their receiver will see them. */

import type { CapturedPacket } from './packet-capture.ts';
import { copy } from './socket-address.ts';

export interface CapturedDatagram {
  readonly from: { readonly address: Uint8Array; readonly port: number };
  readonly to: { readonly address: Uint8Array; readonly port: number };
  readonly payload: Uint8Array;
  readonly outgoing: boolean;
}

const IPPROTO_UDP = 17;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;

/** Empty for anything but UDP (and for fragments after the first, which have no ports). */
export function datagramsOf(captured: CapturedPacket): CapturedDatagram[] {
  const { packet, segment, outgoing } = captured;
  const header = ipHeaderOf(packet);
  if (header === undefined || packet.length < header.bytes + UDP_HEADER_BYTES) return [];
  const view = new DataView(packet.buffer, packet.byteOffset);
  const from = { address: header.source, port: view.getUint16(header.bytes) };
  const to = { address: header.destination, port: view.getUint16(header.bytes + 2) };
  const payload = packet.subarray(header.bytes + UDP_HEADER_BYTES, header.end);
  return cut(payload, segment).map((piece) => ({ from, to, payload: piece, outgoing }));
}

interface IpHeader {
  readonly bytes: number;
  /** Where the packet ends; what follows is padding of the link. */
  readonly end: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

function ipHeaderOf(packet: Uint8Array): IpHeader | undefined {
  const version = (packet[0] ?? 0) >>> 4;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (version === 4 && packet.length >= 20 && packet[9] === IPPROTO_UDP && (view.getUint16(6) & 0x1fff) === 0) {
    const bytes = (packet[0] & 0x0f) * 4;
    return { bytes, end: view.getUint16(2), source: copy(packet, 12, 4), destination: copy(packet, 16, 4) };
  }
  if (version === 6 && packet.length >= IPV6_HEADER_BYTES && packet[6] === IPPROTO_UDP) {
    const end = IPV6_HEADER_BYTES + view.getUint16(4);
    return { bytes: IPV6_HEADER_BYTES, end, source: copy(packet, 8, 16), destination: copy(packet, 24, 16) };
  }
  return undefined;
}

function cut(payload: Uint8Array, segment: number): Uint8Array[] {
  if (segment === 0 || segment >= payload.length) return [payload];
  const count = Math.ceil(payload.length / segment);
  return Array.from({ length: count }, (_, index) => payload.subarray(index * segment, (index + 1) * segment));
}
