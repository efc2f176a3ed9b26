/** When each better candidate is to be asked whether it works again. */
import type { Instant } from '../../protocol/time.ts';
import { Backoff } from './backoff.ts';
import { SELECTION } from './selection-limits.ts';

export class AscentPlan {
  /** BOUNDED by the candidates. */
  readonly #backoffs: readonly Backoff[];
  /** Left soon after they were chosen, the last time. BOUNDED by the candidates. */
  readonly #disappointed = new Set<number>();

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

  /** Something speaks for this one, which counts once: one that is chosen and left again has to wait. */
  askSoon(candidate: number, now: Instant): void {
    if (!this.#disappointed.has(candidate)) this.#backoffs[candidate].postpone(now, SELECTION.tryNextAfter);
  }

  /** In another network, what was learnt here means nothing. */
  askAllAnew(now: Instant): void {
    this.#disappointed.clear();
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
      if (candidate === left) this.#judge(candidate, stayed);
      const first = isDegraded ? SELECTION.ascendAfterDegradation : SELECTION.ascendAfter;
      if (candidate === left) backoff.failed(now, first);
      else if (backoff.isDue(now)) backoff.failed(now);
    }
  }

  #judge(left: number, stayed: number): void {
    if (stayed >= SELECTION.provenAfter) {
      this.#disappointed.delete(left);
      this.#backoffs[left].reset();
    } else {
      this.#disappointed.add(left);
    }
  }
}
