/**
 * Whether probes have been slow for a while: a queue somewhere has grown deep, as it does before a
 * throttle that delays rather than drops.
 */
import type { Instant } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';

export class LatencyWatch {
  #slowSince: Instant | undefined;

  /** Milliseconds both; undefined while unknown. Returns whether they are far apart now. */
  look(roundTrip: number | undefined, best: number | undefined, now: Instant): boolean {
    const isSlow =
      roundTrip !== undefined &&
      best !== undefined &&
      roundTrip > SELECTION.slowAtLeast &&
      roundTrip > best * SELECTION.slowRoundTrips;
    if (!isSlow) this.#slowSince = undefined;
    else this.#slowSince ??= now;
    return isSlow;
  }

  isSlowForLong(now: Instant): boolean {
    return this.#slowSince !== undefined && now - this.#slowSince >= SELECTION.slowFor;
  }
}
