/**
 * Limits handshake messages per source while under load (paper 5.3): the step after a valid mac2,
 * when the source address is known to be real. A token bucket per source, kept as the one number
 * that says when it will be full again (the "theoretical arrival time" of the generic cell rate
 * algorithm, ITU-T I.371):
 *
 *     each message moves it on by INTERVAL, and may move it at most BURST intervals past now
 *
 *     now        full again            limit
 *      |-- 3 tokens spent --|  2 left  |
 */
import { HANDSHAKE_RATE_BURST, HANDSHAKE_RATE_PER_SECOND, RATE_LIMITER_MAX_SOURCES } from '../constants.ts';
import type { Instant } from '../time.ts';
import { after, SECOND } from '../time.ts';
import { sourceOf } from './source.ts';

const INTERVAL_MS = SECOND / HANDSHAKE_RATE_PER_SECOND;
const BURST_MS = HANDSHAKE_RATE_BURST * INTERVAL_MS;

export class RateLimiter {
  /**
   * When the bucket of each source is full again, in the order in which sources appeared; a full
   * bucket is the same as none.
   * BOUNDED by RATE_LIMITER_MAX_SOURCES. When that many sources have sent within the last 250 ms,
   * further sources are refused until the oldest entries lapse.
   */
  readonly #fullAt = new Map<number | string, Instant>();

  /** Whether a message from this address (4 or 16 bytes) may be worked on; if so, it is counted. */
  allow(address: Uint8Array, now: Instant): boolean {
    const source = sourceOf(address);
    const known = this.#fullAt.get(source);
    if (known === undefined) this.#forgetFull(now);
    if (known === undefined && this.#fullAt.size >= RATE_LIMITER_MAX_SOURCES) return false;
    const spent = Math.max((known ?? now) - now, 0) + INTERVAL_MS;
    if (spent > BURST_MS) return false;
    this.#fullAt.set(source, after(now, spent));
    return true;
  }

  /** Sources that have not got back all their tokens, for the curious. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** From the oldest entry to the first that is still needed: each entry is looked at about once. */
  #forgetFull(now: Instant): void {
    for (const [source, fullAt] of this.#fullAt) {
      if (fullAt > now) return;
      this.#fullAt.delete(source);
    }
  }
}
