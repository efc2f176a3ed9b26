/**
 * Invariant "handshakes": of one peer at most one handshake is under way. Initiations to it are Rekey-Timeout
 * apart, and so is one from a response of ours (paper 6.1), unless the owner has meanwhile said that
 * everything is different; and after so many without an answer there are no more.
 */
import { MAX_HANDSHAKE_ATTEMPTS } from '../../../../src/protocol/constants.ts';
import type { PeerId } from '../../../../src/protocol/engine-port.ts';
import type { Instant } from '../../../../src/protocol/time.ts';
import type { TunnelEvent } from '../../../../src/protocol/tunnel-event.ts';
import { InvariantViolation } from './violation.ts';

const MOST_ATTEMPTS = MAX_HANDSHAKE_ATTEMPTS + 2;

export class HandshakesApart {
  readonly #host: number;
  readonly #rekeyTimeout: () => number;
  /** When a handshake message to the peer last left. BOUNDED by the peers. */
  readonly #sentAt = new Map<PeerId, Instant>();
  completed = 0;

  /** @param rekeyTimeout milliseconds, the least that is allowed now */
  constructor(host: number, rekeyTimeout: () => number) {
    this.#host = host;
    this.#rekeyTimeout = rekeyTimeout;
  }

  /** The owner has changed keys, addresses or the network: whoever is greeted is greeted at once. */
  ownerActed(): void {
    this.#sentAt.clear();
  }

  observe(event: TunnelEvent, now: Instant): void {
    if (event.kind === 'handshake-completed') this.completed += 1;
    if (event.kind === 'handshake-sent') this.#checkInitiation(event.peer, event.attempt, now);
    if (event.kind === 'handshake-sent' || event.kind === 'handshake-answered') this.#sentAt.set(event.peer, now);
  }

  #checkInitiation(peer: PeerId, attempt: number, now: Instant): void {
    const before = this.#sentAt.get(peer);
    if (before !== undefined && now - before < this.#rekeyTimeout())
      throw new InvariantViolation(
        'handshakes',
        `host ${this.#host} greets peer ${peer} again after ${now - before} ms`,
      );
    if (attempt > MOST_ATTEMPTS)
      throw new InvariantViolation('handshakes', `host ${this.#host} greets peer ${peer} for the ${attempt}th time`);
  }
}
