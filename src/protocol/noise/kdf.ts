/**
 * Key derivation of the handshake (paper 5.4, KDFn): HKDF (RFC 5869) with HMAC-BLAKE2s and an empty
 * `info`. Takes a chaining key and new secret input, and gives the next chaining key first.
 *
 *     t0 = HMAC(key, input)
 *     t1 = HMAC(t0, 0x1)
 *     ti = HMAC(t0, t(i-1) || i)
 */
import { wipeBytes } from '../bytes.ts';
import type { HandshakeCrypto } from '../crypto.ts';

/** `count` keys of 32 bytes. Paper names: t0 is τ0, the pseudorandom key of RFC 5869. */
function hkdf(crypto: HandshakeCrypto, key: Uint8Array, input: Uint8Array, count: number): Uint8Array[] {
  const t0 = crypto.hmac(key, input);
  const keys: Uint8Array[] = [];
  let previous: Uint8Array = new Uint8Array(0);
  for (let i = 1; i <= count; i++) {
    previous = crypto.hmac(t0, previous, Uint8Array.of(i));
    keys.push(previous);
  }
  wipeBytes(t0);
  return keys;
}

export function kdf1(crypto: HandshakeCrypto, key: Uint8Array, input: Uint8Array): Uint8Array {
  return hkdf(crypto, key, input, 1)[0];
}

export function kdf2(crypto: HandshakeCrypto, key: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const [t1, t2] = hkdf(crypto, key, input, 2);
  return [t1, t2];
}

export function kdf3(
  crypto: HandshakeCrypto,
  key: Uint8Array,
  input: Uint8Array,
): [Uint8Array, Uint8Array, Uint8Array] {
  const [t1, t2, t3] = hkdf(crypto, key, input, 3);
  return [t1, t2, t3];
}
