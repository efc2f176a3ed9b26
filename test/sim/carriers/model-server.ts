/** An ordinary peer, of any make: answers where it last heard from us, answers handshakes, and pings if it likes. */
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Content, Message } from './model-core.ts';

const RESPONSE_BYTES = 92;
const KEEPALIVE_AFTER = 10_000;
const INITIATIONS_APART = 20;

export class ModelServer {
  /** Its firewall lets echo requests in. */
  answersProbes = true;
  /** Whether it is there at all. */
  isAlive = true;
  probesSeen = 0;
  onContent: (content: Content) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #transmit: (way: number, message: Message, bytes: number) => void;
  #way: number | undefined;
  #sessions = 0;
  /** In use, and made but not confirmed yet (paper 5.4.5). */
  #session: number | undefined;
  #next: number | undefined;
  #counter = 0;
  #initiationAt = Number.NEGATIVE_INFINITY;
  #isUnanswered = false;
  #isKeepaliveDue = false;

  constructor(clock: VirtualClock, transmit: (way: number, message: Message, bytes: number) => void) {
    this.#clock = clock;
    this.#transmit = transmit;
  }

  receive(way: number, message: Message): void {
    if (!this.isAlive) return;
    if (message.kind === 'initiation') this.#respond(way, message.isTrial);
    else if (message.kind !== 'response') this.#open(way, message);
  }

  /** Forgets every session, as a restart does. */
  restart(): void {
    this.#session = undefined;
    this.#next = undefined;
    this.#way = undefined;
  }

  send(content: Content | undefined, bytes: number): void {
    if (this.#way === undefined || this.#session === undefined || !this.isAlive) return;
    this.#isUnanswered = false;
    this.#counter += 1;
    const size = bytes + 32;
    const kind = content === undefined ? 'keepalive' : 'data';
    this.#transmit(this.#way, { kind, session: this.#session, counter: this.#counter, bytes: size, content }, size);
  }

  #respond(way: number, isTrial: boolean): void {
    if (this.#clock.at - this.#initiationAt <= INITIATIONS_APART) return;
    this.#initiationAt = this.#clock.at;
    this.#way = way;
    this.#sessions += 1;
    this.#next = this.#sessions;
    this.#transmit(way, { kind: 'response', isTrial, session: this.#next }, RESPONSE_BYTES);
  }

  #open(way: number, message: Extract<Message, { kind: 'data' | 'keepalive' }>): void {
    if (message.session === this.#next) {
      this.#session = this.#next;
      this.#next = undefined;
      this.#counter = 0;
    }
    if (message.session === this.#session) this.#received(way, message);
  }

  #received(way: number, message: Extract<Message, { kind: 'data' | 'keepalive' }>): void {
    this.#way = way;
    if (message.kind === 'data') this.#noteUnanswered();
    if (message.content?.kind === 'probe') this.#echo(message.content.packet);
    else if (message.content !== undefined) this.onContent(message.content);
  }

  #noteUnanswered(): void {
    this.#isUnanswered = true;
    if (this.#isKeepaliveDue) return;
    this.#isKeepaliveDue = true;
    this.#clock.scheduleIn(KEEPALIVE_AFTER, () => {
      this.#isKeepaliveDue = false;
      if (this.#isUnanswered) this.send(undefined, 0);
    });
  }

  #echo(packet: Uint8Array): void {
    this.probesSeen += 1;
    if (this.answersProbes) this.send({ kind: 'echo', packet }, packet.length);
  }
}
