/** One direction of one way between two hosts, and what a censor or a bad network does to it. */
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

export interface PipeFaults {
  /** Nothing gets through. */
  blocked?: boolean;
  /** Nothing gets through after this many bytes. */
  quota?: number;
  /** Probability, for each datagram on its own. */
  loss?: number;
  /** Milliseconds, one way. */
  delay?: number;
  /** Up to this many more. */
  jitter?: number;
  /** Bytes a second, beyond which datagrams wait, */
  rate?: number;
  /** at most so many bytes of them; the rest is dropped. */
  queue?: number;
}

const DEFAULT_DELAY = 20;

export class Pipe {
  faults: PipeFaults = {};
  #passed = 0;
  #busyUntil = 0;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Milliseconds until a datagram of `bytes` arrives, or that it does not. */
  carry(bytes: number): number | 'lost' {
    const { blocked = false, quota, loss = 0, delay = DEFAULT_DELAY, jitter = 0 } = this.faults;
    this.#passed += bytes;
    if (blocked || (quota !== undefined && this.#passed > quota)) return 'lost';
    if (loss > 0 && this.#random.fraction() < loss) return 'lost';
    const waiting = this.#queue(bytes);
    if (waiting === 'lost') return 'lost';
    return waiting + delay + (jitter > 0 ? this.#random.fraction() * jitter : 0);
  }

  #queue(bytes: number): number | 'lost' {
    const { rate, queue = 0 } = this.faults;
    if (rate === undefined) return 0;
    const now = this.#clock.at;
    const begins = Math.max(this.#busyUntil, now);
    if (((begins - now) * rate) / 1000 > queue) return 'lost';
    this.#busyUntil = begins + (bytes * 1000) / rate;
    return this.#busyUntil - now;
  }
}
