/**
 * The sender's half of the DoS protection (paper 5.3, 5.4.4 and 5.4.7). One per peer: puts mac1 and
 * mac2 on each finished handshake message to that peer, and remembers the cookie that the peer sends
 * when it is under load. A cookie reply causes nothing at once: the next retransmission carries mac2.
 */
import { wipeBytes } from '../bytes.ts';
import { COOKIE_LIFETIME_MS } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { Instant } from '../time.ts';
import { parseCookieReply } from '../wire/cookie-reply.ts';
import { mac1Input, mac1Of, mac2Input, mac2Of } from '../wire/macs.ts';
import { cookieKeyOf, mac1KeyOf } from './mac-keys.ts';

interface ReceivedCookie {
  readonly value: Uint8Array;
  readonly receivedAt: Instant;
}

export class MacStamper {
  readonly #crypto: HandshakeCrypto;
  readonly #mac1Key: Uint8Array;
  readonly #cookieKey: Uint8Array;
  /** Of the last message we sent, until a cookie reply has answered it. */
  #lastMac1: Uint8Array | undefined;
  #cookie: ReceivedCookie | undefined;

  /** @param remotePublicKey the static public key of the peer that the messages go to */
  constructor(crypto: HandshakeCrypto, remotePublicKey: Uint8Array) {
    this.#crypto = crypto;
    this.#mac1Key = mac1KeyOf(crypto, remotePublicKey);
    this.#cookieKey = cookieKeyOf(crypto, remotePublicKey);
  }

  /** Writes mac1, and mac2 (zero without a cookie), into the last 32 bytes of an initiation or a response. */
  stamp(message: Uint8Array, now: Instant): void {
    const mac1 = this.#crypto.mac(this.#mac1Key, mac1Input(message));
    mac1Of(message).set(mac1);
    this.#lastMac1 = mac1;
    const cookie = this.#freshCookie(now);
    if (cookie === undefined) mac2Of(message).fill(0);
    else mac2Of(message).set(this.#crypto.mac(cookie, mac2Input(message)));
  }

  /**
   * Takes the cookie out of a cookie reply of 64 bytes. Its encryption is bound to the mac1 of our
   * last message, so only somebody who saw that message can have sent it, and only once.
   *
   * @returns whether it was genuine; if not, nothing has changed
   */
  consumeReply(message: Uint8Array, now: Instant): boolean {
    const reply = parseCookieReply(message);
    if (reply === undefined || this.#lastMac1 === undefined) return false;
    const value = this.#crypto.xopen(this.#cookieKey, reply.nonce, reply.encryptedCookie, this.#lastMac1);
    if (value === undefined) return false;
    this.#forgetCookie();
    this.#cookie = { value, receivedAt: now };
    this.#lastMac1 = undefined;
    return true;
  }

  #freshCookie(now: Instant): Uint8Array | undefined {
    if (this.#cookie !== undefined && now - this.#cookie.receivedAt >= COOKIE_LIFETIME_MS) this.#forgetCookie();
    return this.#cookie?.value;
  }

  #forgetCookie(): void {
    if (this.#cookie !== undefined) wipeBytes(this.#cookie.value);
    this.#cookie = undefined;
  }
}
