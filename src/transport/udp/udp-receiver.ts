/**
 * The first thing that happens to a datagram: a batch of them comes out of a socket into the arena,
 * trains of equal datagrams still in one piece (UDP_GRO), each with a path record.
 *
 * The message headers are prepared once. A call resets only what the kernel has overwritten, and
 * allocates nothing.
 */
import type { Arena } from '../../dataplane/arena.ts';
import { ERRNO } from '../../platform/ffi/errno.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { SystemCallError } from '../../platform/ffi/system-call-error.ts';
import { writeWide } from '../../platform/ffi/wide.ts';
import { AF_INET, MSG_DONTWAIT } from '../../platform/linux/socket.ts';
import { SOCKADDR_IN6 } from '../../platform/linux/socket-address.ts';
import type { ReceivedMessages } from '../carrier.ts';
import { PATH_BYTES } from '../carrier.ts';
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
  UDP_GRO,
} from './message-header.ts';

/** Messages in a call. BOUNDED: 4 MiB of slots, of which memory is only what datagrams have filled. */
const SLOTS = 64;
/** As many when they are trains, or a batch would be more than the processor's caches hold. */
const TRAINS_AT_ONCE = 16;
/** Messages of the last call that were larger on the average are trains. */
const TRAIN_BYTES = 4096;
/** With UDP_GRO a message may be as large as a UDP datagram can be. */
const TRAIN_SLOT_BYTES = 64 << 10;
/** Without it a message is one datagram; this holds any that fits a jumbo frame. Larger ones count as truncated. */
const SINGLE_SLOT_BYTES = 16 << 10;
/** UDP_GRO (24 bytes) and IPV6_PKTINFO (40 bytes). */
const CONTROL_BYTES = 64;
const MSG_TRUNC = 0x20;
/** Pending errors of earlier sends (each read clears one) and unusable messages looked past in one call. */
const MAX_ATTEMPTS = 16;

export class UdpReceiver {
  readonly received: ReceivedMessages;
  /** Datagrams (or trains) larger than a slot, dropped. */
  truncated = 0;
  /** Errors of the socket that were read and passed over. */
  errors = 0;

  readonly #syscalls: Syscalls;
  readonly #u32: Uint32Array;
  readonly #base: number;
  readonly #slotBytes: number;
  readonly #data: number;
  readonly #headers: number;
  readonly #vectors: number;
  readonly #controls: number;
  readonly #paths: number;
  /** Messages of the last call, whose headers are to be reset. */
  #used = 0;
  /** Messages to ask for. */
  #wanted = SLOTS;

  /** @param trains whether any of the sockets has UDP_GRO */
  constructor(syscalls: Syscalls, arena: Arena, trains: boolean) {
    this.#syscalls = syscalls;
    this.#u32 = arena.u32;
    this.#base = syscalls.addressOf(arena.bytes);
    this.#slotBytes = trains ? TRAIN_SLOT_BYTES : SINGLE_SLOT_BYTES;
    this.#data = arena.reserve(SLOTS * this.#slotBytes);
    this.#headers = arena.reserve(SLOTS * MESSAGE.bytes);
    this.#vectors = arena.reserve(SLOTS * IOVEC.bytes);
    this.#controls = arena.reserve(SLOTS * CONTROL_BYTES);
    this.#paths = arena.reserve(SLOTS * PATH_BYTES);
    this.received = {
      offset: new Int32Array(SLOTS),
      length: new Int32Array(SLOTS),
      segment: new Int32Array(SLOTS),
      path: new Int32Array(SLOTS),
    };
    for (let slot = 0; slot < SLOTS; slot++) this.#prepare(slot);
  }

  /** Messages in a full batch. */
  get capacity(): number {
    return SLOTS;
  }

  /** Reads from `socket` without blocking; returns the number of entries in `received`. */
  receive(socket: number): number {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      this.#resetUsed();
      const count = this.#syscalls.recvmmsg(socket, this.#base + this.#headers, this.#wanted, MSG_DONTWAIT);
      if (count <= 0) {
        const errno = this.#syscalls.errno();
        if (errno === ERRNO.EAGAIN) return 0;
        this.errors++;
        // A tunnel that is deaf for good must not look like one that nobody talks to.
        if (errno === ERRNO.EBADF) throw new SystemCallError('recvmmsg', errno, 'receive from a UDP socket');
        continue;
      }
      this.#used = count;
      const usable = this.#collect(count);
      if (usable > 0) return usable;
    }
    return 0;
  }

  #prepare(slot: number): void {
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    const vector = this.#vectors + slot * IOVEC.bytes;
    writeWide(this.#u32, header + MESSAGE.name, this.#base + this.#paths + slot * PATH_BYTES);
    writeWide(this.#u32, header + MESSAGE.vector, this.#base + vector);
    writeWide(this.#u32, header + MESSAGE.count, 1);
    writeWide(this.#u32, header + MESSAGE.control, this.#base + this.#controls + slot * CONTROL_BYTES);
    writeWide(this.#u32, (vector >>> 2) + IOVEC.address, this.#base + this.#data + slot * this.#slotBytes);
    writeWide(this.#u32, (vector >>> 2) + IOVEC.length, this.#slotBytes);
    this.#reset(slot);
  }

  #resetUsed(): void {
    for (let slot = 0; slot < this.#used; slot++) this.#reset(slot);
    this.#used = 0;
  }

  #reset(slot: number): void {
    const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
    this.#u32[header + MESSAGE.nameLength] = SOCKADDR_IN6.bytes;
    this.#u32[header + MESSAGE.controlLength] = CONTROL_BYTES;
    this.#u32[header + MESSAGE.flags] = 0;
  }

  #collect(count: number): number {
    const { received } = this;
    let usable = 0;
    let bytes = 0;
    for (let slot = 0; slot < count; slot++) {
      const header = (this.#headers + slot * MESSAGE.bytes) >>> 2;
      if ((this.#u32[header + MESSAGE.flags] & MSG_TRUNC) !== 0) {
        this.truncated++;
        continue;
      }
      const length = this.#u32[header + MESSAGE.length];
      const train = this.#readControl(slot, this.#u32[header + MESSAGE.controlLength]);
      bytes += length;
      received.offset[usable] = this.#data + slot * this.#slotBytes;
      received.length[usable] = length;
      received.segment[usable] = train > 0 && train < length ? train : length;
      received.path[usable] = this.#paths + slot * PATH_BYTES;
      usable++;
    }
    this.#wanted = bytes > usable * TRAIN_BYTES ? TRAINS_AT_ONCE : SLOTS;
    return usable;
  }

  /** Completes the path record of the slot; returns the segment size of its train, 0 for none. */
  #readControl(slot: number, bytes: number): number {
    const u32 = this.#u32;
    const path = (this.#paths + slot * PATH_BYTES) >>> 2;
    const start = (this.#controls + slot * CONTROL_BYTES) >>> 2;
    const end = start + (bytes >>> 2);
    this.#clearLocal(path);
    let train = 0;
    for (let at = start; at + CONTROL.data <= end; ) {
      const length = u32[at + CONTROL.length];
      if (length < CONTROL.headerBytes) break;
      const level = u32[at + CONTROL.level];
      const type = u32[at + CONTROL.type];
      if (level === SOL_UDP && type === UDP_GRO) train = u32[at + CONTROL.data];
      else if (level === IPPROTO_IP && type === IP_PKTINFO) this.#keepLocalV4(path, at + CONTROL.data);
      else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) this.#keepLocalV6(path, at + CONTROL.data);
      at += ((length + 7) & ~7) >>> 2;
    }
    return train;
  }

  /** Also what a shorter sockaddr_in leaves of the slot's previous sockaddr_in6: equal paths are equal bytes. */
  #clearLocal(path: number): void {
    const v4 = (this.#u32[path] & 0xffff) === AF_INET;
    for (let word = v4 ? 2 : PATH_LOCAL.interfaceIndex >>> 2; word < PATH_BYTES >>> 2; word++)
      this.#u32[path + word] = 0;
  }

  #keepLocalV4(path: number, data: number): void {
    const u32 = this.#u32;
    u32[path + (PATH_LOCAL.interfaceIndex >>> 2)] = u32[data + PACKET_INFO_V4.interfaceIndex];
    u32[path + (PATH_LOCAL.address >>> 2)] = u32[data + PACKET_INFO_V4.address];
  }

  #keepLocalV6(path: number, data: number): void {
    const u32 = this.#u32;
    const address = path + (PATH_LOCAL.address >>> 2);
    u32[path + (PATH_LOCAL.interfaceIndex >>> 2)] = u32[data + PACKET_INFO_V6.interfaceIndex];
    for (let word = 0; word < 4; word++) u32[address + word] = u32[data + PACKET_INFO_V6.address + word];
  }
}
