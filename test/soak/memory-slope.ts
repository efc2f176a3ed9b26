/** Whether memory grows: samples over time, and the line through them that fits best. */
export interface MemorySample {
  /** Minutes since the beginning. */
  readonly minutes: number;
  /** Bytes; the heap right after a collection, all threads together. */
  readonly rss: number;
  readonly heap: number;
}

/** The beginning, in which caches fill and code is compiled, is left out. */
const WARM_UP_SHARE = 0.2;

export class MemorySlope {
  /** BOUNDED: one for each report of a worker, of which there is one every few seconds at most. */
  readonly #samples: MemorySample[] = [];

  add(sample: MemorySample): void {
    this.#samples.push(sample);
  }

  get last(): MemorySample | undefined {
    return this.#samples.at(-1);
  }

  /** MiB a minute; undefined with too few samples to tell. */
  slopeOf(what: 'rss' | 'heap'): number | undefined {
    const settled = this.#samples.slice(Math.floor(this.#samples.length * WARM_UP_SHARE));
    if (settled.length < 3) return undefined;
    const mean = (pick: (sample: MemorySample) => number): number =>
      settled.reduce((sum, sample) => sum + pick(sample), 0) / settled.length;
    const minutes = mean((sample) => sample.minutes);
    const bytes = mean((sample) => sample[what]);
    const covariance = mean((sample) => (sample.minutes - minutes) * (sample[what] - bytes));
    const variance = mean((sample) => (sample.minutes - minutes) ** 2);
    return variance === 0 ? undefined : covariance / variance / 2 ** 20;
  }
}
