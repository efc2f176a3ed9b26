/**
 * What stands between the wire and the core, so that a flood of handshake messages costs hashes in the data
 * plane and nothing behind it. It is pure like the core, and whoever brings messages to the core has one:
 *
 *     mac1 ─► load guard ─┬─► admitted: the core's
 *                         ├─► cookie reply, within the budget
 *                         └─► dropped
 *
 * A message over a stream needs no cookie: that its sender can be reached there is shown by the connection.
 */
import { CookieBudget } from '../cookie/cookie-budget.ts';
import { MacChecker } from '../cookie/mac-checker.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { DropReason } from '../drop-reason.ts';
import type { Endpoint } from '../endpoint.ts';
import { disguise } from '../obfuscation/disguise.ts';
import type { Profile } from '../obfuscation/profile.ts';
import type { Random } from '../random.ts';
import { draw } from '../range.ts';
import type { Instant } from '../time.ts';
import { LoadGuard } from './load-guard.ts';

/** `cookie-sent` where there is one to be sent; `cookie-withheld` where the budget is spent. */
export type Admission = 'admitted' | Extract<DropReason, 'cookie-sent' | 'cookie-withheld' | 'rate-limited'>;

export class HandshakeDoor {
  readonly #crypto: HandshakeCrypto;
  readonly #random: Random;
  readonly #guard = new LoadGuard();
  readonly #budget: CookieBudget;
  #checker: MacChecker | undefined;

  constructor(crypto: HandshakeCrypto, random: Random) {
    this.#crypto = crypto;
    this.#random = random;
    this.#budget = new CookieBudget(random);
  }

  /** Whose door it is; without a key nobody's, and no message is for nobody. */
  set publicKey(key: Uint8Array | undefined) {
    this.#checker = key && new MacChecker(this.#crypto, this.#random, key);
  }

  /** Whether the sender of this initiation or response knows our public key. */
  isForUs(message: Uint8Array): boolean {
    return this.#checker?.hasValidMac1(message) ?? false;
  }

  /**
   * Judges an initiation or a response that is for us.
   *
   * @param backlog handshake messages that wait for the core, this one included
   */
  admit(message: Uint8Array, from: Endpoint, backlog: number, profile: Profile, now: Instant): Admission {
    // Without cookies nobody could show where he is, so then load changes nothing (AWG 3.1 and its next releases).
    if (this.#checker === undefined || profile.disableCookies) return 'admitted';
    const admission = this.#guard.admit(this.#checker, message, from, backlog, now);
    if (admission !== 'cookie-needed') return admission;
    return this.#budget.spend(from, now) ? 'cookie-sent' : 'cookie-withheld';
  }

  /** The datagram that answers a message for which there is a cookie to be sent. */
  cookieReply(message: Uint8Array, from: Endpoint, { profile, now }: { profile: Profile; now: Instant }): Uint8Array {
    if (this.#checker === undefined) throw new Error('a cookie of nobody');
    const type = draw(profile.cookieReply.header, this.#random);
    const reply = this.#checker.createReply(message, type, from, now);
    return disguise(profile, profile.cookieReply, reply, this.#crypto, this.#random);
  }
}
