/**
 * The client's protocol core and data plane as the director sees them: a session that is asked for when
 * there is something to send, a path that only the owner moves, a ledger. Kept to what the real ones
 * promise (see docs/architecture.md and the comments of `Tunnel`), so that hours pass in no time.
 */
import type { DirectedCore } from '../../../src/device/carriers/carrier-director.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { PeerId, TrafficRecord } from '../../../src/protocol/engine-port.ts';
import type { Instant, Moment } from '../../../src/protocol/time.ts';
import type { TunnelEvent } from '../../../src/protocol/tunnel-event.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

export type Message =
  | { readonly kind: 'initiation'; readonly isTrial: boolean }
  | { readonly kind: 'response'; readonly isTrial: boolean; readonly session: number }
  | {
      readonly kind: 'keepalive' | 'data';
      readonly session: number;
      readonly counter: number;
      readonly bytes: number;
      readonly content: Content | undefined;
    };

/** What is inside of a packet: an inner flow's business, or a probe. */
export type Content =
  | { readonly kind: 'probe'; readonly packet: Uint8Array }
  | { readonly kind: 'echo'; readonly packet: Uint8Array }
  | { readonly kind: 'flow'; readonly number: number };

export type Transmit = (to: Endpoint, message: Message, bytes: number) => void;

export const PEER = 1 as PeerId;
const HANDSHAKE_BYTES = 148;
const RETRY = 5_000;
const ATTEMPTS = 20;
const REKEY_AFTER = 120_000;
const REJECT_AFTER = 180_000;
const KEEPALIVE_AFTER = 10_000;
const HEARD_EVERY = 100;
const TRIALS_APART = 100;
const STAGED = 64;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class ModelCore implements DirectedCore {
  readonly record: Mutable<TrafficRecord> = emptyRecord();
  /** Probes and trial initiations that left. */
  probes = 0;
  initiations = 0;
  /** Delivers what is inside. */
  onContent: (content: Content) => void = () => undefined;
  onEvent: (event: TunnelEvent) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #transmit: Transmit;
  readonly #samePath: (a: Endpoint, b: Endpoint) => boolean;
  readonly #persistent: number | undefined;
  #endpoint: Endpoint | undefined;
  #session: { readonly number: number; readonly at: Instant } | undefined;
  #expected = 0;
  #handshakeAttempts = 0;
  #cancelRetry: (() => void) | undefined;
  #trialSentAt = Number.NEGATIVE_INFINITY;
  #isKeepaliveDue = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  readonly #staged: { readonly content: Content; readonly bytes: number }[] = [];

  constructor(
    clock: VirtualClock,
    transmit: Transmit,
    options: {
      readonly samePath: (a: Endpoint, b: Endpoint) => boolean;
      readonly persistentKeepalive: number | undefined;
    },
  ) {
    this.#clock = clock;
    this.#transmit = transmit;
    this.#samePath = options.samePath;
    this.#persistent = options.persistentKeepalive;
  }

  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  get session(): number | undefined {
    return this.#session?.number;
  }

  start(): void {
    if (this.#persistent !== undefined) this.#keepAlive(this.#persistent);
  }

  // The owner's calls, as those of Tunnel.

  pinEndpoint(): void {}

  setEndpoint(_peer: PeerId, endpoint: Endpoint | undefined): void {
    if (endpoint !== undefined) this.#moveTo(endpoint);
  }

  initiateVia(_peer: PeerId, endpoint: Endpoint, now: Moment): boolean {
    if (now.at - this.#trialSentAt < TRIALS_APART) return false;
    this.#trialSentAt = now.at;
    this.initiations += 1;
    this.#transmit(endpoint, { kind: 'initiation', isTrial: true }, HANDSHAKE_BYTES);
    this.onEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
    return true;
  }

  probe(_peer: PeerId, to: Endpoint | undefined, packet: Uint8Array): void {
    const endpoint = to ?? this.#endpoint;
    if (endpoint === undefined || this.#usable() === undefined) return;
    this.probes += 1;
    const isHere = this.#endpoint !== undefined && this.#samePath(endpoint, this.#endpoint);
    this.#sendData(endpoint, { kind: 'probe', packet }, packet.length, isHere);
  }

  // What applications and the network do.

  send(content: Content, bytes: number): void {
    const session = this.#usable();
    if (session === undefined) {
      this.#staged.push({ content, bytes });
      if (this.#staged.length > STAGED) this.#staged.shift();
      this.#wantSession();
      return;
    }
    if (this.#clock.at - session.at > REKEY_AFTER) this.#wantSession();
    if (this.#endpoint !== undefined) this.#sendData(this.#endpoint, content, bytes, true);
  }

  receive(from: Endpoint, message: Message): void {
    if (message.kind === 'response') this.#completed(from, message.session, message.isTrial);
    else if (message.kind !== 'initiation' && message.session === this.#session?.number) this.#received(from, message);
  }

  #received(from: Endpoint, message: Extract<Message, { kind: 'data' | 'keepalive' }>): void {
    const { record } = this;
    const now = this.#clock.at;
    record.receivedMessages += 1;
    record.expectedMessages += Math.max(0, message.counter - this.#expected);
    this.#expected = Math.max(this.#expected, message.counter);
    record.receivedBytes += message.bytes;
    record.authenticatedReceivedLast = now;
    record.dataSentUnanswered = 0 as Instant;
    const isData = message.kind === 'data';
    if (this.#endpoint !== undefined && this.#samePath(from, this.#endpoint)) {
      record.receivedHereLast = now;
      if (isData) record.dataReceivedHereLast = now;
    } else this.#heard(from, isData);
    if (isData) this.#noteUnanswered(now);
    if (message.content !== undefined) this.onContent(message.content);
  }

  #heard(from: Endpoint, data: boolean): void {
    if (this.#clock.at - this.#heardAt < HEARD_EVERY) return;
    this.#heardAt = this.#clock.at;
    this.onEvent({ kind: 'heard-elsewhere', peer: PEER, endpoint: from, data });
  }

  #noteUnanswered(now: Instant): void {
    if (this.record.dataReceivedUnanswered === 0) this.record.dataReceivedUnanswered = now;
    if (this.#isKeepaliveDue) return;
    this.#isKeepaliveDue = true;
    this.#clock.scheduleIn(KEEPALIVE_AFTER, () => {
      this.#isKeepaliveDue = false;
      if (this.record.dataReceivedUnanswered !== 0) this.#sendKeepalive();
    });
  }

  #sendKeepalive(): void {
    if (this.#usable() === undefined || this.#endpoint === undefined) return;
    this.#sendData(this.#endpoint, undefined, 0, true);
  }

  #keepAlive(seconds: number): void {
    if (this.#usable() === undefined) this.#wantSession();
    else this.#sendKeepalive();
    this.#clock.scheduleIn(seconds * 1000, () => this.#keepAlive(seconds));
  }

  #sendData(to: Endpoint, content: Content | undefined, bytes: number, isHere: boolean): void {
    const { record } = this;
    const session = this.#session?.number ?? 0;
    const size = bytes + 32;
    record.sentBytes += size;
    if (isHere) {
      record.authenticatedSentLast = this.#clock.at;
      record.dataReceivedUnanswered = 0 as Instant;
      if (content !== undefined && record.dataSentUnanswered === 0) record.dataSentUnanswered = this.#clock.at;
    }
    const kind = content === undefined ? 'keepalive' : 'data';
    this.#transmit(to, { kind, session, counter: 0, bytes: size, content }, size);
  }

  #wantSession(): void {
    if (this.#cancelRetry === undefined) this.#initiate(1);
  }

  #initiate(attempt: number): void {
    this.#handshakeAttempts = attempt;
    if (attempt > ATTEMPTS) {
      this.#cancelRetry = undefined;
      this.#staged.length = 0;
      this.onEvent({ kind: 'handshake-gave-up', peer: PEER, attempts: attempt - 1 });
      return;
    }
    this.#cancelRetry = this.#clock.scheduleIn(RETRY, () => this.#initiate(this.#handshakeAttempts + 1));
    if (this.#endpoint === undefined) return;
    this.#transmit(this.#endpoint, { kind: 'initiation', isTrial: false }, HANDSHAKE_BYTES);
    this.onEvent({ kind: 'handshake-sent', peer: PEER, attempt });
  }

  #completed(from: Endpoint, number: number, isTrial: boolean): void {
    if (this.#session !== undefined && number <= this.#session.number) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#session = { number, at: this.#clock.at };
    this.#expected = 0;
    if (isTrial) this.#moveTo(from);
    const tookMilliseconds = 0;
    this.onEvent({ kind: 'handshake-completed', peer: PEER, role: 'initiator', endpoint: from, tookMilliseconds });
    const staged = this.#staged.splice(0);
    if (staged.length === 0) this.#sendKeepalive();
    for (const { content, bytes } of staged) this.send(content, bytes);
  }

  #moveTo(endpoint: Endpoint): void {
    const isElsewhere = this.#endpoint === undefined || !this.#samePath(endpoint, this.#endpoint);
    this.#endpoint = endpoint;
    if (!isElsewhere) return;
    this.record.receivedHereLast = 0 as Instant;
    this.record.dataReceivedHereLast = 0 as Instant;
  }

  #usable(): { readonly number: number; readonly at: Instant } | undefined {
    if (this.#session === undefined || this.#clock.at - this.#session.at >= REJECT_AFTER) return undefined;
    return this.#session;
  }
}

function emptyRecord(): Mutable<TrafficRecord> {
  const never = 0 as Instant;
  return {
    dataSentUnanswered: never,
    dataReceivedUnanswered: never,
    dataReceivedLast: never,
    dataSentLast: never,
    authenticatedSentLast: never,
    authenticatedReceivedLast: never,
    receivedBytes: 0,
    sentBytes: 0,
    receivedMessages: 0,
    expectedMessages: 0,
    receivedHereLast: never,
    dataReceivedHereLast: never,
  };
}
