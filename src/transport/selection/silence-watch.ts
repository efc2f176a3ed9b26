/**
 * Whether the path in use has gone dead: we send and nothing comes back, or what comes back is not in
 * answer to us, or much came and suddenly nothing more. A third of a second of silence makes a suspect
 * (half a second where no answers are known), who is asked by probes. How much an answer proves depends
 * on what can be seen of it:
 *
 *     answers to probes are known      only they count, and once an answered handshake: what the peer
 *                                      sends by itself, say repeats of what we never acknowledged, comes
 *                                      from a path that is half dead too
 *     they are not, or never came      data right after two probes in a row, or an answered handshake
 */
import type { Instant } from '../../protocol/time.ts';
import { after } from '../../protocol/time.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { PathTraffic, SelectorAction } from './selector-messages.ts';

export type Silence = 'fine' | 'suspect' | 'dead';

export class SilenceWatch {
  readonly #candidate: number;
  readonly #prober: Prober;
  readonly #emit: (action: SelectorAction) => void;
  /** When this path came into use. */
  readonly #since: Instant;
  #suspectedAt: Instant | undefined;
  /** Probes in a row that were followed by data. */
  #probesHeard = 0;
  #initiatedAt: Instant | undefined;
  #handshakeSentAt: Instant | undefined;
  /** A handshake has cleared it once, and no probe has since. */
  #isPardoned = false;
  #graceUntil = 0 as Instant;
  #silence = 0;
  /** When what made it a suspect began. */
  #silentSince = 0 as Instant;
  #confirmUntil = 0 as Instant;
  /** Messages that had come when it was last asked, or first looked at. */
  #heardMessages: number | undefined;

  constructor(candidate: number, prober: Prober, emit: (action: SelectorAction) => void, now: Instant) {
    this.#candidate = candidate;
    this.#prober = prober;
    this.#emit = emit;
    this.#since = now;
  }

  get isSuspect(): boolean {
    return this.#suspectedAt !== undefined;
  }

  /** The peer is to answer here from now on, whatever still reaches it by another path. */
  confirm(now: Instant): void {
    this.#confirmUntil = after(now, SELECTION.confirmFor);
  }

  /** Milliseconds for which nothing has answered what we sent. */
  get silence(): number {
    return this.#silence;
  }

  /** Milliseconds for which it has been silent, or as good as that. */
  silentFor(now: Instant): number {
    return this.#suspectedAt === undefined ? this.#silence : Math.max(this.#silence, now - this.#silentSince);
  }

  /** Whether the first question has gone unanswered for long enough to ask elsewhere. */
  isDoubtful(now: Instant): boolean {
    if (this.#suspectedAt === undefined) return false;
    if (!this.#prober.knowsAnswers) return this.#silence >= SELECTION.prepareAfter;
    return now - this.#suspectedAt >= this.#atLeast(SELECTION.doubtAfter, SELECTION.doubtAfterRoundTrips, now);
  }

  /** Whether one who answers elsewhere is to be preferred already. */
  isWorseThanRival(now: Instant): boolean {
    const suspectedAt = this.#suspectedAt;
    if (suspectedAt === undefined) return false;
    return now - suspectedAt >= this.#atLeast(SELECTION.rivalWinsAfter, SELECTION.rivalWinsAfterRoundTrips, now);
  }

  /** The core asks for a session here; an answer is due. */
  handshakeSent(now: Instant): void {
    this.#handshakeSentAt ??= now;
  }

  /**
   * The path works both ways, at least for handshakes. That is all there is where the peer answers no
   * probes; where it does, it may have lost the session, as in a restart, and answers under the new one.
   */
  handshakeCompleted(now: Instant): void {
    this.#handshakeSentAt = undefined;
    if (this.#suspectedAt === undefined) return;
    if (this.#prober.knowsAnswers ? this.#isPardoned : this.#silence >= SELECTION.deadWithoutDataAfter) return;
    this.#acquit();
    this.#isPardoned = true;
    const grace = this.#prober.knowsAnswers ? SELECTION.suspectAfter : SELECTION.graceAfterHandshake;
    this.#graceUntil = after(now, grace);
  }

  look(record: PathTraffic, now: Instant): Silence {
    this.#confirm(now);
    this.#silence = this.#measure(record, now);
    if (now < this.#graceUntil) return 'fine';
    if (this.#suspectedAt === undefined && !this.#isSuspicious(record, now)) return 'fine';
    if (this.#suspectedAt === undefined) {
      const begun = this.#silence > 0 ? now - this.#silence : record.dataReceivedHereLast;
      this.#silentSince = begun as Instant;
    }
    this.#suspectedAt ??= now;
    this.#heardMessages = record.receivedMessages;
    if (this.#isAnswered(record, this.#suspectedAt)) {
      this.#acquit();
      this.#isPardoned = false;
      return 'fine';
    }
    if (this.#isDead(now - this.#suspectedAt, now)) return 'dead';
    this.#ask(record, this.#suspectedAt, now);
    return 'suspect';
  }

  #confirm(now: Instant): void {
    if (now >= this.#confirmUntil || !this.#prober.knowsAnswers) return;
    this.#prober.sendEvery(this.#candidate, SELECTION.confirmEvery, now);
  }

  #isSuspicious(record: PathTraffic, now: Instant): boolean {
    if (!this.#prober.knowsAnswers) return this.#silence >= SELECTION.suspectAfter;
    const limit = this.#atLeast(SELECTION.suspectSooner, SELECTION.suspectAfterRoundTrips, now);
    return this.#silence >= limit || this.#hasBurstEnded(record, limit, now);
  }

  /**
   * A download whose way to us is cut sends us nothing that we would have to answer. Whether it has
   * ended or was cut is worth one question.
   */
  #hasBurstEnded({ receivedMessages, dataReceivedHereLast }: PathTraffic, limit: number, now: Instant): boolean {
    this.#heardMessages ??= receivedMessages;
    if (receivedMessages - this.#heardMessages < SELECTION.burstMessages) return false;
    return dataReceivedHereLast > this.#since && now - dataReceivedHereLast >= limit;
  }

  #measure(record: PathTraffic, now: Instant): number {
    if (this.#handshakeSentAt !== undefined && record.receivedHereLast > this.#handshakeSentAt) {
      this.#handshakeSentAt = undefined;
    }
    const { dataSentUnanswered, receivedHereLast } = record;
    const isUnanswered = dataSentUnanswered > 0 && dataSentUnanswered >= receivedHereLast;
    if (!isUnanswered && this.#handshakeSentAt === undefined) return 0;
    const begins = [isUnanswered ? dataSentUnanswered : now, this.#handshakeSentAt ?? now];
    return now - Math.max(Math.min(...begins), receivedHereLast, this.#since);
  }

  /** The answer may have come another way, if the peer was asked by that as well. */
  #isAnswered({ dataReceivedHereLast }: PathTraffic, suspectedAt: Instant): boolean {
    if (!this.#prober.knowsAnswers) return this.#probesHeard >= 2;
    return dataReceivedHereLast >= suspectedAt && this.#prober.isAnsweredSince(this.#candidate, suspectedAt);
  }

  #isDead(suspectedFor: number, now: Instant): boolean {
    const patience = this.#atLeast(SELECTION.deadAfter, SELECTION.patienceInRoundTrips, now);
    if (this.#silence >= patience && suspectedFor >= SELECTION.hearing) return true;
    const longest = this.#prober.knowsAnswers ? patience : SELECTION.deadWithoutAnswerAfter;
    return suspectedFor >= longest;
  }

  #ask(record: PathTraffic, suspectedAt: Instant, now: Instant): void {
    const last = this.#prober.lastSentTo(this.#candidate);
    const isHeard = last !== undefined && last >= suspectedAt && record.dataReceivedHereLast > last;
    const interval = this.#prober.knowsAnswers ? SELECTION.probeSuspectEvery : SELECTION.probeEvery;
    if (this.#prober.sendEvery(this.#candidate, interval, now)) {
      this.#probesHeard = isHeard ? this.#probesHeard + 1 : 0;
    }
    const patience = this.#prober.knowsAnswers ? SELECTION.initiateAfterProbe : 0;
    if (now - suspectedAt >= patience) this.#initiate(now);
  }

  #initiate(now: Instant): void {
    if (this.#initiatedAt !== undefined && now - this.#initiatedAt < SELECTION.initiateEvery) return;
    this.#initiatedAt = now;
    this.#emit({ kind: 'initiate', candidate: this.#candidate });
  }

  /** So many milliseconds, and on a slow path so many round trips. */
  #atLeast(milliseconds: number, roundTrips: number, now: Instant): number {
    return Math.max(milliseconds, roundTrips * this.#prober.recentRoundTrip(this.#candidate, now));
  }

  #acquit(): void {
    this.#suspectedAt = undefined;
    this.#probesHeard = 0;
    this.#initiatedAt = undefined;
  }
}
