/**
 * Who is sent a cookie while a flood goes on. A cookie reply costs as much as all the checks before it, and
 * a flood asks for one with each message; but whoever is new must get his with the first.
 *
 *     first message of a sender in a turn  ─► always
 *     further ones                         ─► while the budget of all senders together lasts
 *
 * So a flood from senders that come again and again costs a cookie for each of them and turn, and
 * nobody who is not part of it notices. A sender is an address with a port: who shares the address of a flood,
 * behind the same NAT, is somebody else. Who has had his is kept as bits of a Bloom filter that is emptied,
 * and hashes otherwise, each turn: a flood costs no memory, and whom a false hit keeps waiting now, it does
 * not the next time.
 */
import { COOKIE_REPEATS_PER_TURN, COOKIE_TURN_MS } from '../constants.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Random } from '../random.ts';
import type { Instant } from '../time.ts';
import { hashOfSender } from './source.ts';

/** 128 KiB. 40,000 senders in a turn make a false hit of one in two hundred. */
const BITS = 1 << 20;

export class CookieBudget {
  readonly #random: Random;
  readonly #bits = new Uint32Array(BITS / 32);
  #turnBegan: Instant | undefined;
  #salts: readonly [number, number] = [0, 0];
  #repeats = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether a message from there is answered by a cookie; if so, it is counted. */
  spend(from: Endpoint, now: Instant): boolean {
    if (this.#turnBegan === undefined || now - this.#turnBegan >= COOKIE_TURN_MS) this.#beginTurn(now);
    const known = this.#salts.map((salt) => this.#mark(hashOfSender(from, salt)));
    if (known.includes(false)) return true;
    this.#repeats += 1;
    return this.#repeats <= COOKIE_REPEATS_PER_TURN;
  }

  #beginTurn(now: Instant): void {
    this.#turnBegan = now;
    this.#repeats = 0;
    this.#bits.fill(0);
    this.#salts = [this.#random.uint32(), this.#random.uint32()];
  }

  /** Returns whether the bit was set. */
  #mark(hash: number): boolean {
    const bit = hash % BITS;
    const [word, mask] = [bit >>> 5, 1 << (bit & 31)];
    const wasSet = (this.#bits[word] & mask) !== 0;
    this.#bits[word] |= mask;
    return wasSet;
  }
}
