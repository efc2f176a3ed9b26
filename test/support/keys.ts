/** Keys for a test, in the base64 form of configuration files. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The raw 32 bytes of a JWK coordinate, as standard base64. */
function base64(coordinate: string | undefined): string {
  return Buffer.from(coordinate ?? '', 'base64url').toString('base64');
}

export function generateKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('x25519');
  const secret = privateKey.export({ format: 'jwk' });
  return { privateKey: base64(secret.d), publicKey: base64(createPublicKey(privateKey).export({ format: 'jwk' }).x) };
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
