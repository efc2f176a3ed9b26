/**
 * What an input made the code do: how often each branch was taken, in coarse steps as AFL has them (1, 2,
 * 3, 4-7, 8-15, ...), and what the target itself thinks worth telling apart. An input that shows something
 * for the first time is kept and changed further.
 *
 *     0 ... used        counters of the modules, in the order of their loading
 *     NOTES ... + 4096  what targets note
 */
const CODE_BYTES = 1 << 18;
const NOTES_BYTES = 4096;

/** Counts to steps, each a bit. */
const STEP = Uint8Array.from({ length: 256 }, (_, count) => (count === 0 ? 0 : 1 << stepOf(count)));

function stepOf(count: number): number {
  if (count < 4) return count - 1;
  if (count < 8) return 3;
  if (count < 16) return 4;
  if (count < 32) return 5;
  return count < 128 ? 6 : 7;
}

interface Module {
  readonly name: string;
  readonly from: number;
  readonly size: number;
}

export class CoverageMap {
  readonly #counters = new Uint8Array(CODE_BYTES + NOTES_BYTES);
  /** Steps that no input has shown yet. */
  readonly #unseen = new Uint8Array(CODE_BYTES + NOTES_BYTES).fill(255);
  /** BOUNDED by the modules of the product. */
  readonly #modules: Module[] = [];
  /** The strings and numbers in the code: what inputs are compared with. BOUNDED by the code. */
  readonly words = new Set<string>();
  readonly numbers = new Set<number>();
  #used = 0;

  /** Instrumented modules call this as they are loaded. */
  install(): void {
    (globalThis as { fuzzCounters?: unknown }).fuzzCounters = (
      name: string,
      size: number,
      literals: readonly (string | number)[],
    ): Uint8Array => {
      const from = this.#used;
      this.#used += size;
      if (this.#used > CODE_BYTES) throw new RangeError('more branches than counters');
      this.#modules.push({ name, from, size });
      for (const literal of literals) {
        if (typeof literal === 'string') this.words.add(literal);
        else this.numbers.add(literal);
      }
      return this.#counters.subarray(from, this.#used);
    };
  }

  /** Forgets what the last input did. */
  clear(): void {
    this.#counters.fill(0, 0, this.#used);
    this.#counters.fill(0, CODE_BYTES);
  }

  /** Something of the target's own: a result, a state. Numbers beyond the room share places. */
  note(feature: number): void {
    this.#counters[CODE_BYTES + ((feature >>> 0) % NOTES_BYTES)] = 1;
  }

  /** How many things the last input showed for the first time; they are no news from then on. */
  takeNews(): number {
    return this.#newsIn(0, this.#used) + this.#newsIn(CODE_BYTES, CODE_BYTES + NOTES_BYTES);
  }

  /** Which branches the last input took and what it made the target note, to compare inputs by. */
  features(): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.#used; at++) if (this.#counters[at] !== 0) found.push(at);
    for (let at = CODE_BYTES; at < CODE_BYTES + NOTES_BYTES; at++) if (this.#counters[at] !== 0) found.push(at);
    return found;
  }

  /** Branches that some input took, and all there are, in the modules of which any branch was taken since `begin`. */
  branches(): { readonly taken: number; readonly all: number } {
    let taken = 0;
    let all = 0;
    for (const { from, size } of this.#modules) {
      const here = this.#unseen.subarray(from, from + size).reduce((sum, steps) => sum + (steps === 255 ? 0 : 1), 0);
      taken += here;
      if (here > 0) all += size;
    }
    return { taken, all };
  }

  #newsIn(from: number, to: number): number {
    let news = 0;
    for (let at = from; at < to; at++) {
      if (this.#counters[at] === 0) continue;
      const step = STEP[this.#counters[at]];
      if ((this.#unseen[at] & step) === 0) continue;
      this.#unseen[at] &= ~step;
      news++;
    }
    return news;
  }
}
