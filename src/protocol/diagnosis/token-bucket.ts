/**
 * Limits how often something happens, by the one number that says when the bucket will be full again
 * (the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371).
 */
import type { Instant } from '../time.ts';
import { after } from '../time.ts';

export class TokenBucket {
  readonly #interval: number;
  readonly #depth: number;
  #fullAt = 0 as Instant;

  /**
   * @param burst how many at once
   * @param interval milliseconds between two in the long run
   */
  constructor(burst: number, interval: number) {
    this.#interval = interval;
    this.#depth = burst * interval;
  }

  /** Whether there is a token; if so, it is taken. */
  take(now: Instant): boolean {
    const fullAt = after(now, Math.max(this.#fullAt - now, 0) + this.#interval);
    if (fullAt - now > this.#depth) return false;
    this.#fullAt = fullAt;
    return true;
  }
}
