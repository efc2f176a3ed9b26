/**
 * The keypairs of one peer. Packets are sent with `current`; all three slots decrypt, because packets
 * under the old keypair may still be on their way when the new one is there (paper 6.1 and 6.3).
 *
 *     as initiator   new ──► current ──► previous        our response came: the peer has the keypair
 *     as responder   new ──► next ──► current ──► previous
 *                             ╰ first packet: now we know that our response arrived
 *
 * BOUNDED: three keypairs. What leaves a slot is returned, and the caller wipes it and frees its index.
 */
import type { Keypair } from './keypair.ts';

export class Keyring {
  #previous: Keypair | undefined;
  #current: Keypair | undefined;
  #next: Keypair | undefined;

  /** What was current before; decrypts late packets. */
  get previous(): Keypair | undefined {
    return this.#previous;
  }

  /** Encrypts, and decrypts. */
  get current(): Keypair | undefined {
    return this.#current;
  }

  /** A responder's newest, not to be sent with before the first packet under it arrived. */
  get next(): Keypair | undefined {
    return this.#next;
  }

  /** Takes the outcome of a handshake in; returns what it displaced. */
  install(keypair: Keypair): Keypair[] {
    return keypair.isInitiator ? this.#installCurrent(keypair) : this.#installNext(keypair);
  }

  /** The first packet under `next` arrived; returns what it displaced. */
  confirmNext(): Keypair[] {
    if (this.#next === undefined) return [];
    const retired = present(this.#previous);
    this.#previous = this.#current;
    this.#current = this.#next;
    this.#next = undefined;
    return retired;
  }

  /** Ends sending with every keypair, whichever slot it is in; receiving goes on. */
  expire(): void {
    for (const keypair of present(this.#previous, this.#current, this.#next)) keypair.expire();
  }

  /** Empties all slots and returns what was in them. */
  clear(): Keypair[] {
    const retired = present(this.#previous, this.#current, this.#next);
    this.#previous = undefined;
    this.#current = undefined;
    this.#next = undefined;
    return retired;
  }

  /** A waiting `next` is newer than `current`, so it is the one kept for late packets. */
  #installCurrent(keypair: Keypair): Keypair[] {
    const retired = this.#next === undefined ? present(this.#previous) : present(this.#previous, this.#current);
    this.#previous = this.#next ?? this.#current;
    this.#next = undefined;
    this.#current = keypair;
    return retired;
  }

  /** The peer began anew, so it has seen that `current` works: nothing older is needed. */
  #installNext(keypair: Keypair): Keypair[] {
    const retired = present(this.#previous, this.#next);
    this.#previous = undefined;
    this.#next = keypair;
    return retired;
  }
}

function present(...slots: readonly (Keypair | undefined)[]): Keypair[] {
  return slots.filter((keypair) => keypair !== undefined);
}
