/**
 * Unpredictable bytes for prefixes and header picks, drawn from the system 64 KiB at a time and
 * handed out inside the arena, so that a packet costs a copy and never a system call.
 */
import type { PacketKernel } from '../kernels/kernel.ts';
import type { HeaderRange } from '../protocol/obfuscation/header-range.ts';
import type { Random } from '../protocol/random.ts';
import type { Arena } from './arena.ts';

const POOL_BYTES = 65536;

export class RandomPool {
  readonly #arena: Arena;
  readonly #packets: PacketKernel;
  readonly #random: Random;
  readonly #pool: number;
  #used = POOL_BYTES;

  constructor(arena: Arena, packets: PacketKernel, random: Random) {
    this.#arena = arena;
    this.#packets = packets;
    this.#random = random;
    this.#pool = arena.reserve(POOL_BYTES);
  }

  /** Writes `length` random bytes at `target`; at most 64 KiB. */
  fill(target: number, length: number): void {
    this.#packets.copy(target, this.#take(length), length);
  }

  /** One random u32. */
  word(): number {
    return this.#arena.view.getUint32(this.#take(4), true);
  }

  /** Arena offset of `count` random u32 values, valid until the pool is asked again; at most 16384. */
  words(count: number): number {
    return this.#take(count * Uint32Array.BYTES_PER_ELEMENT);
  }

  /** A value of the range; the multiplication favours no value by more than 2^-32 times the width. */
  pick(range: HeaderRange): number {
    const width = range.high - range.low + 1;
    if (width === 1) return range.low;
    const fraction = this.word() / 0x1_0000_0000;
    return range.low + Math.floor(fraction * width);
  }

  #take(length: number): number {
    if (this.#used + length > POOL_BYTES) this.#refill();
    const offset = this.#pool + this.#used;
    this.#used += length;
    return offset;
  }

  #refill(): void {
    this.#random.fill(this.#arena.bytes.subarray(this.#pool, this.#pool + POOL_BYTES));
    this.#used = 0;
  }
}
