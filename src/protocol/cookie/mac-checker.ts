/**
 * The receiver's half of the DoS protection (paper 5.3, 5.4.4 and 5.4.7). One per device: checks
 * mac1 on every handshake message and, under load, mac2; answers a message without a valid mac2 by a
 * cookie. Keeps one secret and nothing about anybody, so a flood costs no memory:
 *
 *     cookie = MAC(secret, source address || source port)
 *     mac2   = MAC(cookie, message up to mac2)
 */
import { asciiBytes, equalBytes, readUint32, wipeBytes, writeUint16 } from '../bytes.ts';
import { COOKIE_LIFETIME_MS, COOKIE_NONCE_BYTES, KEY_BYTES, MAC_BYTES } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { Endpoint } from '../endpoint.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import type { Random } from '../random.ts';
import type { Instant } from '../time.ts';
import { encodeCookieReply } from '../wire/cookie-reply.ts';
import { INITIATION } from '../wire/initiation.ts';
import { mac1Input, mac1Of, mac2Input, mac2Of } from '../wire/macs.ts';
import { cookieKeyOf, mac1KeyOf } from './mac-keys.ts';

interface CookieSecret {
  readonly value: Uint8Array;
  readonly madeAt: Instant;
}

export class MacChecker {
  readonly mac1Key: Uint8Array;
  readonly #crypto: HandshakeCrypto;
  readonly #random: Random;
  readonly #cookieKey: Uint8Array;
  /** Made when first needed, replaced when needed after COOKIE_LIFETIME_MS. */
  #secret: CookieSecret | undefined;

  /** @param ownPublicKey the static public key of this device */
  constructor(crypto: HandshakeCrypto, random: Random, ownPublicKey: Uint8Array) {
    this.#crypto = crypto;
    this.#random = random;
    this.mac1Key = mac1KeyOf(crypto, ownPublicKey);
    this.#cookieKey = cookieKeyOf(crypto, ownPublicKey);
  }

  /** Whether the sender of this initiation or response knows our public key. */
  hasValidMac1(message: Uint8Array): boolean {
    if (message.length < 2 * MAC_BYTES) return false;
    return equalBytes(mac1Of(message), this.#crypto.mac(this.mac1Key, mac1Input(message)));
  }

  /** Whether the sender has received a cookie at `from` within the life of the present secret. */
  hasValidMac2(message: Uint8Array, from: Endpoint, now: Instant): boolean {
    const secret = this.#secret;
    if (message.length < 2 * MAC_BYTES || secret === undefined || isExpired(secret, now)) return false;
    const cookie = this.#cookieFor(secret, from);
    return equalBytes(mac2Of(message), this.#crypto.mac(cookie, mac2Input(message)));
  }

  /**
   * A cookie reply of 64 bytes to an initiation or a response with a valid mac1, to be sent to `from`.
   *
   * @param type what the profile picks for cookie replies
   */
  createReply(message: Uint8Array, type: number, from: Endpoint, now: Instant): Uint8Array {
    // The sender's index is at the same place in both messages.
    const receiver = readUint32(message, INITIATION.sender) as ReceiverIndex;
    const cookie = this.#cookieFor(this.#freshSecret(now), from);
    const nonce = this.#random.fill(new Uint8Array(COOKIE_NONCE_BYTES));
    const encryptedCookie = this.#crypto.xseal(this.#cookieKey, nonce, cookie, mac1Of(message));
    return encodeCookieReply({ type, receiver, nonce, encryptedCookie });
  }

  #freshSecret(now: Instant): CookieSecret {
    if (this.#secret !== undefined && !isExpired(this.#secret, now)) return this.#secret;
    if (this.#secret !== undefined) wipeBytes(this.#secret.value);
    this.#secret = { value: this.#random.fill(new Uint8Array(KEY_BYTES)), madeAt: now };
    return this.#secret;
  }

  #cookieFor(secret: CookieSecret, from: Endpoint): Uint8Array {
    const port = new Uint8Array(2);
    writeUint16(port, 0, from.port);
    return this.#crypto.mac(secret.value, from.address, zoneOf(from), port);
  }
}

function isExpired(secret: CookieSecret, now: Instant): boolean {
  return now - secret.madeAt >= COOKIE_LIFETIME_MS;
}

/** Two links may have hosts of the same link-local address; nothing is added to any other address. */
function zoneOf(from: Endpoint): Uint8Array {
  return asciiBytes(from.scopeId === 0 ? '' : String(from.scopeId));
}
