/**
 * Unpredictable bytes for prefixes and header picks, drawn from the system 64 KiB at a time and
 * handed out inside the arena, where the kernels take them; a packet never costs a system call.
 */
import type { Random } from '../protocol/random.ts';
import type { Arena } from './arena.ts';

export const POOL_BYTES = 65536;

export class RandomPool implements Random {
  readonly #arena: Arena;
  readonly #random: Random;
  readonly #pool: number;
  readonly #bytes: Uint8Array;
  #used = POOL_BYTES;

  constructor(arena: Arena, random: Random) {
    this.#arena = arena;
    this.#random = random;
    this.#pool = arena.reserve(POOL_BYTES);
    this.#bytes = arena.bytes.subarray(this.#pool, this.#pool + POOL_BYTES);
  }

  /** Arena offset of `length` random bytes, valid until the pool is asked again; at most POOL_BYTES. */
  bytes(length: number): number {
    if (this.#used + length > POOL_BYTES) this.#refill();
    const offset = this.#pool + this.#used;
    this.#used += length;
    return offset;
  }

  /** Any length, for what leaves the arena; not kept here. */
  fill(target: Uint8Array): Uint8Array {
    for (let done = 0; done < target.length; done += POOL_BYTES) {
      const part = target.subarray(done, done + POOL_BYTES);
      const offset = this.bytes(part.length);
      part.set(this.#arena.bytes.subarray(offset, offset + part.length));
      this.#arena.bytes.fill(0, offset, offset + part.length);
    }
    return target;
  }

  uint32(): number {
    return this.word();
  }

  /** One random u32. */
  word(): number {
    return this.#arena.view.getUint32(this.bytes(4), true);
  }

  /** Arena offset of `count` random u32 values, valid until the pool is asked again; at most 16384. */
  words(count: number): number {
    return this.bytes(count * Uint32Array.BYTES_PER_ELEMENT);
  }

  /** Takes back the last `count` values of the last answer, which nobody has looked at. */
  giveBackWords(count: number): void {
    this.#used -= count * Uint32Array.BYTES_PER_ELEMENT;
  }

  #refill(): void {
    this.#random.fill(this.#bytes);
    this.#used = 0;
  }
}
