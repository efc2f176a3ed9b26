/**
 * From the wire to the TUN: consecutive packets of one flow become one super-packet (GRO), which
 * spares the kernel the way through its stack for each of them. The inverse of `split.ts`.
 *
 *     packet 0  | IP | TCP | payload 0 |   ─┐
 *     packet 1  | IP | TCP | payload 1 |    ├─►  | virtio | IP | TCP | payload 0 | payload 1 | payload 2 |
 *     packet 2  | IP | TCP | payload 2 |   ─┘      one writev, nothing is copied
 *
 * Two rules stand above all. What comes out when the kernel splits the frame again is what came in:
 * only packets that differ in nothing but what splitting makes differ are merged, and only if their
 * checksums were right, as they are computed anew. And the packets of a flow keep their order: a
 * packet that cannot be appended closes the frame of its flow. Frames come in the order of their
 * first packets.
 */
import { fold, sum } from './checksum';
import {
  ACK,
  GSO_TCP4,
  GSO_TCP6,
  GSO_UDP,
  IP4_ADDRESSES,
  IP4_BYTES,
  IP4_CHECKSUM,
  IP4_FRAGMENT,
  IP4_ID,
  IP4_LENGTH,
  IP4_PROTOCOL,
  IP4_TTL,
  IP6_ADDRESSES,
  IP6_BYTES,
  IP6_HOP_LIMIT,
  IP6_LENGTH,
  IP6_NEXT_HEADER,
  ip4HeaderBytes,
  ipVersion,
  load16,
  load32,
  NEEDS_CHECKSUM,
  PSH,
  pseudoHeaderSum,
  store16,
  TCP,
  TCP_ACKNOWLEDGEMENT,
  TCP_BYTES,
  TCP_CHECKSUM,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_SEQUENCE,
  TCP_WINDOW,
  tcpHeaderBytes,
  UDP,
  UDP_BYTES,
  UDP_CHECKSUM,
  UDP_LENGTH,
  VIRTIO_BYTES,
  VIRTIO_CHECKSUM_OFFSET,
  VIRTIO_CHECKSUM_START,
  VIRTIO_FLAGS,
  VIRTIO_GSO_SIZE,
  VIRTIO_GSO_TYPE,
  VIRTIO_HEADER_LENGTH,
} from './headers';
import {
  appendPiece,
  clearState,
  closeFlow,
  FRAME_HEADER_BYTES,
  FRAME_NEXT_SEQUENCE,
  FRAME_PACKET,
  FRAME_PACKETS,
  FRAME_SEGMENT,
  FRAME_TOTAL,
  FRAME_VECTOR,
  flowCount,
  flowFrame,
  flowPorts,
  frameAt,
  frameCount,
  isFull,
  layVector,
  newFrame,
  openFlow,
} from './merge-state';

/** Of a frame with its virtio header: what fits into the length field of IPv4. */
const MAX_FRAME_BYTES: i32 = 65535;
/** UDP_MAX_SEGMENTS of older kernels. */
const MAX_DATAGRAMS: u32 = 64;
const NO_FLOW: usize = <usize>-1;
/** Of the IPv4 fragment field, as a little-endian load sees it: "don't fragment", and all that a fragment has. */
const DONT_FRAGMENT: u16 = 0x0040;
const ANY_FRAGMENT: u16 = 0xff3f;

let mergesTcp: bool = false;
let mergesUdp: bool = false;

// The packet of the current call.
let version: u32;
let protocol: u32;
let transport: i32;
let headerBytes: i32;
let payloadBytes: i32;

export function mergeBegin(tcp: i32, udp: i32): void {
  clearState();
  mergesTcp = tcp !== 0;
  mergesUdp = udp !== 0;
}

/** More than MAX_PACKETS in a batch are ignored. */
export function mergeAdd(packet: usize, length: i32): void {
  if (isFull()) return;
  if (!identify(packet, length)) {
    closeBetween(packet, length);
    newFrame(packet, length);
    return;
  }
  const flow = findFlow(packet);
  const mergeable = isMergeable(packet, length);
  if (flow !== NO_FLOW) {
    const frame = flowFrame(flow);
    if (mergeable && continues(frame, packet)) {
      append(frame, packet);
      if (isLast(frame, packet)) closeFlow(flow);
      return;
    }
    closeFlow(flow);
  }
  const frame = newFrame(packet, length);
  if (mergeable && !hasPush(packet)) open(frame, packet);
}

/** Finds protocol and ports. False for anything but TCP and UDP right behind a plain IP header, unfragmented. */
function identify(packet: usize, length: i32): bool {
  version = length >= IP4_BYTES ? ipVersion(packet) : 0;
  if (version === 4) {
    if (ip4HeaderBytes(packet) !== IP4_BYTES || load16(packet + IP4_LENGTH) !== length) return false;
    if (load<u16>(packet, IP4_FRAGMENT) & ANY_FRAGMENT) return false;
    transport = IP4_BYTES;
    protocol = load<u8>(packet, IP4_PROTOCOL);
  } else if (version === 6) {
    if (length < IP6_BYTES || IP6_BYTES + load16(packet + IP6_LENGTH) !== length) return false;
    transport = IP6_BYTES;
    protocol = load<u8>(packet, IP6_NEXT_HEADER);
  } else return false;
  if (protocol === TCP) return length >= transport + TCP_BYTES;
  return protocol === UDP && length >= transport + UDP_BYTES;
}

/** An open flow with the addresses, ports and protocol of the packet. */
function findFlow(packet: usize): usize {
  const ports = load<u32>(packet + transport);
  for (let flow: usize = 0; flow < flowCount(); flow++) {
    if (flowPorts(flow) !== ports) continue;
    const other: usize = load<u32>(flowFrame(flow), FRAME_PACKET);
    if (protocolOf(other) === protocol && haveSameAddresses(other, packet)) return flow;
  }
  return NO_FLOW;
}

/** What is no plain TCP or UDP, a fragment for one, may belong to any flow between its two addresses. */
function closeBetween(packet: usize, length: i32): void {
  if (version === 0 || (version === 6 && length < IP6_BYTES)) return;
  for (let flow = flowCount(); flow-- > 0; ) {
    const other: usize = load<u32>(flowFrame(flow), FRAME_PACKET);
    if (haveSameAddresses(other, packet)) closeFlow(flow);
  }
}

function protocolOf(packet: usize): u32 {
  return ipVersion(packet) === 4 ? load<u8>(packet, IP4_PROTOCOL) : load<u8>(packet, IP6_NEXT_HEADER);
}

function haveSameAddresses(a: usize, b: usize): bool {
  if (ipVersion(a) !== ipVersion(b)) return false;
  if (ipVersion(a) === 4) return load<u64>(a, IP4_ADDRESSES) === load<u64>(b, IP4_ADDRESSES);
  return areSame16(a + IP6_ADDRESSES, b + IP6_ADDRESSES) && areSame16(a + IP6_ADDRESSES + 16, b + IP6_ADDRESSES + 16);
}

function areSame16(a: usize, b: usize): bool {
  return !v128.any_true(v128.xor(v128.load(a), v128.load(b)));
}

/** Whether the packet can be part of a super-packet at all: has payload, no special flags, right checksums. */
function isMergeable(packet: usize, length: i32): bool {
  const plain = protocol === TCP ? isPlainTcp(packet, length) : isPlainUdp(packet, length);
  if (!plain) return false;
  if (version === 4 && fold(sum(packet, IP4_BYTES)) !== 0xffff) return false;
  const bytes = length - transport;
  return fold(pseudoHeaderSum(packet, protocol, bytes) + sum(packet + transport, bytes)) === 0xffff;
}

function isPlainTcp(packet: usize, length: i32): bool {
  if (!mergesTcp) return false;
  const head = packet + transport;
  headerBytes = transport + tcpHeaderBytes(head);
  payloadBytes = length - headerBytes;
  if (headerBytes < transport + TCP_BYTES || payloadBytes <= 0) return false;
  return (load<u8>(head, TCP_FLAGS) & ~PSH) === ACK;
}

/** A datagram without checksum would get one, so it stays alone. */
function isPlainUdp(packet: usize, length: i32): bool {
  if (!mergesUdp) return false;
  const head = packet + transport;
  headerBytes = transport + UDP_BYTES;
  payloadBytes = length - headerBytes;
  if (payloadBytes <= 0 || load16(head + UDP_LENGTH) !== length - transport) return false;
  return load<u16>(head, UDP_CHECKSUM) !== 0;
}

function hasPush(packet: usize): bool {
  return protocol === TCP && (load<u8>(packet + transport, TCP_FLAGS) & PSH) !== 0;
}

/** Begins a frame that takes more. */
function open(frame: usize, packet: usize): void {
  store<u32>(frame, headerBytes, FRAME_HEADER_BYTES);
  store<u32>(frame, payloadBytes, FRAME_SEGMENT);
  if (protocol === TCP)
    store<u32>(frame, load32(packet + transport + TCP_SEQUENCE) + payloadBytes, FRAME_NEXT_SEQUENCE);
  openFlow(load<u32>(packet + transport), frame);
}

/** Whether the packet is what the splitting of a longer frame would make next. */
function continues(frame: usize, packet: usize): bool {
  const first: usize = load<u32>(frame, FRAME_PACKET);
  if (payloadBytes > load<i32>(frame, FRAME_SEGMENT)) return false;
  if (VIRTIO_BYTES + load<i32>(frame, FRAME_TOTAL) + payloadBytes > MAX_FRAME_BYTES) return false;
  const sameIp = version === 4 ? continuesIp4(frame, first, packet) : continuesIp6(first, packet);
  if (!sameIp) return false;
  return protocol === TCP ? continuesTcp(frame, first, packet) : load<u32>(frame, FRAME_PACKETS) < MAX_DATAGRAMS;
}

/** Same type of service, TTL, flags. Identifications count up; with "don't fragment" they mean nothing (RFC 6864). */
function continuesIp4(frame: usize, first: usize, packet: usize): bool {
  if (load<u16>(first) !== load<u16>(packet) || load<u8>(first, IP4_TTL) !== load<u8>(packet, IP4_TTL)) return false;
  const flags = load<u16>(packet, IP4_FRAGMENT);
  if (flags !== load<u16>(first, IP4_FRAGMENT)) return false;
  if (flags & DONT_FRAGMENT) return true;
  return <u16>(load16(first + IP4_ID) + load<i32>(frame, FRAME_PACKETS)) === <u16>load16(packet + IP4_ID);
}

/** Same traffic class, flow label, hop limit. */
function continuesIp6(first: usize, packet: usize): bool {
  return load<u32>(first) === load<u32>(packet) && load<u8>(first, IP6_HOP_LIMIT) === load<u8>(packet, IP6_HOP_LIMIT);
}

/** The next bytes of the stream, with the same acknowledgement, reserved bits, window and options. */
function continuesTcp(frame: usize, first: usize, packet: usize): bool {
  const a = first + transport;
  const b = packet + transport;
  if (load32(b + TCP_SEQUENCE) !== load<u32>(frame, FRAME_NEXT_SEQUENCE)) return false;
  if (load<u32>(a, TCP_ACKNOWLEDGEMENT) !== load<u32>(b, TCP_ACKNOWLEDGEMENT)) return false;
  if (load<u8>(a, TCP_DATA_OFFSET) !== load<u8>(b, TCP_DATA_OFFSET)) return false;
  if (load<u16>(a, TCP_WINDOW) !== load<u16>(b, TCP_WINDOW)) return false;
  for (let at: usize = TCP_BYTES; at < <usize>(headerBytes - transport); at += 4) {
    if (load<u32>(a + at) !== load<u32>(b + at)) return false;
  }
  return true;
}

function append(frame: usize, packet: usize): void {
  appendPiece(frame, packet + headerBytes, payloadBytes);
  if (protocol !== TCP) return;
  store<u32>(frame, load<u32>(frame, FRAME_NEXT_SEQUENCE) + payloadBytes, FRAME_NEXT_SEQUENCE);
  if (!hasPush(packet)) return;
  const head: usize = load<u32>(frame, FRAME_PACKET) + transport;
  store<u8>(head, load<u8>(head, TCP_FLAGS) | PSH, TCP_FLAGS);
}

/** Only the last packet of a super-packet may be shorter or ask for being pushed. */
function isLast(frame: usize, packet: usize): bool {
  return payloadBytes < load<i32>(frame, FRAME_SEGMENT) || hasPush(packet);
}

export function mergeFinish(): i32 {
  for (let index: usize = 0; index < frameCount; index++) {
    const frame = frameAt(index);
    writeVirtioHeader(frame);
    layVector(frame, VIRTIO_BYTES);
  }
  return <i32>frameCount;
}

function writeVirtioHeader(frame: usize): void {
  const packet: usize = load<u32>(frame, FRAME_PACKET);
  const header = packet - VIRTIO_BYTES;
  store<u64>(header, 0);
  store<u16>(header, 0, 8);
  if (load<u32>(frame, FRAME_PACKETS) === 1) return;
  const version4 = ipVersion(packet) === 4;
  const tcp = protocolOf(packet) === TCP;
  const start = version4 ? IP4_BYTES : IP6_BYTES;
  finishHeaders(packet, start, load<i32>(frame, FRAME_TOTAL), tcp);
  store<u8>(header, NEEDS_CHECKSUM, VIRTIO_FLAGS);
  store<u8>(header, tcp ? (version4 ? GSO_TCP4 : GSO_TCP6) : GSO_UDP, VIRTIO_GSO_TYPE);
  store<u16>(header, load<u32>(frame, FRAME_HEADER_BYTES), VIRTIO_HEADER_LENGTH);
  store<u16>(header, load<u32>(frame, FRAME_SEGMENT), VIRTIO_GSO_SIZE);
  store<u16>(header, start, VIRTIO_CHECKSUM_START);
  store<u16>(header, tcp ? TCP_CHECKSUM : UDP_CHECKSUM, VIRTIO_CHECKSUM_OFFSET);
}

/** Lengths of the whole, and in place of the transport checksum the sum of its pseudo header, as NEEDS_CSUM wants it. */
function finishHeaders(packet: usize, start: i32, total: i32, tcp: bool): void {
  if (start === IP4_BYTES) {
    store16(packet + IP4_LENGTH, total);
    store<u16>(packet, 0, IP4_CHECKSUM);
    store<u16>(packet, ~fold(sum(packet, IP4_BYTES)), IP4_CHECKSUM);
  } else {
    store16(packet + IP6_LENGTH, total - IP6_BYTES);
  }
  const head = packet + start;
  const bytes = total - start;
  const pseudo = fold(pseudoHeaderSum(packet, tcp ? TCP : UDP, bytes));
  if (!tcp) store16(head + UDP_LENGTH, bytes);
  store<u16>(head + (tcp ? TCP_CHECKSUM : UDP_CHECKSUM), pseudo);
}

/** Offset of the iovecs of a frame, 0 for one that is not there. */
export function frameVector(index: usize): u32 {
  const frame = frameAt(index);
  return frame === 0 ? 0 : load<u32>(frame, FRAME_VECTOR);
}

export function framePackets(index: usize): u32 {
  const frame = frameAt(index);
  return frame === 0 ? 0 : load<u32>(frame, FRAME_PACKETS);
}
