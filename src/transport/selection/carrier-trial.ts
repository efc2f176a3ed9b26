/**
 * A lower candidate on trial, because the one in use has become bad without being dead. First it has
 * to show that it works at all; then it carries everything for a few seconds, and what it carried is
 * compared with what went before.
 */
import type { Instant } from '../../protocol/time.ts';
import type { CarrierLinks } from './carrier-links.ts';
import type { GoodputMeter } from './goodput-meter.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { Emit } from './selector-messages.ts';

export type Trial = 'going-on' | 'reached' | 'failed' | 'keep' | 'return';

export interface TrialOptions {
  readonly from: number;
  readonly to: number;
  /** What is wrong with `from`. */
  readonly complaint: string;
  /** Bytes a second over `from`. */
  readonly before: number;
}

export class CarrierTrial {
  readonly from: number;
  readonly to: number;
  readonly complaint: string;
  readonly before: number;
  readonly #links: CarrierLinks;
  readonly #prober: Prober;
  readonly #begunAt: Instant;
  readonly #emit: Emit;
  #usableAt: Instant | undefined;
  #hasInitiated = false;
  #isHeard = false;
  #usedAt: Instant | undefined;
  #isCounting = false;

  constructor(options: TrialOptions, links: CarrierLinks, prober: Prober, emit: Emit, now: Instant) {
    this.from = options.from;
    this.to = options.to;
    this.complaint = options.complaint;
    this.before = options.before;
    this.#links = links;
    this.#prober = prober;
    this.#emit = emit;
    this.#begunAt = now;
    links.open(this.to);
  }

  /** Whether it carries everything at the moment. */
  get isInUse(): boolean {
    return this.#usedAt !== undefined;
  }

  heard(candidate: number): void {
    if (candidate === this.to && this.#usableAt !== undefined) this.#isHeard = true;
  }

  /** It answered a handshake: all that can be had of a peer that answers no probes. */
  greeted(candidate: number): void {
    if (candidate === this.to && !this.#prober.knowsAnswers) this.#isHeard = true;
  }

  used(now: Instant): void {
    this.#usedAt = now;
  }

  /** @param isWell whether nothing is wrong with the path in use now */
  look(meter: GoodputMeter, isWell: boolean, now: Instant): Trial {
    return this.#usedAt === undefined ? this.#prepare(now) : this.#measure(this.#usedAt, meter, isWell, now);
  }

  #prepare(now: Instant): Trial {
    if (this.#isHeard) return 'reached';
    if (!this.#links.isUsable(this.to)) return now - this.#begunAt < SELECTION.trialOpening ? 'going-on' : 'failed';
    this.#usableAt ??= now;
    if (now - this.#usableAt >= SELECTION.trialProbing) return 'failed';
    this.#prober.sendEvery(this.to, SELECTION.probeEvery, now);
    if (!this.#hasInitiated && !this.#prober.knowsAnswers && now - this.#usableAt >= SELECTION.initiateAfterProbe) {
      this.#hasInitiated = true;
      this.#emit({ kind: 'initiate', candidate: this.to });
    }
    return 'going-on';
  }

  #measure(usedAt: Instant, meter: GoodputMeter, isWell: boolean, now: Instant): Trial {
    if (!this.#isCounting && now - usedAt >= SELECTION.trialSettling) {
      this.#isCounting = true;
      meter.reset();
    }
    if (now - usedAt < SELECTION.trialLasts) return 'going-on';
    // The traffic has ended: there is nothing to compare, and the way up will be tried in its time.
    if (!meter.isBulk) return 'keep';
    // With neither losses nor a queue it is not the path that limits the flows: they have yet to find their pace.
    if (isWell) return 'keep';
    return meter.bytesPerSecond >= this.before * SELECTION.trialGain ? 'keep' : 'return';
  }
}
