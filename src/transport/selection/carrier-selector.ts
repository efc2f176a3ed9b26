/**
 * The choice between the ways to one peer. Pure: is told what happened and what time it is, and
 * leaves actions to be fetched. It never judges a carrier by a connection or a handshake where it can
 * judge by data that came back through the tunnel.
 *
 *     asleep ──session wanted──► searching ──data came back──► settled ──dead──► searching
 *                                    │                           │  ▲
 *                                    └──nobody asks any more──►  │  └── trial of a lower one, ascent
 *                                          asleep                └──bad, or a better one may be back
 */
import type { Instant } from '../../protocol/time.ts';
import { after } from '../../protocol/time.ts';
import { AscentPlan } from './ascent-plan.ts';
import { Backoff } from './backoff.ts';
import type { CarrierCandidate } from './candidate.ts';
import { CarrierAscent } from './carrier-ascent.ts';
import { CarrierLinks } from './carrier-links.ts';
import { CarrierRivals } from './carrier-rivals.ts';
import { CarrierSearch } from './carrier-search.ts';
import { CarrierTrial } from './carrier-trial.ts';
import { GoodputMeter } from './goodput-meter.ts';
import { PathHealth } from './path-health.ts';
import { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { PathTraffic, SelectorAction, SelectorDecision, SelectorInput } from './selector-messages.ts';
import type { SilenceWatch } from './silence-watch.ts';

export interface SelectorOptions {
  /** Best first, at least one. */
  readonly candidates: readonly CarrierCandidate[];
  /** Where to begin: what worked in this network last time. */
  readonly start: number;
  /** A persistent keepalive asks for a session at all times. */
  readonly isPersistent: boolean;
}

export type SelectorPhase = 'asleep' | 'searching' | 'settled';

export class CarrierSelector {
  readonly #candidates: readonly CarrierCandidate[];
  readonly #emit = (action: SelectorAction): void => void this.#actions.push(action);
  readonly #isPersistent: boolean;
  readonly #links: CarrierLinks;
  readonly #prober: Prober;
  readonly #meter = new GoodputMeter();
  readonly #ascents: AscentPlan;
  /** When to try another one instead of this. BOUNDED by the candidates. */
  readonly #trials: readonly Backoff[];
  /** BOUNDED by an owner who takes them after each input. */
  #actions: SelectorAction[] = [];
  /** What was chosen last; undefined before the first choice. */
  #current: number | undefined;
  /** Where packets go. Differs from the choice only during a search. */
  #path: number;
  #settledAt = 0 as Instant;
  #health: PathHealth | undefined;
  #search: CarrierSearch | undefined;
  #rivals: CarrierRivals | undefined;
  #ascent: CarrierAscent | undefined;
  #trial: CarrierTrial | undefined;
  /** The stream in use was let go for want of traffic. */
  #dormantSince: Instant | undefined;
  #hasLeftovers = false;
  #record: PathTraffic | undefined;
  #activeAt = 0 as Instant;
  /** Probes of better candidates, and what follows from them, are no activity. */
  #ownTrafficUntil = 0 as Instant;
  #wishedAt = Number.NEGATIVE_INFINITY as Instant;
  #sessionAt: Instant | undefined;
  #lookAt: Instant | undefined;

  constructor(options: SelectorOptions) {
    const { candidates, start, isPersistent } = options;
    this.#candidates = candidates;
    this.#isPersistent = isPersistent;
    this.#links = new CarrierLinks(candidates, this.#emit);
    this.#prober = new Prober(this.#emit);
    this.#ascents = new AscentPlan(candidates.length);
    this.#trials = candidates.map(() => new Backoff(SELECTION.trialAgainAfter));
    this.#path = start;
    this.#emit({ kind: 'use', candidate: start });
  }

  get phase(): SelectorPhase {
    if (this.#search !== undefined) return 'searching';
    return this.#health === undefined ? 'asleep' : 'settled';
  }

  /** The candidate chosen last. Undefined before the first choice. */
  get current(): number | undefined {
    return this.#current;
  }

  /** Shortest round trip of a probe over the path in use, milliseconds. */
  get roundTrip(): number | undefined {
    return this.#prober.bestRoundTrip(this.#path);
  }

  handle(input: SelectorInput, now: Instant): void {
    this.#take(input, now);
    this.#look(now);
    const next = this.#cadence(now);
    const nextAt = next === undefined ? undefined : after(now, next);
    const isLater = this.#lookAt === undefined || input.kind === 'traffic' || nextAt === undefined;
    this.#lookAt = isLater || nextAt < (this.#lookAt as Instant) ? nextAt : this.#lookAt;
  }

  /** In order. Empties the list. */
  takeActions(): readonly SelectorAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** When to look at the traffic next. Changes with `handle`. */
  nextDeadline(): Instant | undefined {
    return this.#lookAt;
  }

  // ------------------------------------------------------------------------------------------
  // What is heard
  // ------------------------------------------------------------------------------------------

  #take(input: SelectorInput, now: Instant): void {
    switch (input.kind) {
      case 'stream-up':
        this.#streamUp(input.candidate, now);
        break;
      case 'stream-down':
        this.#streamDown(input.candidate, input.reason, now);
        break;
      case 'handshake-sent':
        this.#sessionWanted(now);
        break;
      case 'handshake-completed':
        this.#handshakeCompleted(input.candidate, now);
        break;
      case 'keys-zeroed':
        this.#sessionAt = undefined;
        break;
      case 'heard':
        if (input.data) this.#heard(input.candidate, now);
        break;
      case 'probe-answered':
        this.#prober.answered(input.sequence, now);
        break;
      case 'traffic':
        this.#observe(input.record, now);
        break;
      case 'network-changed':
        this.#networkChanged(input.remembered, now);
        break;
    }
  }

  /** The peer answers on the connection that it heard from last, which is gone: show it the new one. */
  #streamUp(candidate: number, now: Instant): void {
    this.#links.up(candidate);
    if (this.#search !== undefined || candidate !== this.#path) return;
    if (this.#hasSession(now)) this.#prober.send(candidate, now);
    else this.#emit({ kind: 'initiate', candidate });
  }

  /** With nothing to carry, and nobody who asked for a session at all times, it is not made again for now. */
  #streamDown(candidate: number, reason: string, now: Instant): void {
    this.#links.down(candidate, reason, now);
    this.#search?.streamDown(candidate);
    const isUnused = !this.#isPersistent && now - this.#activeAt >= SELECTION.dormantAfter;
    if (this.phase !== 'settled' || candidate !== this.#current || !isUnused) return;
    this.#ascent = undefined;
    this.#trial = undefined;
    this.#links.closeAllBut();
    this.#dormantSince = now;
  }

  #sessionWanted(now: Instant): void {
    this.#wishedAt = now;
    if (this.phase === 'asleep') this.#beginSearch('', this.#orderFrom(this.#current ?? this.#path), undefined, now);
    else this.#health?.silence.handshakeSent(now);
    this.#wake(now);
  }

  #handshakeCompleted(candidate: number, now: Instant): void {
    this.#sessionAt = now;
    if (candidate !== this.#path) this.#use(candidate);
    if (this.phase === 'asleep') this.#beginSearch('', this.#orderFrom(candidate), undefined, now);
    this.#search?.handshakeCompleted(candidate, now);
    if (this.#health === undefined || this.#current === undefined) return;
    if (candidate === this.#current) {
      this.#health.silence.handshakeCompleted(now);
      return;
    }
    this.#ascent?.greeted(candidate);
    this.#trial?.greeted(candidate);
    // Or a late answer to an old question. What it says about a better candidate is worth asking about soon.
    this.#use(this.#current);
    this.#health.silence.confirm(now);
    this.#ascents.askSoon(candidate, now);
  }

  #heard(candidate: number, now: Instant): void {
    this.#rivals?.heard(candidate);
    this.#ascent?.heard(candidate);
    this.#trial?.heard(candidate);
    if (this.#search?.isProvenBy(candidate, now) === true) this.#settle(candidate, this.#search.reason, true, now);
  }

  #observe(record: PathTraffic, now: Instant): void {
    const last = this.#record;
    this.#record = record;
    const isChanged = last?.receivedBytes !== record.receivedBytes || last.sentBytes !== record.sentBytes;
    if (isChanged && now >= this.#ownTrafficUntil) this.#activeAt = now;
    if (this.#search?.isProvenBy(this.#path, record.dataReceivedHereLast) === true) {
      this.#settle(this.#path, this.#search.reason, true, now);
    }
    if (this.#dormantSince !== undefined && record.authenticatedSentLast > this.#dormantSince) this.#wake(now);
  }

  /** A carrier that works may go on; where none does, streams of the old network are given up at once. */
  #networkChanged(remembered: number | undefined, now: Instant): void {
    this.#ascents.askAllAnew(now);
    if (this.#search === undefined) return;
    this.#links.reopenAll();
    this.#beginSearch(this.#search.reason, this.#orderFrom(remembered ?? 0), undefined, now);
  }

  // ------------------------------------------------------------------------------------------
  // What follows
  // ------------------------------------------------------------------------------------------

  #look(now: Instant): void {
    if (this.#search !== undefined) this.#lookForCarrier(this.#search, now);
    else if (this.#health !== undefined && this.#dormantSince === undefined) this.#lookAfterPath(this.#health, now);
  }

  #lookForCarrier(search: CarrierSearch, now: Instant): void {
    if (!search.look(this.#hasSession(now), now)) return;
    const greetedBy = search.greetedBy;
    if (greetedBy !== undefined) {
      this.#prober.distrustAnswers();
      this.#settle(greetedBy, search.reason, false, now);
      return;
    }
    if (this.#isWanted(now)) search.pause(now);
    else this.#fallAsleep();
  }

  #lookAfterPath(health: PathHealth, now: Instant): void {
    const current = this.#current as number;
    if (this.#hasLeftovers && now - this.#settledAt >= SELECTION.keepOpen) this.#closeLeftovers(current, now);
    if (this.#isLost(health, current, now) || this.#record === undefined) return;
    if (this.#isBeaten(health, current, now)) return;
    this.#meter.look(this.#record, now);
    if (this.#trial !== undefined || this.#hasLower(current)) health.look(this.#record, this.#meter, now);
    if (this.#trial !== undefined) this.#continueTrial(this.#trial, health, now);
    else if (this.#ascent !== undefined) this.#continueAscent(this.#ascent, now);
    else if (!health.silence.isSuspect) this.#considerOthers(health, current, now);
  }

  /** Whether another one, asked because this one does not answer, has taken its place. */
  #isBeaten({ silence }: PathHealth, current: number, now: Instant): boolean {
    if (!silence.isSuspect) {
      this.#dismissRivals(current, now);
      return false;
    }
    if (this.#rivals === undefined && (!silence.isDoubtful(now) || !this.#hasLower(current))) return false;
    this.#rivals ??= new CarrierRivals(current, this.#lowerThan(current), this.#links, this.#prober, now);
    this.#hasLeftovers = true;
    this.#rivals.look(this.#prober.knowsAnswers && this.#hasSession(now), now);
    const winner = this.#rivals.answeredBy;
    if (winner === undefined || !silence.isWorseThanRival(now)) return false;
    const outage = this.#links.outage(current);
    const reason = outage === undefined ? this.#silenceOf(silence, current, now) : this.#lossOf(outage, current);
    this.#settle(winner, `${reason}, while ${this.#name(winner)} answers`, true, now);
    return true;
  }

  /** The peer is called back, if it was asked elsewhere. */
  #dismissRivals(current: number, now: Instant): void {
    if (this.#rivals?.haveBeenAsked === true) this.#prober.send(current, now);
    this.#rivals = undefined;
  }

  /** Whether the path is dead; then a search has begun. */
  #isLost(health: PathHealth, current: number, now: Instant): boolean {
    const outage = this.#links.outage(current);
    if (this.#candidates.length === 1 || this.#record === undefined) return false;
    if (outage !== undefined && now - outage.since >= SELECTION.streamMayBeDown) {
      this.#leave(this.#lossOf(outage, current), now);
      return true;
    }
    if (health.silence.look(this.#record, now) !== 'dead') return false;
    this.#leave(this.#silenceOf(health.silence, current, now), now);
    return true;
  }

  #lossOf({ reason }: { readonly reason: string }, current: number): string {
    return `${this.#name(current)} connection lost: ${reason}`;
  }

  #silenceOf(silence: SilenceWatch, current: number, now: Instant): string {
    return `no answer over ${this.#name(current)} for ${seconds(silence.silentFor(now))} s`;
  }

  #leave(reason: string, now: Instant): void {
    const current = this.#current as number;
    const first = this.#trial?.isInUse === true ? [this.#trial.from] : [];
    const all = this.#candidates.keys();
    const order = [...new Set([...first, ...this.#lowerThan(current), ...all])].filter(
      (candidate) => candidate !== current,
    );
    this.#beginSearch(reason, [...order, current], current, now);
  }

  #beginSearch(reason: string, order: readonly number[], distrusted: number | undefined, now: Instant): void {
    this.#health = undefined;
    this.#rivals = undefined;
    this.#ascent = undefined;
    this.#trial = undefined;
    this.#dormantSince = undefined;
    const greeted = now === this.#wishedAt ? this.#path : undefined;
    const options = { reason, order, distrusted, greeted };
    this.#search = new CarrierSearch(options, this.#links, this.#prober, this.#emit, now);
  }

  #considerOthers(health: PathHealth, current: number, now: Instant): void {
    const complaint = health.complaint(this.#meter, now);
    if (complaint !== undefined && this.#hasLower(current) && this.#trials[current].isDue(now)) {
      const before = health.speed(this.#meter);
      this.#trial = new CarrierTrial(
        { from: current, to: current + 1, complaint, before },
        this.#links,
        this.#prober,
        this.#emit,
        now,
      );
      return;
    }
    if (!this.#hasSession(now)) return;
    const better = this.#ascents.due(current, now);
    if (better !== undefined)
      this.#ascent = new CarrierAscent(better, current, this.#links, this.#prober, this.#emit, now);
  }

  #continueAscent(ascent: CarrierAscent, now: Instant): void {
    const result = ascent.look(this.#meter.isBulk, now);
    this.#ownTrafficUntil = after(now, SELECTION.echoesLast);
    if (result === 'going-on') return;
    this.#ascent = undefined;
    if (result === 'reached') {
      this.#settle(ascent.candidate, `${this.#name(ascent.candidate)} answers again`, true, now);
      return;
    }
    this.#links.close(ascent.candidate);
    this.#ascents.failed(ascent.candidate, now);
  }

  #continueTrial(trial: CarrierTrial, health: PathHealth, now: Instant): void {
    const result = trial.look(this.#meter, health.isWell(this.#meter, now), now);
    if (result === 'going-on') return;
    if (result === 'reached') {
      const reason = `${trial.complaint} over ${this.#name(trial.from)}, trying ${this.#name(trial.to)}`;
      this.#settle(trial.to, reason, true, now);
      trial.used(now);
      this.#trial = trial;
      return;
    }
    this.#trial = undefined;
    this.#hasLeftovers = true;
    if (result === 'keep') this.#decide(trial.to, trial.to, this.#comparison(trial), true, now);
    else this.#trials[trial.from].failed(now);
    if (result === 'return') this.#settle(trial.from, this.#comparison(trial), true, now);
  }

  #comparison(trial: CarrierTrial): string {
    if (!this.#meter.isBulk)
      return `too little traffic to compare ${this.#name(trial.to)} with ${this.#name(trial.from)}`;
    const after = megabits(this.#meter.bytesPerSecond);
    return `${this.#name(trial.to)} carried ${after} Mbit/s, ${this.#name(trial.from)} ${megabits(trial.before)}`;
  }

  /** From here on this is the choice. */
  #settle(candidate: number, reason: string, isProven: boolean, now: Instant): void {
    const previous = this.#current;
    const stayed = now - this.#settledAt;
    const isDegraded = this.#trial !== undefined;
    const hasTriedOthers = this.#search?.hasTriedOthers(candidate) === true;
    this.#use(candidate);
    this.#search = undefined;
    this.#rivals = undefined;
    this.#ascent = undefined;
    this.#trial = undefined;
    this.#hasLeftovers = true;
    this.#current = candidate;
    const isNew = previous === undefined ? hasTriedOthers : previous !== candidate;
    const path = { candidate, isStream: this.#links.isStream(candidate), isNew };
    this.#health = new PathHealth(path, this.#prober, this.#emit, now);
    if (previous === candidate) return;
    this.#settledAt = now;
    this.#meter.reset();
    this.#ascents.moved(candidate, previous, stayed, isDegraded, now);
    const first = isProven ? 'the first that carried data both ways' : 'answers handshakes, though no probes';
    this.#decide(previous, candidate, reason === '' ? first : reason, isProven, now);
  }

  #decide(from: number | undefined, to: number, reason: string, proven: boolean, at: Instant): void {
    const decision: SelectorDecision = { from, to, reason, at, proven };
    this.#emit({ kind: 'decided', decision });
  }

  #use(candidate: number): void {
    this.#path = candidate;
    this.#emit({ kind: 'use', candidate });
  }

  #closeLeftovers(current: number, now: Instant): void {
    const isDeciding = this.#trial !== undefined || this.#ascent !== undefined;
    if (isDeciding || this.#health?.silence.isSuspect === true) return;
    // Where the peer was led astray and not called back, it would answer to nowhere.
    if (this.#hasSession(now) && this.#links.isAnyUsableBut(current)) this.#prober.send(current, now);
    this.#links.closeAllBut(current);
    this.#hasLeftovers = false;
  }

  #fallAsleep(): void {
    this.#search = undefined;
    this.#links.closeAllBut();
  }

  /** There is something to send again. */
  #wake(now: Instant): void {
    if (this.#dormantSince === undefined || this.#current === undefined) return;
    this.#dormantSince = undefined;
    this.#activeAt = now;
    this.#links.open(this.#current);
  }

  // ------------------------------------------------------------------------------------------

  #cadence(now: Instant): number | undefined {
    if (this.#search !== undefined || this.#ascent !== undefined) return SELECTION.lookWhileDeciding;
    if (this.#health === undefined) return undefined;
    if (this.#dormantSince !== undefined) return this.#hasSession(now) ? SELECTION.lookWhileIdle : undefined;
    const isTrialBeginning = this.#trial !== undefined && !this.#trial.isInUse;
    if (isTrialBeginning || this.#health.silence.isSuspect) return SELECTION.lookWhileDeciding;
    return this.#isIdle(now) ? SELECTION.lookWhileIdle : SELECTION.lookWhileActive;
  }

  #isIdle(now: Instant): boolean {
    return now - this.#activeAt >= SELECTION.idleAfter;
  }

  #hasSession(now: Instant): boolean {
    return this.#sessionAt !== undefined && now - this.#sessionAt < SELECTION.sessionLasts;
  }

  #lowerThan(current: number): readonly number[] {
    return [...this.#candidates.keys()].filter((candidate) => candidate > current);
  }

  #hasLower(candidate: number): boolean {
    return candidate + 1 < this.#candidates.length;
  }

  #isWanted(now: Instant): boolean {
    if (this.#isPersistent || now - this.#wishedAt < SELECTION.wishLasts) return true;
    const record = this.#record;
    return (
      record !== undefined && record.dataSentUnanswered > 0 && now - record.authenticatedSentLast < SELECTION.wishLasts
    );
  }

  /** From a starting point down, then the better ones. */
  #orderFrom(start: number): readonly number[] {
    const others = [...this.#candidates.keys()].filter((candidate) => candidate !== start);
    return [start, ...others];
  }

  #name(candidate: number): string {
    return this.#candidates[candidate].name;
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function megabits(bytesPerSecond: number): string {
  return ((bytesPerSecond * 8) / 1e6).toFixed(1);
}
