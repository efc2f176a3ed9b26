/**
 * Everything that is watched about the path in use, from the moment it comes into use: silence,
 * loss, latency, goodput. Says what is wrong, not what to do about it.
 */
import type { Instant } from '../../protocol/time.ts';
import type { GoodputMeter } from './goodput-meter.ts';
import { LatencyWatch } from './latency-watch.ts';
import { LossWatch } from './loss-watch.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { Emit, PathTraffic } from './selector-messages.ts';
import { SilenceWatch } from './silence-watch.ts';

export class PathHealth {
  readonly silence: SilenceWatch;
  readonly #candidate: number;
  readonly #prober: Prober;
  readonly #since: Instant;
  readonly #isStream: boolean;
  readonly #latency = new LatencyWatch();
  #loss: LossWatch | undefined;
  #isSlow = false;

  /** @param path `isNew`: the peer was spoken to by another one until now */
  constructor(
    { candidate, isStream, isNew }: { readonly candidate: number; readonly isStream: boolean; readonly isNew: boolean },
    prober: Prober,
    emit: Emit,
    now: Instant,
  ) {
    this.silence = new SilenceWatch(candidate, prober, emit, now);
    if (isNew) this.silence.confirm(now);
    this.#candidate = candidate;
    this.#isStream = isStream;
    this.#prober = prober;
    this.#since = now;
  }

  /** Looks at everything but silence; probes while there is enough traffic to be slow. */
  look(record: PathTraffic, meter: GoodputMeter, now: Instant): void {
    this.#loss ??= new LossWatch(record, now);
    this.#loss.look(record, meter.best, now);
    const isBulk = meter.isBulk;
    const roundTrip = isBulk ? this.#prober.roundTrip(this.#candidate, this.#since, now) : undefined;
    this.#isSlow = this.#latency.look(roundTrip, this.#prober.bestRoundTrip(this.#candidate), now);
    if (!isBulk) return;
    const interval = this.#isSlow ? SELECTION.probeWhileSlowEvery : SELECTION.probeWhileBusyEvery;
    this.#prober.sampleEvery(this.#candidate, interval, now);
  }

  /** What is wrong, in words that fit before "over udp"; undefined where nothing is. */
  complaint(meter: GoodputMeter, now: Instant): string | undefined {
    if (this.#isLossy(meter)) return `${percent(this.#loss?.fraction ?? 0)} of the packets lost`;
    if (this.#hasCollapsed(meter)) return 'losses, and since then a fraction of the usual speed';
    const probeLoss = meter.isBulk ? this.#probeLoss(now) : 0;
    if (probeLoss > SELECTION.probeLossFraction) return `${percent(probeLoss)} of the probes lost`;
    const hasCollapsed = this.speed(meter) < meter.best * SELECTION.collapsedGoodput;
    if (!this.#latency.isSlowForLong(hasCollapsed, now)) return undefined;
    const roundTrip = this.#prober.roundTrip(this.#candidate, this.#since, now) ?? 0;
    return `round trips of ${Math.round(roundTrip)} ms`;
  }

  /** What it carries while something is wrong, bytes a second: the average still knows better days. */
  speed(meter: GoodputMeter): number {
    return Math.min(meter.bytesPerSecond, this.#loss?.speed ?? Number.POSITIVE_INFINITY);
  }

  /** Whether nothing is wrong now, nor looks like going wrong. */
  isWell(meter: GoodputMeter, now: Instant): boolean {
    const loss = this.#loss?.fraction ?? 0;
    return (
      !this.#latency.isNearlySlow && loss <= SELECTION.lossFraction / 2 && this.complaint(meter, now) === undefined
    );
  }

  /** What a stream loses did not fit its queue: flows inside fill it. That alone is no fault of the path. */
  #isLossy(meter: GoodputMeter): boolean {
    if (this.#isStream && !meter.hasCollapsed) return false;
    return this.#loss?.isLossy(meter.hasCollapsed) === true;
  }

  #hasCollapsed(meter: GoodputMeter): boolean {
    return !this.#isStream && meter.isBulk && this.#loss?.hasCollapsed === true;
  }

  #probeLoss(now: Instant): number {
    if (!this.#prober.knowsAnswers) return 0;
    return this.#prober.loss(this.#candidate, this.#since, now) ?? 0;
  }
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}
