/**
 * The two keys that anyone who knows a device's static public key can compute (paper 5.4.4 and
 * 5.4.7). They keep out whoever does not know it, which is enough to stay invisible to scanners.
 */
import { asciiBytes } from '../bytes.ts';
import { LABEL_COOKIE, LABEL_MAC1 } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';

/** HASH(LABEL-MAC1 || public key of the device that the message goes to): the key of mac1. */
export function mac1KeyOf(crypto: HandshakeCrypto, publicKey: Uint8Array): Uint8Array {
  return crypto.hash(asciiBytes(LABEL_MAC1), publicKey);
}

/** HASH(LABEL-COOKIE || public key of the device that asks for a cookie): encrypts the cookie. */
export function cookieKeyOf(crypto: HandshakeCrypto, publicKey: Uint8Array): Uint8Array {
  return crypto.hash(asciiBytes(LABEL_COOKIE), publicKey);
}
