/** Keys for a test, in the base64 form of configuration files. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The raw key is at the end of either encoding (RFC 8410). */
function base64(encoded: Buffer): string {
  return encoded.subarray(-32).toString('base64');
}

/**
 * Encoded by the generation itself: with Node 20, exporting a key object as JWK hangs for ever when the
 * garbage of its generation happens to be collected meanwhile.
 */
export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519', {
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    publicKeyEncoding: { format: 'der', type: 'spki' },
  });
  return { privateKey: base64(privateKey), publicKey: base64(publicKey) };
}

export function generatePresharedKey(): string {
  return randomBytes(32).toString('base64');
}

export function keyToHex(key: string): string {
  return Buffer.from(key, 'base64').toString('hex');
}

export function keyFromHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
