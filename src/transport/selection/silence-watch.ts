/**
 * Whether the path in use has gone dead: we send and nothing comes back, or what comes back is not in
 * answer to us. Half a second of silence makes a suspect, who is asked by probes. How much an answer
 * proves depends on what can be seen of it:
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

  constructor(candidate: number, prober: Prober, emit: (action: SelectorAction) => void, now: Instant) {
    this.#candidate = candidate;
    this.#prober = prober;
    this.#emit = emit;
    this.#since = now;
  }

  get isSuspect(): boolean {
    return this.#suspectedAt !== undefined;
  }

  /** Milliseconds for which nothing has answered what we sent. */
  get silence(): number {
    return this.#silence;
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
    this.#silence = this.#measure(record, now);
    if (now < this.#graceUntil) return 'fine';
    if (this.#suspectedAt === undefined && this.#silence < SELECTION.suspectAfter) return 'fine';
    this.#suspectedAt ??= now;
    if (this.#isAnswered(this.#suspectedAt)) {
      this.#acquit();
      this.#isPardoned = false;
      return 'fine';
    }
    if (this.#isDead(now - this.#suspectedAt)) return 'dead';
    this.#ask(record, this.#suspectedAt, now);
    return 'suspect';
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

  #isAnswered(suspectedAt: Instant): boolean {
    if (this.#prober.knowsAnswers) return this.#prober.isAnsweredSince(this.#candidate, suspectedAt);
    return this.#probesHeard >= 2;
  }

  #isDead(suspectedFor: number): boolean {
    const best = this.#prober.bestRoundTrip(this.#candidate) ?? 0;
    const patience = Math.max(SELECTION.deadAfter, best * SELECTION.patienceInRoundTrips);
    if (this.#silence >= patience && suspectedFor >= SELECTION.hearing) return true;
    const longest = this.#prober.knowsAnswers ? patience : SELECTION.deadWithoutAnswerAfter;
    return suspectedFor >= longest;
  }

  #ask(record: PathTraffic, suspectedAt: Instant, now: Instant): void {
    const last = this.#prober.lastSentTo(this.#candidate);
    const isHeard = last !== undefined && last >= suspectedAt && record.dataReceivedHereLast > last;
    if (this.#prober.sendEvery(this.#candidate, SELECTION.probeEvery, now)) {
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

  #acquit(): void {
    this.#suspectedAt = undefined;
    this.#probesHeard = 0;
    this.#initiatedAt = undefined;
  }
}
