/**
 * Unpredictable values from the operating system. Handshakes, junk, prefixes and header values all
 * draw a few bytes at a time, so they are fetched 64 KiB at once.
 */
import { randomFillSync } from 'node:crypto';
import { readUint32 } from '../protocol/bytes.ts';
import type { Random } from '../protocol/random.ts';

const POOL_BYTES = 65_536;

/**
 * Not for two threads at once: each makes its own. Bytes are wiped as they are handed out, so that
 * what was a key is not to be found here later.
 */
export class SystemRandom implements Random {
  readonly #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  fill(target: Uint8Array): Uint8Array {
    for (let offset = 0; offset < target.length; offset += POOL_BYTES) {
      const part = target.subarray(offset, offset + POOL_BYTES);
      const bytes = this.#take(part.length);
      part.set(bytes);
      bytes.fill(0);
    }
    return target;
  }

  uint32(): number {
    const bytes = this.#take(4);
    const value = readUint32(bytes, 0);
    bytes.fill(0);
    return value;
  }

  /** The next `length` bytes of the pool, at most POOL_BYTES; the caller wipes them. */
  #take(length: number): Uint8Array {
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const bytes = this.#pool.subarray(this.#used, this.#used + length);
    this.#used += length;
    return bytes;
  }
}
