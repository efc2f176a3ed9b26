/**
 * The last thing that happens to a datagram: runs of them leave through one family's socket, a run
 * per message where the kernel segments (UDP_SEGMENT), many messages per call.
 *
 * No error stops a batch. What the kernel refuses is first tried in a more modest way (without our
 * choice of source address, without segmentation), then counted and left behind.
 */
import type { Arena } from '../../dataplane/arena.ts';
import { ERRNO } from '../../platform/ffi/errno.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { writeWide } from '../../platform/ffi/wide.ts';
import { AF_INET, MSG_DONTWAIT } from '../../platform/linux/socket.ts';
import { SOCKADDR_IN, SOCKADDR_IN6 } from '../../platform/linux/socket-address.ts';
import type { UdpFamilyCapabilities } from '../../platform/linux/udp-socket.ts';
import type { SendReport } from '../carrier.ts';
import { PATH_LOCAL } from '../path.ts';
import {
  CONTROL,
  IOVEC,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  MESSAGE,
  PACKET_INFO_V4,
  PACKET_INFO_V6,
  SOL_UDP,
  UDP_SEGMENT,
} from './message-header.ts';

/** Messages in one system call. BOUNDED: a full batch is sent before the next message is added. */
const CAPACITY = 64;
/** Control of one message: UDP_SEGMENT first (24 bytes), then the source address (up to 40). */
const SEGMENT_CONTROL_BYTES = 24;
const CONTROL_BYTES = 64;
const SEGMENT_DATA_BYTES = 2;
/** How long a full socket buffer is waited for, once per batch, before its datagrams are dropped. */
const FULL_WAIT_MS = 1;
const POLLOUT = 4;
/**
 * Segmented messages in a row that the kernel calls invalid before it is not asked again. One peer
 * whose path MTU is below our datagrams is no reason to give up the rest.
 */
const MAX_INVALID_SEGMENTED = 64;

export class UdpSender {
  /** Whether runs are handed to the kernel in one piece; ends when it cannot do it after all. */
  segments: boolean;
  /** Source addresses that were ours once and are no more, forgotten. */
  sourcesForgotten = 0;

  readonly #syscalls: Syscalls;
  readonly #u32: Uint32Array;
  readonly #u16: Uint16Array;
  readonly #base: number;
  readonly #socket: number;
  readonly #sourceWords: number;
  readonly #sourceControlBytes: number;
  readonly #packetInfo: boolean;
  readonly #headers: number;
  readonly #vectors: number;
  readonly #controls: number;
  readonly #pollRecord: number;
  readonly #offset = new Int32Array(CAPACITY);
  readonly #length = new Int32Array(CAPACITY);
  readonly #segment = new Int32Array(CAPACITY);
  readonly #path = new Int32Array(CAPACITY);
  #count = 0;
  #waited = false;
  #invalidInRow = 0;

  constructor(syscalls: Syscalls, arena: Arena, family: number, socket: number, capabilities: UdpFamilyCapabilities) {
    const v4 = family === AF_INET;
    this.#syscalls = syscalls;
    this.#u32 = arena.u32;
    this.#u16 = new Uint16Array(arena.memory.buffer);
    this.#base = syscalls.addressOf(arena.bytes);
    this.#socket = socket;
    this.segments = capabilities.segmentOffload;
    this.#packetInfo = capabilities.packetInfo;
    this.#sourceWords = v4 ? 1 : 4;
    this.#sourceControlBytes = align8(CONTROL.headerBytes + (v4 ? PACKET_INFO_V4.bytes : PACKET_INFO_V6.bytes));
    this.#headers = arena.reserve(CAPACITY * MESSAGE.bytes);
    this.#vectors = arena.reserve(CAPACITY * IOVEC.bytes);
    this.#controls = arena.reserve(CAPACITY * CONTROL_BYTES);
    this.#pollRecord = arena.reserve(8);
    for (let slot = 0; slot < CAPACITY; slot++) this.#prepare(slot, v4);
    this.#u32[this.#pollRecord >>> 2] = socket;
    this.#u16[(this.#pollRecord >>> 1) + 2] = POLLOUT;
  }

  /** Queues a run of datagrams; what does not fit is sent first. */
  add(offset: number, length: number, segment: number, path: number, report: SendReport): void {
    if (this.segments || length <= segment) {
      this.#push(offset, length, segment, path, report);
      return;
    }
    for (let at = 0; at < length; at += segment) {
      const size = Math.min(segment, length - at);
      this.#push(offset + at, size, size, path, report);
    }
  }

  /** Hands over whatever is queued and adds to the report what became of it. */
  flush(report: SendReport): void {
    let next = 0;
    this.#waited = false;
    while (next < this.#count) {
      const address = this.#base + this.#headers + next * MESSAGE.bytes;
      const sent = this.#syscalls.sendmmsg(this.#socket, address, this.#count - next, MSG_DONTWAIT);
      if (sent > 0) {
        this.#tally(next, next + sent, report);
        next += sent;
      } else {
        next = this.#recover(next, this.#syscalls.errno(), report);
      }
    }
    this.#count = 0;
  }

  #push(offset: number, length: number, segment: number, path: number, report: SendReport): void {
    if (this.#count === CAPACITY) this.flush(report);
    const slot = this.#count++;
    this.#offset[slot] = offset;
    this.#length[slot] = length;
    this.#segment[slot] = segment;
    this.#path[slot] = path;
    this.#describe(slot, offset, length, path);
  }

  /** What of a message header never changes. */
  #prepare(slot: number, v4: boolean): void {
    const u32 = this.#u32;
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    const segment = (this.#controls + slot * CONTROL_BYTES) >>> 2;
    const source = segment + (SEGMENT_CONTROL_BYTES >>> 2);
    u32[header + MESSAGE.nameLength] = v4 ? SOCKADDR_IN.bytes : SOCKADDR_IN6.bytes;
    writeWide(u32, header + MESSAGE.vector, this.#base + this.#vectors + slot * IOVEC.bytes);
    writeWide(u32, header + MESSAGE.count, 1);
    writeWide(u32, segment + CONTROL.length, CONTROL.headerBytes + SEGMENT_DATA_BYTES);
    u32[segment + CONTROL.level] = SOL_UDP;
    u32[segment + CONTROL.type] = UDP_SEGMENT;
    writeWide(u32, source + CONTROL.length, CONTROL.headerBytes + (v4 ? PACKET_INFO_V4.bytes : PACKET_INFO_V6.bytes));
    u32[source + CONTROL.level] = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    u32[source + CONTROL.type] = v4 ? IP_PKTINFO : IPV6_PKTINFO;
  }

  #describe(slot: number, offset: number, length: number, path: number): void {
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    const vector = (this.#vectors + slot * IOVEC.bytes) >>> 2;
    writeWide(this.#u32, header + MESSAGE.name, this.#base + path);
    writeWide(this.#u32, vector + IOVEC.address, this.#base + offset);
    this.#u32[vector + IOVEC.length] = length;
    this.#control(slot);
  }

  /** Points the message at those parts of its control that it needs: segment size, source, both, none. */
  #control(slot: number): void {
    const control = this.#controls + slot * CONTROL_BYTES;
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    const segmented = this.#isSegmented(slot);
    const sourced = this.#copySource(slot, (control + SEGMENT_CONTROL_BYTES + CONTROL.headerBytes) >>> 2);
    if (segmented) this.#u32[(control >>> 2) + CONTROL.data] = this.#segment[slot];
    const bytes = (segmented ? SEGMENT_CONTROL_BYTES : 0) + (sourced ? this.#sourceControlBytes : 0);
    const start = control + (segmented ? 0 : SEGMENT_CONTROL_BYTES);
    writeWide(this.#u32, header + MESSAGE.control, bytes === 0 ? 0 : this.#base + start);
    this.#u32[header + MESSAGE.controlLength] = bytes;
  }

  /**
   * Our address out of the path record into the control; false when there is none. The interface is
   * left to the routing table: it may have changed since the peer was heard there, and forcing a
   * packet out of an interface without a route to the peer loses it silently.
   */
  #copySource(slot: number, data: number): boolean {
    if (!this.#packetInfo) return false;
    const u32 = this.#u32;
    const local = (this.#path[slot] + PATH_LOCAL.address) >>> 2;
    const target = data + (this.#sourceWords === 1 ? PACKET_INFO_V4.address : PACKET_INFO_V6.address);
    let bits = 0;
    for (let word = 0; word < this.#sourceWords; word++) {
      const value = u32[local + word];
      u32[target + word] = value;
      bits |= value;
    }
    return bits !== 0;
  }

  /** Decides about the message that the kernel did not take; returns which one is next. */
  #recover(slot: number, errno: number, report: SendReport): number {
    if (errno === ERRNO.EINTR) return slot;
    if (errno === ERRNO.EAGAIN) return this.#waitOrGiveUp(slot, report);
    if (errno === ERRNO.ENOBUFS) {
      report.full += this.#datagrams(slot);
      return slot + 1;
    }
    if (this.#isSegmented(slot) && this.#isAboutSegmentation(errno)) {
      this.#sendApart(slot, report);
      return slot + 1;
    }
    if (isAboutSource(errno) && this.#forgetSource(slot)) return slot;
    report.failed += this.#datagrams(slot);
    return slot + 1;
  }

  #waitOrGiveUp(slot: number, report: SendReport): number {
    if (!this.#waited) {
      this.#waited = true;
      if (this.#syscalls.poll(this.#base + this.#pollRecord, 1, FULL_WAIT_MS) > 0) return slot;
    }
    for (let left = slot; left < this.#count; left++) report.full += this.#datagrams(left);
    return this.#count;
  }

  /** In the path record as well, so that later batches do not stumble; false when it has none. */
  #forgetSource(slot: number): boolean {
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    const segmentOnly = this.#isSegmented(slot) ? SEGMENT_CONTROL_BYTES : 0;
    if (this.#u32[header + MESSAGE.controlLength] <= segmentOnly) return false;
    const path = this.#path[slot];
    for (let word = PATH_LOCAL.interfaceIndex >>> 2; word < (PATH_LOCAL.address >>> 2) + 4; word++) {
      this.#u32[(path >>> 2) + word] = 0;
    }
    this.sourcesForgotten++;
    for (let same = slot; same < this.#count; same++) if (this.#path[same] === path) this.#control(same);
    return true;
  }

  /** EIO: the device cannot segment or checksum. EINVAL, EMSGSIZE: perhaps only this path cannot take it. */
  #isAboutSegmentation(errno: number): boolean {
    if (errno === ERRNO.EIO) {
      this.segments = false;
      return true;
    }
    if (errno !== ERRNO.EINVAL && errno !== ERRNO.EMSGSIZE) return false;
    this.#invalidInRow++;
    if (this.#invalidInRow >= MAX_INVALID_SEGMENTED) this.segments = false;
    return true;
  }

  /** Sends the datagrams of a run one by one, through the slot that held the run. */
  #sendApart(slot: number, report: SendReport): void {
    const offset = this.#offset[slot];
    const length = this.#length[slot];
    const segment = this.#segment[slot];
    for (let at = 0; at < length; at += segment) {
      const size = Math.min(segment, length - at);
      this.#length[slot] = size;
      this.#segment[slot] = size;
      this.#describe(slot, offset + at, size, this.#path[slot]);
      this.#sendOne(slot, report);
    }
  }

  /** One datagram by itself, the second time without our choice of source. */
  #sendOne(slot: number, report: SendReport): void {
    const address = this.#base + this.#headers + slot * MESSAGE.bytes;
    for (;;) {
      if (this.#syscalls.sendmmsg(this.#socket, address, 1, MSG_DONTWAIT) === 1) {
        report.sent++;
        return;
      }
      const errno = this.#syscalls.errno();
      if (isAboutSource(errno) && this.#forgetSource(slot)) {
        this.#invalidInRow = 0; // it was the address, not the segmentation
        continue;
      }
      if (isFull(errno)) report.full++;
      else report.failed++;
      return;
    }
  }

  #tally(from: number, to: number, report: SendReport): void {
    for (let slot = from; slot < to; slot++) {
      report.sent += this.#datagrams(slot);
      if (this.#isSegmented(slot)) this.#invalidInRow = 0;
    }
  }

  #datagrams(slot: number): number {
    return this.#isSegmented(slot) ? Math.ceil(this.#length[slot] / this.#segment[slot]) : 1;
  }

  #isSegmented(slot: number): boolean {
    return this.#segment[slot] < this.#length[slot];
  }
}

function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** The address is gone (EINVAL, EADDRNOTAVAIL) or its interface is (ENODEV, ENETUNREACH). */
function isAboutSource(errno: number): boolean {
  return (
    errno === ERRNO.EINVAL || errno === ERRNO.EADDRNOTAVAIL || errno === ERRNO.ENODEV || errno === ERRNO.ENETUNREACH
  );
}

function isFull(errno: number): boolean {
  return errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS;
}
