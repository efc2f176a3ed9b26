/**
 * The guard at the door (paper 5.3). Each initiation and response for us passes here before anybody
 * works on it. Normally mac1 is enough. When messages pile up, a sender must first show that it can
 * receive at its address, by mac2 or by a connection, and may then come only so often:
 *
 *     mac1 -> [ under load: mac2, or get a cookie -> rate of the address ] -> handshake
 *
 * One sender that floods us is no reason to slow down everybody else. So the backlog is charged to
 * those who make it: senders above their rate are always asked for mac2 while there is a backlog, and
 * all others only when the part of the backlog that is not theirs is large enough by itself. A flood
 * from forged addresses has no such senders, and then everybody is asked, as in the paper.
 */
import { isAllZero } from '../bytes.ts';
import { UNDER_LOAD_BACKLOG, UNDER_LOAD_LINGER_MS } from '../constants.ts';
import type { MacChecker } from '../cookie/mac-checker.ts';
import { RateLimiter } from '../cookie/rate-limiter.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { mac2Of } from '../wire/macs.ts';

export type Judgement = 'admitted' | 'cookie-needed' | 'rate-limited';

/** Messages of which the origin is remembered, to tell what a backlog consists of. */
const SAMPLE = UNDER_LOAD_BACKLOG;

export class LoadGuard {
  /** Senders by the address they claim; anyone can fill it, so it only decides who needs mac2. */
  readonly #claimed = new RateLimiter();
  /** Senders that own their address. */
  readonly #proven = new RateLimiter();
  /** Ring of the last SAMPLE messages: 1 where the sender was above its rate. */
  readonly #flooding = new Uint8Array(SAMPLE);
  #floodingCount = 0;
  #cursor = 0;
  #backlogUntil = 0 as Instant;
  #underLoadUntil = 0 as Instant;

  /**
   * Of a message with a valid mac1.
   *
   * @param backlog handshake messages that wait, this one included, as the data plane counts them
   */
  admit(checker: MacChecker, message: Uint8Array, from: Endpoint, backlog: number, now: Instant): Judgement {
    const flooding = !this.#claimed.allow(from.address, now);
    this.#remember(flooding);
    this.#measure(backlog, now);
    if (!this.isUnderLoad(now) && !(flooding && now < this.#backlogUntil)) return 'admitted';
    if (!isProven(checker, message, from, now)) return 'cookie-needed';
    return this.#proven.allow(from.address, now) ? 'admitted' : 'rate-limited';
  }

  /** Whether everybody is asked for mac2. Ends by itself. */
  isUnderLoad(now: Instant): boolean {
    return now < this.#underLoadUntil;
  }

  #remember(flooding: boolean): void {
    this.#floodingCount += Number(flooding) - this.#flooding[this.#cursor];
    this.#flooding[this.#cursor] = Number(flooding);
    this.#cursor = (this.#cursor + 1) % SAMPLE;
  }

  #measure(backlog: number, now: Instant): void {
    if (backlog < UNDER_LOAD_BACKLOG) return;
    this.#backlogUntil = after(now, UNDER_LOAD_LINGER_MS);
    const othersPart = backlog * (1 - this.#floodingCount / SAMPLE);
    if (othersPart >= UNDER_LOAD_BACKLOG) this.#underLoadUntil = this.#backlogUntil;
  }
}

/** Most have no cookie, and that costs no hash. */
function isProven(checker: MacChecker, message: Uint8Array, from: Endpoint, now: Instant): boolean {
  if (from.bundle !== undefined) return true;
  return !isAllZero(mac2Of(message)) && checker.hasValidMac2(message, from, now);
}
