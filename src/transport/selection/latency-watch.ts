/**
 * Whether probes have been slow for a while: a queue somewhere has grown deep, as it does before a
 * throttle that delays rather than drops.
 */
import type { Instant } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';

export class LatencyWatch {
  #slowSince: Instant | undefined;
  /** By how many times the latest round trip is what it may be; 0 while unknown. */
  #excess = 0;

  /** Milliseconds both; undefined while unknown. Returns whether they are far apart now. */
  look(roundTrip: number | undefined, best: number | undefined, now: Instant): boolean {
    const limit = Math.max(SELECTION.slowAtLeast, (best ?? 0) * SELECTION.slowRoundTrips);
    this.#excess = roundTrip === undefined || best === undefined ? 0 : roundTrip / limit;
    const isSlow = this.#excess > 1;
    if (!isSlow) this.#slowSince = undefined;
    else this.#slowSince ??= now;
    return isSlow;
  }

  /** Whether the latest round trip is slow, or looks like getting there. */
  get isNearlySlow(): boolean {
    return this.#excess > 0.5;
  }

  /** @param hasCollapsed whether much less gets through than used to */
  isSlowForLong(hasCollapsed: boolean, now: Instant): boolean {
    const limit = hasCollapsed ? SELECTION.slowAndCollapsedFor : SELECTION.slowFor;
    return this.#slowSince !== undefined && now - this.#slowSince >= limit;
  }
}
