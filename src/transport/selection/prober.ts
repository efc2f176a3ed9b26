/**
 * Sends probes and remembers what became of them. An answer is known by its number where the answers
 * can be seen (see the director's echo listener); where they cannot, `knowsAnswers` stays false and
 * data that comes in has to stand for them.
 */
import type { Instant } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';
import type { Emit } from './selector-messages.ts';

interface Probe {
  readonly sequence: number;
  readonly candidate: number;
  readonly sentAt: Instant;
  /** One of those that are sent to see how good a path is, not whether there is one. */
  readonly isSample: boolean;
  answeredAt: Instant | undefined;
}

/** BOUNDS the log: more than any one question needs, with several candidates asked at once. */
const MAX_PROBES = 64;
const SEQUENCES = 0x1_0000;

export class Prober {
  readonly #emit: Emit;
  /** Oldest first. BOUNDED by MAX_PROBES. */
  readonly #probes: Probe[] = [];
  /** Shortest round trip of each candidate. BOUNDED by the candidates. */
  readonly #best = new Map<number, number>();
  #sequence = 0;
  #knowsAnswers = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Whether this peer's answers have been seen. */
  get knowsAnswers(): boolean {
    return this.#knowsAnswers;
  }

  /** Answers that used to come have stopped on every way: do not count on them. */
  distrustAnswers(): void {
    this.#knowsAnswers = false;
  }

  send(candidate: number, now: Instant, isSample = false): void {
    this.#sequence = (this.#sequence + 1) % SEQUENCES;
    const sequence = this.#sequence;
    if (this.#probes.length >= MAX_PROBES) this.#probes.shift();
    this.#probes.push({ sequence, candidate, sentAt: now, isSample, answeredAt: undefined });
    this.#emit({ kind: 'probe', candidate, sequence });
  }

  /** Sends one unless the last to this candidate is younger than `interval`. Returns whether it did. */
  sendEvery(candidate: number, interval: number, now: Instant): boolean {
    const last = this.lastSentTo(candidate);
    if (last !== undefined && now - last < interval) return false;
    this.send(candidate, now);
    return true;
  }

  /** The same for one that counts for `loss`. */
  sampleEvery(candidate: number, interval: number, now: Instant): void {
    const last = this.lastSentTo(candidate);
    if (last === undefined || now - last >= interval) this.send(candidate, now, true);
  }

  answered(sequence: number, now: Instant): void {
    const probe = this.#probes.find((each) => each.sequence === sequence);
    if (probe === undefined || probe.answeredAt !== undefined) return;
    probe.answeredAt = now;
    this.#knowsAnswers = true;
    const best = this.#best.get(probe.candidate) ?? Number.POSITIVE_INFINITY;
    this.#best.set(probe.candidate, Math.min(best, now - probe.sentAt));
  }

  lastSentTo(candidate: number): Instant | undefined {
    return this.#probes.findLast((probe) => probe.candidate === candidate)?.sentAt;
  }

  /** Whether a probe sent then or later was answered. */
  isAnsweredSince(candidate: number, since: Instant): boolean {
    return this.#probes.some(
      (probe) => probe.candidate === candidate && probe.sentAt >= since && probe.answeredAt !== undefined,
    );
  }

  /** Shortest round trip ever seen, milliseconds. */
  bestRoundTrip(candidate: number): number | undefined {
    return this.#best.get(candidate);
  }

  /** Longest round trip of late: a queue on the way is no reason to despair. Milliseconds, 0 while unknown. */
  recentRoundTrip(candidate: number, now: Instant): number {
    let longest = this.#best.get(candidate) ?? 0;
    for (const { candidate: asked, sentAt, answeredAt } of this.#probes) {
      if (asked !== candidate || answeredAt === undefined || now - sentAt > SELECTION.recentProbes) continue;
      longest = Math.max(longest, answeredAt - sentAt);
    }
    return longest;
  }

  /** Of the latest answer, or how long an answer has been awaited where that is longer already. Milliseconds. */
  roundTrip(candidate: number, since: Instant, now: Instant): number | undefined {
    const recent = this.#probes.filter((probe) => probe.candidate === candidate && probe.sentAt >= since);
    const last = recent.findLast((probe) => probe.answeredAt !== undefined);
    const answered = last?.answeredAt === undefined ? undefined : last.answeredAt - last.sentAt;
    const open = recent.find(
      (probe) => probe.answeredAt === undefined && (last === undefined || probe.sentAt > last.sentAt),
    );
    if (open === undefined) return answered;
    return Math.max(now - open.sentAt, answered ?? 0);
  }

  /** Fraction of the latest samples that were lost; undefined before there are enough. */
  loss(candidate: number, since: Instant, now: Instant): number | undefined {
    const concluded = this.#probes.filter(
      (probe) => probe.isSample && probe.candidate === candidate && probe.sentAt >= since && isConcluded(probe, now),
    );
    const judged = concluded.slice(-SELECTION.probesJudged);
    if (judged.length < SELECTION.probesJudged) return undefined;
    return judged.filter((probe) => probe.answeredAt === undefined).length / judged.length;
  }
}

function isConcluded(probe: Probe, now: Instant): boolean {
  return probe.answeredAt !== undefined || now - probe.sentAt >= SELECTION.probeLostAfter;
}
