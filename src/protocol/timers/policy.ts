/**
 * The timers of one peer: events in, deadlines out. This file is sections 6.1 to 6.5 of the
 * WireGuard paper (https://www.wireguard.com/papers/wireguard.pdf). Others say what happened, here it
 * is decided when something must be done about it, and at that time what. Nothing is done here.
 *
 *     event                            arms                  for
 *     -------------------------------  --------------------  -----------------------------------------
 *     initiation sent                  retransmit-handshake  Rekey-Timeout + jitter
 *                                      forget-initiations    as long as a handshake may take
 *     handshake completed              (disarms retransmit-handshake)
 *     session derived                  zero-keys             3 x Reject-After-Time
 *     handshake given up               zero-keys             the same, if not armed
 *     data received, nothing sent yet  passive-keepalive     Keepalive-Timeout
 *     more data received until then    another-keepalive     Keepalive-Timeout, once that one is sent
 *     data sent, no answer yet         new-handshake         Keepalive-Timeout + Rekey-Timeout + jitter
 *     anything sent or received        persistent-keepalive  its interval
 *
 *     timer due                        action
 *     -------------------------------  ---------------------------------------------------------------
 *     zero-keys                        zero-keys: forget every key of the peer
 *     forget-initiations               forget-initiations: a response is too late now
 *     retransmit-handshake             retry-handshake, or give-up after twenty initiations
 *     new-handshake                    begin-handshake: the peer has stopped answering
 *     the three keepalives             send-keepalive
 *
 * Data is a packet with something in it; keepalives are not. Deadlines that follow from traffic are
 * kept lazily: `observe` compares the traffic record with the deadline that stands, at the first
 * packet that may matter, whenever a deadline is due, and while one stands often enough that none is
 * missed. Between these, packets cost nothing.
 */
import type { TrafficRecord } from '../engine-port.ts';
import type { Random } from '../random.ts';
import type { Range } from '../range.ts';
import { draw } from '../range.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { TimerTable } from './timer-table.ts';
import type { TimingPolicy } from './timing.ts';

export type TimerAction =
  | 'zero-keys'
  | 'forget-initiations'
  | 'give-up'
  | 'retry-handshake'
  | 'begin-handshake'
  | 'send-keepalive';

/**
 * In the order in which timers that are due together are dealt with, as after a suspend: first what
 * is too old is forgotten, then handshakes begin, then keepalives travel under whatever is left.
 */
const TIMERS = [
  'zero-keys',
  'forget-initiations',
  'retransmit-handshake',
  'new-handshake',
  'another-keepalive',
  'passive-keepalive',
  'persistent-keepalive',
  'observe-traffic',
] as const;

type TimerName = (typeof TIMERS)[number];

/** As in a traffic record: it has not happened. */
const NEVER = 0 as Instant;

/** Due at once, whatever the time is. */
const IMMEDIATELY = 0 as Instant;

/** Old keys are kept for this many times Reject-After-Time (6.3), long after anyone may use them. */
const ZERO_KEYS_FACTOR = 3;

/** A keepalive leaves the data plane this much later than we ask for it, at most. */
const DATA_PLANE_LAG_MS = 100;

/** A Keepalive-Timeout may be drawn from a range that begins at 0; a busy peer is not looked at more often than this. */
const OBSERVE_AT_MOST_EVERY_MS = 100;

export class PeerTimers {
  #timing: TimingPolicy;
  readonly #random: Random;
  readonly #table = new TimerTable<TimerName>();
  /** Initiations in the handshake that is going on, the first included. */
  #initiations = 0;
  /** When an initiation or a response last left; the next initiation keeps its distance. */
  #handshakeSentAt: Instant | undefined;
  /** The entries of the traffic record that the two deadlines of that name were made for. */
  #unansweredSince = { 'passive-keepalive': NEVER, 'new-handshake': NEVER };
  #keepaliveSentAt = NEVER;
  #newHandshakeAt = NEVER;
  #persistentKeepalive: Range | undefined;
  #persistentWait = 0;

  constructor(timing: TimingPolicy, random: Random) {
    this.#timing = timing;
    this.#random = random;
  }

  /** What is armed stays armed; the rest follows the new policy. */
  setTiming(timing: TimingPolicy): void {
    this.#timing = timing;
  }

  /** The earliest deadline. May change after every other method. */
  next(): Instant | undefined {
    return this.#table.earliest();
  }

  // ------------------------------------------------------------------------------------------
  // Handshakes
  // ------------------------------------------------------------------------------------------

  /** From the wish for a handshake until it is completed or given up. */
  get isHandshaking(): boolean {
    return this.#table.isArmed('retransmit-handshake');
  }

  /** Initiations in the present handshake. */
  get initiations(): number {
    return this.#initiations;
  }

  /**
   * Somebody wants a handshake and none is going on. Initiations and responses to one peer are at
   * least Rekey-Timeout apart (6.1), so it may have to wait; then the retransmit timer begins it.
   *
   * @returns whether to send the first initiation now
   */
  handshakeWanted(now: Instant): boolean {
    this.#initiations = 0;
    const earliest = this.#earliestInitiation();
    if (earliest <= now) return true;
    this.#table.set('retransmit-handshake', earliest);
    return false;
  }

  initiationSent(now: Instant): void {
    this.#handshakeSentAt = now;
    this.#table.set('forget-initiations', after(now, this.#longestHandshake()));
    this.initiationFailed(now);
  }

  /** An initiation left beside the handshake, or without one: it need not be answered, but will be forgotten. */
  trialSent(now: Instant): void {
    this.#table.set('forget-initiations', after(now, this.#longestHandshake()));
  }

  /** It could not be sent, for want of an endpoint. That counts as an attempt. */
  initiationFailed(now: Instant): void {
    this.#initiations += 1;
    this.#table.set('retransmit-handshake', after(now, this.#retransmitWait()));
  }

  /** What kept the next initiation from leaving is gone: the endpoint is known, the private key is new. */
  obstacleGone(): void {
    this.#handshakeSentAt = undefined;
    if (this.isHandshaking) this.#table.set('retransmit-handshake', IMMEDIATELY);
  }

  responseSent(now: Instant): void {
    this.#handshakeSentAt = now;
  }

  /** We have keys that the peer has made too. */
  sessionDerived(now: Instant): void {
    this.#table.set('zero-keys', this.#keysWorthless(now));
  }

  /** As initiator: the response came. As responder: the first packet under the new keys came. */
  handshakeCompleted(): void {
    this.#initiations = 0;
    this.#table.clear('retransmit-handshake');
  }

  /** There will be no answer to any initiation still out. */
  initiationsForgotten(): void {
    this.#table.clear('forget-initiations');
  }

  // ------------------------------------------------------------------------------------------
  // Traffic
  // ------------------------------------------------------------------------------------------

  /**
   * Brings the deadlines that follow from traffic up to date.
   *
   * @returns whether we will look again by ourselves, in time for anything that happens until then:
   *   no packet received after now needs a keepalive earlier than Keepalive-Timeout from now (where that
   *   is next to nothing, the keepalive is late by OBSERVE_AT_MOST_EVERY_MS)
   */
  observe(record: TrafficRecord, now: Instant): boolean {
    this.#follow('passive-keepalive', record.dataReceivedUnanswered, () => this.#draw('keepaliveTimeout'));
    this.#follow('new-handshake', record.dataSentUnanswered, () => this.#newHandshakeWait());
    const keepsLooking = this.#table.isArmed('passive-keepalive') || this.#table.isArmed('new-handshake');
    const wait = Math.max(this.#timing.keepaliveTimeout.low, OBSERVE_AT_MOST_EVERY_MS);
    if (keepsLooking) this.#table.set('observe-traffic', after(now, wait));
    else this.#table.clear('observe-traffic');
    return keepsLooking;
  }

  /** Interval in milliseconds; undefined switches it off. */
  setPersistentKeepalive(interval: Range | undefined, now: Instant): void {
    this.#persistentKeepalive = interval;
    this.#table.clear('persistent-keepalive');
    if (interval !== undefined) this.#armPersistentKeepalive(interval, now);
  }

  // ------------------------------------------------------------------------------------------
  // Time
  // ------------------------------------------------------------------------------------------

  /** What must be done now, in this order. Each deadline is acted on once, however late that is. */
  expire(now: Instant, record: TrafficRecord): ReadonlySet<TimerAction> {
    this.observe(record, now);
    const actions = new Set<TimerAction>();
    for (const timer of TIMERS) {
      const action = this.#table.takeDue(timer, now) ? this.#due(timer, now, record) : undefined;
      if (action !== undefined) actions.add(action);
    }
    return actions;
  }

  /** The interface goes down: nothing is due any more, and the next handshake may begin at once. */
  stop(): void {
    this.#table.clearAll();
    this.#handshakeSentAt = undefined;
  }

  #due(timer: TimerName, now: Instant, record: TrafficRecord): TimerAction | undefined {
    switch (timer) {
      case 'zero-keys':
        return this.#zeroKeysDue();
      case 'forget-initiations':
        return 'forget-initiations';
      case 'retransmit-handshake':
        return this.#retransmitDue(now);
      case 'new-handshake':
        return this.#newHandshakeDue(now, record);
      case 'another-keepalive':
        return this.#anotherKeepaliveDue(now, record);
      case 'passive-keepalive':
        return this.#passiveKeepaliveDue(now, record);
      case 'persistent-keepalive':
        return this.#persistentKeepaliveDue(now, record);
      case 'observe-traffic':
        return undefined;
    }
  }

  /** Without keys nothing can be sent, so there is nothing to answer and nothing to wait for. */
  #zeroKeysDue(): TimerAction {
    this.#table.clear('passive-keepalive', 'another-keepalive', 'new-handshake');
    return 'zero-keys';
  }

  #retransmitDue(now: Instant): TimerAction | undefined {
    if (this.#initiations > this.#draw('maxHandshakeAttempts') + 1) return this.#giveUp(now);
    const earliest = this.#earliestInitiation();
    if (earliest <= now) return 'retry-handshake';
    this.#table.set('retransmit-handshake', earliest);
    return undefined;
  }

  /** The peer is gone: it gets no keepalives, and what keys we still have will be forgotten in time. */
  #giveUp(now: Instant): TimerAction {
    this.#table.clear('passive-keepalive', 'another-keepalive', 'forget-initiations');
    if (!this.#table.isArmed('zero-keys')) this.#table.set('zero-keys', this.#keysWorthless(now));
    return 'give-up';
  }

  /**
   * Data went out and nothing came back. Should the handshake fail too, and the old keys still be
   * good for more data, then that data asks the same question again.
   */
  #newHandshakeDue(now: Instant, record: TrafficRecord): TimerAction | undefined {
    this.#table.set('new-handshake', after(now, this.#newHandshakeWait()));
    if (this.isHandshaking || record.authenticatedSentLast <= this.#newHandshakeAt) return undefined;
    this.#newHandshakeAt = now;
    return 'begin-handshake';
  }

  #passiveKeepaliveDue(now: Instant, record: TrafficRecord): TimerAction {
    return this.#answerByKeepalive(now, record.dataReceivedLast > record.dataReceivedUnanswered);
  }

  /** Armed like the first one, so like the first one it is not needed once something was sent. */
  #anotherKeepaliveDue(now: Instant, record: TrafficRecord): TimerAction | undefined {
    if (record.authenticatedSentLast > this.#keepaliveSentAt + DATA_PLANE_LAG_MS) return undefined;
    return this.#answerByKeepalive(now, record.dataReceivedLast > this.#keepaliveSentAt);
  }

  #answerByKeepalive(now: Instant, another: boolean): TimerAction {
    this.#keepaliveSentAt = now;
    if (another) this.#table.set('another-keepalive', after(now, this.#draw('keepaliveTimeout')));
    return 'send-keepalive';
  }

  /** Anything sent or received in the meantime has done what the keepalive is for (6.5). */
  #persistentKeepaliveDue(now: Instant, record: TrafficRecord): TimerAction | undefined {
    if (this.#persistentKeepalive === undefined) return undefined;
    const traffic = Math.max(record.authenticatedSentLast, record.authenticatedReceivedLast) as Instant;
    const deadline = after(traffic, this.#persistentWait);
    if (deadline > now) {
      this.#table.set('persistent-keepalive', deadline);
      return undefined;
    }
    this.#armPersistentKeepalive(this.#persistentKeepalive, now);
    return 'send-keepalive';
  }

  #armPersistentKeepalive(interval: Range, now: Instant): void {
    this.#persistentWait = draw(interval, this.#random);
    this.#table.set('persistent-keepalive', after(now, this.#persistentWait));
  }

  /** One deadline for each first packet that nobody has answered; an answer takes it away. */
  #follow(timer: 'passive-keepalive' | 'new-handshake', unansweredSince: Instant, wait: () => number): void {
    if (unansweredSince === this.#unansweredSince[timer]) return;
    this.#unansweredSince[timer] = unansweredSince;
    if (unansweredSince === NEVER) this.#table.clear(timer);
    else this.#table.set(timer, after(unansweredSince, wait()));
  }

  #earliestInitiation(): Instant {
    if (this.#handshakeSentAt === undefined) return IMMEDIATELY;
    return after(this.#handshakeSentAt, this.#timing.rekeyTimeout.low);
  }

  #retransmitWait(): number {
    return this.#draw('rekeyTimeout') + this.#draw('rekeyTimeoutJitter');
  }

  #newHandshakeWait(): number {
    return this.#timing.keepaliveTimeout.high + this.#retransmitWait();
  }

  /** From the first initiation until it is given up for lack of an answer to the last. */
  #longestHandshake(): number {
    const { maxHandshakeAttempts, rekeyTimeout, rekeyTimeoutJitter } = this.#timing;
    return (maxHandshakeAttempts.high + 2) * (rekeyTimeout.high + rekeyTimeoutJitter.high);
  }

  #keysWorthless(now: Instant): Instant {
    return after(now, ZERO_KEYS_FACTOR * this.#timing.rejectAfterTime.high);
  }

  #draw(quantity: keyof TimingPolicy): number {
    return draw(this.#timing[quantity], this.#random);
  }
}
