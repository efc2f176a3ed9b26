/**
 * TUN frames: a virtio network header (Linux `struct virtio_net_hdr`, little endian on the machines
 * we run on) and a packet, maybe a super-packet that stands for many. Builds what the kernel would
 * hand over and cuts up what the data plane wrote, byte by byte and obviously, as the reference that
 * the fast split and merge are compared with.
 */
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';
import { PROTOCOL, pseudoHeaderSum } from './checksum.ts';
import { CHECKSUM_OFFSET, finishChecksums, parsePacket, TCP_FLAG, transportHeaderBytes } from './packets.ts';

const VIRTIO_FLAG_NEEDS_CHECKSUM = 1;
export const GSO = { none: 0, tcp4: 1, tcp6: 4, udp: 5, ecn: 0x80 } as const;

/**
 *     0  flags      u8
 *     1  gsoType    u8
 *     2  headerBytes     u16  IP and transport headers
 *     4  segmentBytes    u16  payload of each segment but the last
 *     6  checksumStart   u16  where the transport header begins
 *     8  checksumOffset  u16  from there to the checksum field
 */
export interface VirtioHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly headerBytes: number;
  readonly segmentBytes: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
}

export function parseVirtioHeader(frame: Uint8Array): VirtioHeader {
  const view = new DataView(frame.buffer, frame.byteOffset, VIRTIO_HEADER_BYTES);
  return {
    flags: view.getUint8(0),
    gsoType: view.getUint8(1),
    headerBytes: view.getUint16(2, true),
    segmentBytes: view.getUint16(4, true),
    checksumStart: view.getUint16(6, true),
    checksumOffset: view.getUint16(8, true),
  };
}

/** A finished packet as a frame of its own: an all-zero header. */
export function frameOf(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(VIRTIO_HEADER_BYTES + packet.length);
  frame.set(packet, VIRTIO_HEADER_BYTES);
  return frame;
}

/** A packet whose transport checksum is left to us, as the kernel hands over what local sockets send. */
export function partialChecksumFrame(packet: Uint8Array): Uint8Array {
  return offloadFrame(packet, GSO.none, 0);
}

/**
 * The super-packet that stands for `packet` (TCP or UDP, as large as 65,535 bytes) cut into payloads
 * of `segmentBytes`. Its transport checksum is that of the pseudo header only, as from the kernel.
 */
export function superFrame(packet: Uint8Array, segmentBytes: number): Uint8Array {
  const { version, protocol } = parsePacket(packet);
  if (protocol === PROTOCOL.udp) return offloadFrame(packet, GSO.udp, segmentBytes);
  return offloadFrame(packet, version === 4 ? GSO.tcp4 : GSO.tcp6, segmentBytes);
}

/** Cuts a frame into the packets it stands for, with finished checksums. Throws RangeError for what `frameProblem` finds. */
export function segmentFrame(frame: Uint8Array): Uint8Array[] {
  const problem = frameProblem(frame);
  if (problem !== undefined) throw new RangeError(problem);
  const header = parseVirtioHeader(frame);
  const packet = frame.slice(VIRTIO_HEADER_BYTES);
  if ((header.gsoType & ~GSO.ecn) === GSO.none) {
    if ((header.flags & VIRTIO_FLAG_NEEDS_CHECKSUM) !== 0) finishChecksums(packet);
    return [packet];
  }
  return cutSuperPacket(packet, header.segmentBytes);
}

/** Why the Linux TUN driver or its segmentation would refuse this frame, or undefined. */
export function frameProblem(frame: Uint8Array): string | undefined {
  if (frame.length <= VIRTIO_HEADER_BYTES) return 'no packet after the virtio header';
  const header = parseVirtioHeader(frame);
  const packet = frame.subarray(VIRTIO_HEADER_BYTES);
  const version = packet[0] >>> 4;
  if (version !== 4 && version !== 6) return `IP version ${version}`;
  const needsChecksum = (header.flags & VIRTIO_FLAG_NEEDS_CHECKSUM) !== 0;
  const checksumEnd = header.checksumStart + header.checksumOffset + 2;
  if (needsChecksum && checksumEnd > packet.length)
    return `checksum field ends at ${checksumEnd} of ${packet.length} bytes`;
  const gsoType = header.gsoType & ~GSO.ecn;
  return gsoType === GSO.none ? undefined : superPacketProblem(packet, header, gsoType, needsChecksum);
}

function superPacketProblem(
  packet: Uint8Array,
  header: VirtioHeader,
  gsoType: number,
  needsChecksum: boolean,
): string | undefined {
  const { version, protocol, headerBytes, segment, totalBytes } = parsePacket(packet);
  const wanted = protocol === PROTOCOL.udp ? GSO.udp : version === 4 ? GSO.tcp4 : GSO.tcp6;
  if (gsoType !== wanted) return `GSO type ${gsoType} for IP version ${version}, protocol ${protocol}`;
  if (header.segmentBytes === 0) return 'GSO with a segment size of 0';
  if (!needsChecksum) return 'GSO without a checksum to finish';
  if (totalBytes !== packet.length) return `IP length ${totalBytes} of ${packet.length} bytes`;
  if (header.checksumStart !== headerBytes) return `checksum start ${header.checksumStart} instead of ${headerBytes}`;
  if (header.checksumOffset !== CHECKSUM_OFFSET[protocol]) return `checksum offset ${header.checksumOffset}`;
  const allHeaders = headerBytes + transportHeaderBytes(protocol, segment);
  return header.headerBytes === allHeaders ? undefined : `header length ${header.headerBytes} instead of ${allHeaders}`;
}

function cutSuperPacket(packet: Uint8Array, segmentBytes: number): Uint8Array[] {
  const { headerBytes, protocol, segment, payload } = parsePacket(packet);
  const headers = packet.subarray(0, headerBytes + transportHeaderBytes(protocol, segment));
  const segments: Uint8Array[] = [];
  for (let start = 0; start < payload.length; start += segmentBytes) {
    const part = payload.subarray(start, start + segmentBytes);
    const whole = new Uint8Array(headers.length + part.length);
    whole.set(headers);
    whole.set(part, headers.length);
    const isLast = start + segmentBytes >= payload.length;
    adjustHeaders(whole, headerBytes, { protocol, index: segments.length, start, isLast });
    segments.push(whole);
  }
  return segments;
}

interface Position {
  readonly protocol: number;
  readonly index: number;
  readonly start: number;
  readonly isLast: boolean;
}

/** Lengths, IPv4 identification, sequence number and flags of one segment (Linux tcp_gso_segment, inet_gso_segment). */
function adjustHeaders(packet: Uint8Array, headerBytes: number, position: Position): void {
  const view = new DataView(packet.buffer);
  if (packet[0] !== undefined && packet[0] >>> 4 === 4) {
    view.setUint16(2, packet.length);
    view.setUint16(4, view.getUint16(4) + position.index);
  } else {
    view.setUint16(4, packet.length - headerBytes);
  }
  if (position.protocol === PROTOCOL.udp) view.setUint16(headerBytes + 4, packet.length - headerBytes);
  else adjustTcp(view, headerBytes, position);
  finishChecksums(packet);
}

/** FIN and PSH belong to the last segment, CWR to the first. */
function adjustTcp(view: DataView, tcp: number, { start, isLast, index }: Position): void {
  view.setUint32(tcp + 4, view.getUint32(tcp + 4) + start);
  let flags = view.getUint8(tcp + 13);
  if (!isLast) flags &= ~(TCP_FLAG.fin | TCP_FLAG.psh);
  if (index > 0) flags &= ~TCP_FLAG.cwr;
  view.setUint8(tcp + 13, flags);
}

function offloadFrame(packet: Uint8Array, gsoType: number, segmentBytes: number): Uint8Array {
  const { headerBytes, protocol, segment, source, destination } = parsePacket(packet);
  const field = CHECKSUM_OFFSET[protocol];
  if (field === undefined) throw new TypeError(`no checksum offload for protocol ${protocol}`);
  const frame = frameOf(packet);
  const view = new DataView(frame.buffer);
  const isSuper = gsoType !== GSO.none;
  view.setUint8(0, VIRTIO_FLAG_NEEDS_CHECKSUM);
  view.setUint8(1, gsoType);
  view.setUint16(2, isSuper ? headerBytes + transportHeaderBytes(protocol, segment) : 0, true);
  view.setUint16(4, segmentBytes, true);
  view.setUint16(6, headerBytes, true);
  view.setUint16(8, field, true);
  const partial = pseudoHeaderSum(source, destination, protocol, segment.length);
  view.setUint16(VIRTIO_HEADER_BYTES + headerBytes + field, partial);
  return frame;
}
