/** Changes inputs, in the ways that have found bugs since AFL: bits, bytes, integers, pieces, words of the code. */
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

/** Where signs, sizes and counters turn over. */
const INTEGERS = [0, 1, 2, 4, 7, 8, 12, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1023, 1024, 1420, 1500];
const WIDE = [0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];
const MOST_STEPS = 5;

export class Mutator {
  readonly #random: SeededRandom;
  readonly #words: readonly Uint8Array[];
  readonly #numbers: readonly number[];
  readonly #longest: number;

  /**
   * @param words put in as they are
   * @param numbers put in as one, two or four bytes, or in digits
   */
  constructor(seed: number, words: readonly Uint8Array[], numbers: readonly number[], longest: number) {
    this.#numbers = [...numbers, ...INTEGERS];
    this.#random = new SeededRandom(seed);
    this.#words = words;
    this.#longest = longest;
  }

  /** In [0, count). */
  below(count: number): number {
    return Math.floor(this.#random.fraction() * count);
  }

  /** A changed copy; `other` lends pieces. */
  mutate(input: Uint8Array, other: Uint8Array): Uint8Array {
    let changed: Uint8Array = input.slice();
    // One step more often than not: what was reached with care is lost quickly.
    const steps = this.below(2) === 0 ? 1 : 1 << this.below(MOST_STEPS);
    for (let step = 0; step < steps; step++) changed = this.#step(changed, other);
    return changed.subarray(0, this.#longest);
  }

  #step(bytes: Uint8Array, other: Uint8Array): Uint8Array {
    switch (this.below(10)) {
      case 0:
        return this.#edit(bytes, (at) => bytes[at] ^ (1 << this.below(8)));
      case 1:
        return this.#edit(bytes, () => this.below(256));
      case 2:
        return this.#edit(bytes, (at) => bytes[at] + 1 + this.below(16) - 8);
      case 3:
        return this.#integer(bytes);
      case 4:
        return this.#remove(bytes);
      case 5:
        return this.#splice(bytes, this.#pieceOf(bytes));
      case 6:
        return this.#splice(bytes, this.#pieceOf(other));
      case 7:
        return this.#splice(bytes, this.#word());
      case 8:
        return this.#overwrite(bytes, this.below(2) === 0 ? this.#word() : this.#pieceOf(other));
      default:
        return this.#splice(bytes, new Uint8Array(1 + this.below(64)).fill(this.below(256)));
    }
  }

  #edit(bytes: Uint8Array, value: (at: number) => number): Uint8Array {
    if (bytes.length === 0) return bytes;
    const at = this.below(bytes.length);
    bytes[at] = value(at);
    return bytes;
  }

  /** One, two or four bytes, of either order; or the same number in digits. */
  #integer(bytes: Uint8Array): Uint8Array {
    const value = this.below(3) > 0 ? this.#choice(this.#numbers) : this.#choice(WIDE);
    if (this.below(4) === 0) return this.#overwrite(bytes, ascii(`${value}`));
    const size = this.#choice([1, 2, 4]);
    const coded = Uint8Array.from({ length: size }, (_, index) => value >>> (8 * index));
    return this.#overwrite(bytes, this.below(2) === 0 ? coded : coded.reverse());
  }

  #remove(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes;
    const from = this.below(bytes.length);
    const size = 1 + this.below(Math.min(bytes.length - from, 1 << this.below(10)));
    return join(bytes.subarray(0, from), bytes.subarray(from + size));
  }

  #splice(bytes: Uint8Array, piece: Uint8Array): Uint8Array {
    const at = this.below(bytes.length + 1);
    return join(bytes.subarray(0, at), piece, bytes.subarray(at)).subarray(0, this.#longest);
  }

  #overwrite(bytes: Uint8Array, piece: Uint8Array): Uint8Array {
    const at = this.below(bytes.length + 1);
    return join(bytes.subarray(0, at), piece, bytes.subarray(at + piece.length)).subarray(0, this.#longest);
  }

  #pieceOf(bytes: Uint8Array): Uint8Array {
    const from = this.below(bytes.length + 1);
    return bytes.slice(from, from + 1 + this.below(1 << this.below(10)));
  }

  #word(): Uint8Array {
    return this.#words.length === 0 ? new Uint8Array(1) : this.#choice(this.#words);
  }

  #choice<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
