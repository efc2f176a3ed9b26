/**
 * Looking for a candidate that works, in an order of preference but not one after the other: each has
 * a head start before the next is tried, and the first that brings data back is taken. A round ends
 * when the last one has had its chance.
 *
 *     0 ms     the first is opened, if it is a stream; once up it is probed (or greeted, without keys)
 *     300 ms   the second is opened
 *     800 ms   the second is used, and from here on as the first was
 */
import type { Instant } from '../../protocol/time.ts';
import { after } from '../../protocol/time.ts';
import type { CarrierLinks } from './carrier-links.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { Emit } from './selector-messages.ts';

/** Initiations of one peer that are closer together than TRIAL_INITIATION_INTERVAL_MS would not be sent. */
const INITIATIONS_APART = 120;

interface Attempt {
  readonly candidate: number;
  begunAt: Instant | undefined;
  /** First time that it could be sent to. */
  usableAt: Instant | undefined;
  initiatedAt: Instant | undefined;
  initiations: number;
  probes: number;
  hasAnsweredHandshake: boolean;
  hasFailed: boolean;
}

export interface SearchOptions {
  /** Every candidate once. */
  readonly order: readonly number[];
  /** For the decision that follows. */
  readonly reason: string;
  /** It has just been found dead: data from there alone, which may still be the old path's, does not clear it. */
  readonly distrusted: number | undefined;
  /** The core has sent this one an initiation already. */
  readonly greeted: number | undefined;
}

export class CarrierSearch {
  readonly reason: string;
  readonly #links: CarrierLinks;
  readonly #prober: Prober;
  readonly #emit: Emit;
  readonly #distrusted: number | undefined;
  /** BOUNDED by the candidates. */
  #attempts: readonly Attempt[];
  #rounds = 0;
  #initiatedAt = Number.NEGATIVE_INFINITY as Instant;
  #pausedUntil: Instant | undefined;

  constructor(options: SearchOptions, links: CarrierLinks, prober: Prober, emit: Emit, now: Instant) {
    this.reason = options.reason;
    this.#distrusted = options.distrusted;
    this.#links = links;
    this.#prober = prober;
    this.#emit = emit;
    this.#attempts = options.order.map(newAttempt);
    const greeted = this.#attempts.find(({ candidate }) => candidate === options.greeted);
    if (greeted === undefined || !links.isUsable(greeted.candidate)) return;
    greeted.initiatedAt = now;
    greeted.initiations = 1;
  }

  /** Rounds that ended without a result. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The best candidate that answered a handshake in this round. */
  get greetedBy(): number | undefined {
    const answered = this.#attempts.filter((attempt) => attempt.hasAnsweredHandshake);
    return answered.length === 0 ? undefined : Math.min(...answered.map(({ candidate }) => candidate));
  }

  /** Whether the peer may have heard from us by another one. */
  hasTriedOthers(candidate: number): boolean {
    return this.#attempts.some((attempt) => attempt.candidate !== candidate && attempt.usableAt !== undefined);
  }

  /** Whether data from this candidate means that it works. `at` is when it came. */
  isProvenBy(candidate: number, at: Instant): boolean {
    const attempt = this.#find(candidate);
    if (attempt?.usableAt === undefined || at < attempt.usableAt || attempt.probes === 0) return false;
    if (candidate !== this.#distrusted || attempt.hasAnsweredHandshake) return true;
    return this.#prober.isAnsweredSince(candidate, attempt.usableAt);
  }

  handshakeCompleted(candidate: number, now: Instant): void {
    const attempt = this.#find(candidate);
    if (attempt === undefined) return;
    attempt.hasAnsweredHandshake = true;
    this.#probe(attempt, now);
  }

  /** It refuses or resets: the next need not wait. It goes on trying by itself. */
  streamDown(candidate: number): void {
    const attempt = this.#find(candidate);
    if (attempt !== undefined) attempt.hasFailed = true;
  }

  /** @param hasSession whether keys should be good. Returns whether a round ended just now. */
  look(hasSession: boolean, now: Instant): boolean {
    if (this.#pausedUntil !== undefined) {
      if (now < this.#pausedUntil) return false;
      this.#pausedUntil = undefined;
      this.#attempts = this.#attempts.map(({ candidate }) => newAttempt(candidate));
    }
    this.#beginDue(now);
    for (const attempt of this.#attempts) this.#advance(attempt, hasSession, now);
    return this.#isRoundOver(now);
  }

  /** Nothing worked: the next round begins after a pause. */
  pause(now: Instant): void {
    this.#rounds += 1;
    const wait = Math.min(SELECTION.pauseBetweenRounds * this.#rounds, SELECTION.longestPause);
    this.#pausedUntil = after(now, wait);
  }

  #find(candidate: number): Attempt | undefined {
    return this.#attempts.find((attempt) => attempt.candidate === candidate);
  }

  #beginDue(now: Instant): void {
    let previous: Attempt | undefined;
    for (const attempt of this.#attempts) {
      if (attempt.begunAt === undefined && isDue(previous, SELECTION.tryNextAfter, now)) attempt.begunAt = now;
      if (attempt.begunAt !== undefined || isDue(previous, SELECTION.openNextAfter, now)) {
        this.#links.open(attempt.candidate);
      }
      previous = attempt;
    }
  }

  #advance(attempt: Attempt, hasSession: boolean, now: Instant): void {
    if (attempt.begunAt === undefined || !this.#links.isUsable(attempt.candidate)) return;
    attempt.usableAt ??= now;
    this.#initiate(attempt, hasSession && this.#prober.knowsAnswers ? SELECTION.initiateAfterProbe : 0, now);
    if (!hasSession || attempt.probes >= SELECTION.probesPerRound) return;
    const last = this.#prober.lastSentTo(attempt.candidate);
    if (last === undefined || last < attempt.usableAt || now - last >= SELECTION.probeEvery) this.#probe(attempt, now);
  }

  #probe(attempt: Attempt, now: Instant): void {
    attempt.usableAt ??= now;
    attempt.probes += 1;
    this.#prober.send(attempt.candidate, now);
  }

  #initiate(attempt: Attempt, firstAfter: number, now: Instant): void {
    if (attempt.hasAnsweredHandshake || attempt.initiations >= SELECTION.initiationsPerRound) return;
    const since = attempt.initiatedAt ?? attempt.usableAt;
    const wait = attempt.initiatedAt === undefined ? firstAfter : SELECTION.initiateEvery;
    if (since === undefined || now - since < wait || now - this.#initiatedAt < INITIATIONS_APART) return;
    this.#initiatedAt = now;
    attempt.initiatedAt = now;
    attempt.initiations += 1;
    this.#emit({ kind: 'initiate', candidate: attempt.candidate });
  }

  #isRoundOver(now: Instant): boolean {
    const last = this.#attempts.at(-1);
    return last?.begunAt !== undefined && now - last.begunAt >= SELECTION.lastChance;
  }
}

function newAttempt(candidate: number): Attempt {
  return {
    candidate,
    begunAt: undefined,
    usableAt: undefined,
    initiatedAt: undefined,
    initiations: 0,
    probes: 0,
    hasAnsweredHandshake: false,
    hasFailed: false,
  };
}

/** The first of the order is due at once, another when its predecessor had its head start or has failed. */
function isDue(previous: Attempt | undefined, headStart: number, now: Instant): boolean {
  if (previous === undefined) return true;
  return previous.begunAt !== undefined && (previous.hasFailed || now - previous.begunAt >= headStart);
}
