/**
 * Replayable randomness for tests and simulations: the same seed gives the same packets.
 *
 * xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2018), seeded
 * through splitmix32. NOT for production: its state can be worked out from a few outputs.
 */
import type { Random } from '../protocol/random.ts';

export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);

  /** @param seed any integer, of which the low 32 bits count */
  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[i] = splitmix(mixed);
    }
  }

  uint32(): number {
    const s = this.#state;
    const [a, b, c, d] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    s[1] = b ^ third;
    s[0] = a ^ fourth;
    s[2] = third ^ (b << 9);
    s[3] = rotateLeft(fourth, 11);
    return result;
  }

  fill(target: Uint8Array): Uint8Array {
    let word = 0;
    for (let i = 0; i < target.length; i++) {
      if (i % 4 === 0) word = this.uint32();
      target[i] = word >>> (8 * (i % 4));
    }
    return target;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** An independent stream, so that one consumer more does not shift what all others draw. */
  fork(): SeededRandom {
    return new SeededRandom(this.uint32());
  }
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function splitmix(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
