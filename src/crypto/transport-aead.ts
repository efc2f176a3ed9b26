/**
 * Single transport messages, sealed and opened by noble: for the few that `doctor` exchanges. Tunnels
 * have kernels for that, see src/kernels.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { writeUint32 } from '../protocol/bytes.ts';
import type { Uint64 } from '../protocol/constants.ts';

/** Ciphertext and tag. */
export function sealTransport(key: Uint8Array, counter: Uint64, plaintext: Uint8Array): Uint8Array {
  return chacha20poly1305(key, nonceOf(counter)).encrypt(plaintext);
}

/** Undefined where the tag is wrong. */
export function openTransport(key: Uint8Array, counter: Uint64, encrypted: Uint8Array): Uint8Array | undefined {
  try {
    return chacha20poly1305(key, nonceOf(counter)).decrypt(encrypted);
  } catch {
    return undefined;
  }
}

/** Four zero bytes, then the counter, little endian (paper 5.4.6). */
function nonceOf({ low, high }: Uint64): Uint8Array {
  const nonce = new Uint8Array(12);
  writeUint32(nonce, 4, low);
  writeUint32(nonce, 8, high);
  return nonce;
}
