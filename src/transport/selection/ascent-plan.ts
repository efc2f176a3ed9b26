/** When each better candidate is to be asked whether it works again. */
import type { Instant } from '../../protocol/time.ts';
import { Backoff } from './backoff.ts';
import { SELECTION } from './selection-limits.ts';

export class AscentPlan {
  /** BOUNDED by the candidates. */
  readonly #backoffs: readonly Backoff[];

  constructor(candidates: number) {
    this.#backoffs = Array.from({ length: candidates }, () => new Backoff(SELECTION.ascendAfter));
  }

  /** The best one above `current` that is due. */
  due(current: number, now: Instant): number | undefined {
    const better = this.#backoffs.findIndex((backoff, candidate) => candidate < current && backoff.isDue(now));
    return better < 0 ? undefined : better;
  }

  failed(candidate: number, now: Instant): void {
    this.#backoffs[candidate].failed(now);
  }

  /** Something speaks for this one. */
  askSoon(candidate: number, now: Instant): void {
    this.#backoffs[candidate].postpone(now, SELECTION.tryNextAfter);
  }

  /** In another network, what was learnt here means nothing. */
  askAllAnew(now: Instant): void {
    for (const backoff of this.#backoffs) {
      backoff.reset();
      backoff.postpone(now, 0);
    }
  }

  /**
   * `left` was given up for `chosen` after `stayed` milliseconds, because it had become bad where
   * `isDegraded`, else because it was dead. Those that are waiting anyway go on waiting.
   */
  moved(chosen: number, left: number | undefined, stayed: number, isDegraded: boolean, now: Instant): void {
    for (const [candidate, backoff] of this.#backoffs.entries()) {
      if (candidate >= chosen) continue;
      if (candidate === left && stayed >= SELECTION.provenAfter) backoff.reset();
      const first = isDegraded ? SELECTION.ascendAfterDegradation : SELECTION.ascendAfter;
      if (candidate === left) backoff.failed(now, first);
      else if (backoff.isDue(now)) backoff.failed(now);
    }
  }
}
