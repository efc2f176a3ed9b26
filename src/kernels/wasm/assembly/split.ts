/**
 * From the TUN towards the wire: one super-packet becomes the packets that the kernel did not bother
 * to make (TSO and USO). This is what `ip_segment` and `tcp_gso_segment` do in Linux.
 *
 *     frame    | virtio 10 | IP | TCP or UDP |        payload, up to 64 KiB         |
 *
 *     packet 0   ...headroom| IP | TCP or UDP | gso size | zeros | tag 16 |
 *     packet 1                              ...headroom| IP | TCP or UDP | gso size | zeros | tag 16 |
 *
 * The frame comes from outside. Of its virtio header we believe only what fits: every offset is
 * checked against the length of the frame before anything is read or written with it.
 */
import { copyAndSum, fold, sum } from './checksum';
import {
  CWR,
  FIN,
  GSO_ECN,
  GSO_NONE,
  GSO_TCP4,
  GSO_TCP6,
  GSO_UDP,
  IP4_BYTES,
  IP4_CHECKSUM,
  IP4_FRAGMENT,
  IP4_ID,
  IP4_LENGTH,
  IP4_PROTOCOL,
  IP6_BYTES,
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
  store32,
  TCP,
  TCP_BYTES,
  TCP_CHECKSUM,
  TCP_FLAGS,
  TCP_SEQUENCE,
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
} from './headers';
import { JOB_BYTES, JOB_LENGTH, JOB_SOURCE, JOB_TARGET, JOB_USER } from './job';
import { copyShort } from './memory';
import { pad } from './padding';

const TAG_BYTES: i32 = 16;
/** IP and transport header together. Bounds what a frame can grow by: each packet repeats them. */
const MAX_HEADER_BYTES: i32 = 120;
/** Fragment offset and "more fragments", as a little-endian load sees them. */
const ANY_FRAGMENT: u16 = 0xff3f;

// What is wrong with a frame; the caller only tells negative from the rest.
const TRUNCATED: i32 = -1;
const NOT_IP: i32 = -2;
const BAD_CHECKSUM_PLACE: i32 = -3;
const BAD_OFFLOAD: i32 = -4;

// The frame of the current call.
let packet: usize;
let packetBytes: i32;
/** Where the transport header begins, how long the IP and transport headers are together. */
let transport: i32;
let headerBytes: i32;
let protocol: u32;
/** Payload bytes in each packet but the last; 0 for a frame that is one packet already. */
let segmentBytes: i32;
let total: i32 = 0;

export function splitTotal(): i32 {
  return total;
}

export function split(
  frame: usize,
  length: i32,
  first: i32,
  capacity: i32,
  cursor: usize,
  headroom: i32,
  mtu: i32,
  jobs: usize,
): i32 {
  total = 0;
  const problem = inspect(frame, length);
  if (problem < 0) return problem;
  if (<u32>first >= <u32>total || capacity <= 0) return 0;
  const count = min(capacity, total - first);
  for (let i = 0; i < count; i++) {
    const target = cursor + headroom;
    const size = segmentBytes > 0 ? writeSegment(target, first + i) : writeWhole(target);
    const padded = size + pad(target, size, mtu);
    writeJob(jobs + <usize>i * JOB_BYTES, target, padded, size);
    cursor = target + padded + TAG_BYTES;
  }
  return count;
}

function writeJob(job: usize, target: usize, length: i32, unpadded: i32): void {
  store<u32>(job, <u32>target, JOB_SOURCE);
  store<u32>(job, <u32>target, JOB_TARGET);
  store<u32>(job, length, JOB_LENGTH);
  store<u32>(job, unpadded, JOB_USER);
}

/** Checks the frame and fills in the variables above. Returns 0 or what is wrong. */
function inspect(frame: usize, length: i32): i32 {
  packet = frame + VIRTIO_BYTES;
  packetBytes = length - VIRTIO_BYTES;
  if (packetBytes < IP4_BYTES) return TRUNCATED;
  const version = ipVersion(packet);
  if (version === 6) {
    if (packetBytes < IP6_BYTES) return TRUNCATED;
  } else if (version !== 4) return NOT_IP;
  else if (ip4HeaderBytes(packet) < IP4_BYTES || ip4HeaderBytes(packet) > packetBytes) return TRUNCATED;
  return load<u8>(frame, VIRTIO_GSO_TYPE) === GSO_NONE ? inspectWhole(frame) : inspectSuperPacket(frame);
}

function inspectWhole(frame: usize): i32 {
  const version4 = ipVersion(packet) === 4;
  const claimed = version4 ? load16(packet + IP4_LENGTH) : IP6_BYTES + load16(packet + IP6_LENGTH);
  const ipBytes = version4 ? ip4HeaderBytes(packet) : IP6_BYTES;
  if (claimed > packetBytes || claimed < ipBytes) return TRUNCATED;
  segmentBytes = 0;
  total = 1;
  if (!(load<u8>(frame, VIRTIO_FLAGS) & NEEDS_CHECKSUM)) {
    transport = 0;
    return 0;
  }
  transport = load<u16>(frame, VIRTIO_CHECKSUM_START);
  headerBytes = transport + load<u16>(frame, VIRTIO_CHECKSUM_OFFSET);
  if (transport < ipBytes || headerBytes + 2 > packetBytes) {
    total = 0;
    return BAD_CHECKSUM_PLACE;
  }
  return 0;
}

/** A packet as it is. If its checksum is unfinished, the place of it is at `headerBytes`. */
function writeWhole(target: usize): i32 {
  memory.copy(target, packet, packetBytes);
  if (transport === 0) return packetBytes;
  const checksum = ~fold(sum(target + transport, packetBytes - transport)) & 0xffff;
  // The field held the sum of the pseudo header. Zero would mean "no checksum" to UDP; to others both are the same.
  store<u16>(target + headerBytes, checksum === 0 ? 0xffff : checksum);
  return packetBytes;
}

function inspectSuperPacket(frame: usize): i32 {
  const type = load<u8>(frame, VIRTIO_GSO_TYPE) & ~GSO_ECN;
  protocol = type === GSO_UDP ? UDP : TCP;
  transport = load<u16>(frame, VIRTIO_CHECKSUM_START);
  segmentBytes = load<u16>(frame, VIRTIO_GSO_SIZE);
  const known = ipVersion(packet) === 4 ? isOffload4(type) : isOffload6(type);
  if (!known || segmentBytes === 0) return BAD_OFFLOAD;
  // The virtio header has a header length too, but not all kernels say the same there.
  const minimum = protocol === TCP ? TCP_BYTES : UDP_BYTES;
  if (transport + minimum > packetBytes) return TRUNCATED;
  const transportBytes = protocol === TCP ? tcpHeaderBytes(packet + transport) : UDP_BYTES;
  headerBytes = transport + transportBytes;
  if (transportBytes < minimum || headerBytes > min(packetBytes, MAX_HEADER_BYTES)) return TRUNCATED;
  const payload = packetBytes - headerBytes;
  total = max(1, (payload + segmentBytes - 1) / segmentBytes);
  return 0;
}

function isOffload4(type: u8): bool {
  if (type !== GSO_TCP4 && type !== GSO_UDP) return false;
  if (load<u16>(packet, IP4_FRAGMENT) & ANY_FRAGMENT) return false;
  return transport === ip4HeaderBytes(packet) && load<u8>(packet, IP4_PROTOCOL) === <u8>protocol;
}

/** Behind extension headers we take the kernel's word for the place and the protocol. */
function isOffload6(type: u8): bool {
  if (type !== GSO_TCP6 && type !== GSO_UDP) return false;
  if (transport === IP6_BYTES) return load<u8>(packet, IP6_NEXT_HEADER) === <u8>protocol;
  return transport > IP6_BYTES;
}

/** Writes packet `index` of a super-packet; returns its length. */
function writeSegment(target: usize, index: i32): i32 {
  const offset = index * segmentBytes;
  const payload = min(segmentBytes, packetBytes - headerBytes - offset);
  copyShort(target, packet, headerBytes);
  finishIp(target, index, payload);
  const head = target + transport;
  const transportBytes = headerBytes - transport + payload;
  if (protocol === TCP) prepareTcp(head, offset, payload);
  else prepareUdp(head, transportBytes);
  const total =
    pseudoHeaderSum(target, protocol, transportBytes) +
    sum(head, headerBytes - transport) +
    copyAndSum(target + headerBytes, packet + headerBytes + offset, payload);
  const checksum = ~fold(total) & 0xffff;
  if (protocol === TCP) store<u16>(head, checksum, TCP_CHECKSUM);
  else store<u16>(head, checksum === 0 ? 0xffff : checksum, UDP_CHECKSUM);
  return headerBytes + payload;
}

function finishIp(target: usize, index: i32, payload: i32): void {
  if (ipVersion(target) === 6) {
    store16(target + IP6_LENGTH, headerBytes - IP6_BYTES + payload);
    return;
  }
  store16(target + IP4_LENGTH, headerBytes + payload);
  store16(target + IP4_ID, load16(target + IP4_ID) + index);
  store<u16>(target, 0, IP4_CHECKSUM);
  store<u16>(target, ~fold(sum(target, transport)), IP4_CHECKSUM);
}

/** The sequence number moves on; FIN and PSH belong to the last byte, CWR (RFC 3168, 6.1.2) to the first. */
function prepareTcp(head: usize, offset: i32, payload: i32): void {
  store32(head + TCP_SEQUENCE, load32(head + TCP_SEQUENCE) + offset);
  let flags = load<u8>(head, TCP_FLAGS);
  if (headerBytes + offset + payload < packetBytes) flags &= ~(FIN | PSH);
  if (offset > 0) flags &= ~CWR;
  store<u8>(head, flags, TCP_FLAGS);
  store<u16>(head, 0, TCP_CHECKSUM);
}

function prepareUdp(head: usize, length: i32): void {
  store16(head + UDP_LENGTH, length);
  store<u16>(head, 0, UDP_CHECKSUM);
}
