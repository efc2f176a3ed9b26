/**
 * Invariant "recovery": once the network carries everything again, a link that is asked something every
 * second answers within the time that the timers of the protocol allow:
 *
 *     Keepalive-Timeout + Rekey-Timeout + jitter    until the silence of a dead session is noticed (6.5)
 *     Rekey-Timeout                                 distance to the last handshake message (6.1)
 *     2 x (Rekey-Timeout + jitter)                  the first initiation crosses with one of the other side,
 *                                                   or has been lost before all was well, or brings a cookie
 *     4 x round trip + a second                     on the way, and until the next question
 */
import type { Instant } from '../../../../src/protocol/time.ts';
import { SECOND } from '../../../../src/protocol/time.ts';
import type { TimingPolicy } from '../../../../src/protocol/timers/timing.ts';
import { InvariantViolation } from './violation.ts';

export function recoveryBound(timing: TimingPolicy, roundTrip: number): number {
  const retry = timing.rekeyTimeout.high + timing.rekeyTimeoutJitter.high;
  const noticed = timing.keepaliveTimeout.high + retry;
  return noticed + timing.rekeyTimeout.high + 2 * retry + 4 * roundTrip + SECOND;
}

export class Recovery {
  /** The longest that any link took, milliseconds, and how many have been waited for. */
  slowest = 0;
  recovered = 0;
  /** Links that have not answered since all is well. BOUNDED by the links. */
  readonly #waiting = new Set<number>();
  #since = 0 as Instant;

  begin(links: number, now: Instant): void {
    this.#since = now;
    this.#waiting.clear();
    for (let link = 0; link < links; link += 1) this.#waiting.add(link);
  }

  answered(link: number, now: Instant): void {
    if (!this.#waiting.delete(link)) return;
    this.slowest = Math.max(this.slowest, now - this.#since);
    this.recovered += 1;
  }

  check(now: Instant, bound: number): void {
    if (this.#waiting.size === 0 || now - this.#since < bound) return;
    const links = [...this.#waiting].join(', ');
    throw new InvariantViolation('recovery', `link ${links} is silent ${now - this.#since} ms after all is well again`);
  }
}
