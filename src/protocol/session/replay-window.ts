/**
 * Tells a fresh transport message from a replayed one. It stands right behind decryption, so only
 * counters that the peer really used reach it, and an attacker cannot move it.
 *
 * UDP reorders, so it is not enough to remember the newest counter: a bitmap covers it and the
 * REPLAY_WINDOW counters before it (paper 5.4.6). The bitmap is the ring of RFC 6479, which never
 * shifts. A counter has its place in the ring for good, and when the window moves on, the words it
 * moves into are cleared:
 *
 *                oldest counter accepted            newest
 *                          |<--- REPLAY_WINDOW ------->|
 *     ring  ...|##########|#########################|##..|##########|...
 *               will be cleared                      ^    oldest words: too far behind, not consulted
 *                                                    the word that new counters fall into
 *
 * The ring has one word more than the window needs whatever bit the newest counter stands on, so no
 * word ever serves counters from both ends. BOUNDED: 1 KiB for each keypair.
 */
import { REJECT_AFTER_MESSAGES, REPLAY_WINDOW } from '../constants.ts';

const WORD_BITS = 32;

/** A power of two, so that a counter's word is a mask of its low half: 8192 bits for a window of 8128. */
const RING_WORDS = 256;

export class ReplayWindow {
  readonly #ring = new Uint32Array(RING_WORDS);
  // The newest counter seen. 0 before any was, which is right: its bit is not set.
  #high = 0;
  #low = 0;

  /**
   * Marks an authentic message's counter, given as unsigned 32-bit halves, as seen. False when it
   * was seen before, lags too far behind to tell, or is one that nobody may use (paper 6.1).
   */
  accept(high: number, low: number): boolean {
    if (isForbidden(high, low)) return false;
    // Beyond 2^53 this difference is rounded, but its sign and "farther than the ring" stay right.
    const ahead = (high - this.#high) * 2 ** 32 + (low - this.#low);
    if (ahead > 0) this.#advance(high, low, ahead);
    else if (-ahead > REPLAY_WINDOW) return false;
    return this.#mark(low);
  }

  /** Messages up to the newest, those included that did not come: how many there should be. Exact below 2^53. */
  get expected(): number {
    const newest = this.#high * 2 ** 32 + this.#low;
    return newest > 0 || (this.#ring[0] & 1) !== 0 ? newest + 1 : 0;
  }

  /** Forgets everything. */
  reset(): void {
    this.#ring.fill(0);
    this.#high = 0;
    this.#low = 0;
  }

  /** Makes the given counter, which is `ahead` of the newest, the newest. */
  #advance(high: number, low: number, ahead: number): void {
    const newestWord = this.#low >>> 5;
    const steps = Math.floor(((this.#low % WORD_BITS) + ahead) / WORD_BITS);
    const cleared = Math.min(steps, RING_WORDS);
    for (let step = 1; step <= cleared; step += 1) this.#ring[(newestWord + step) % RING_WORDS] = 0;
    this.#high = high;
    this.#low = low;
  }

  /** Sets the counter's bit; false when it was set. 2^32 is a multiple of the ring, so the low half finds it. */
  #mark(low: number): boolean {
    const word = (low >>> 5) % RING_WORDS;
    const bit = 1 << (low % WORD_BITS);
    const seen = (this.#ring[word] & bit) !== 0;
    this.#ring[word] |= bit;
    return !seen;
  }
}

/** Whether a counter is at or above REJECT_AFTER_MESSAGES. */
function isForbidden(high: number, low: number): boolean {
  return high === REJECT_AFTER_MESSAGES.high && low >= REJECT_AFTER_MESSAGES.low;
}
