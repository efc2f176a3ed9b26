/**
 * The real crypto, but for ephemeral keys that a seed decides, so that a run can be repeated bit by bit.
 * Keys are imported in forms that are many times faster than the one that the product takes because it can
 * be wiped.
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { isAllZero } from '../../../src/protocol/bytes.ts';
import type { HandshakeCrypto, PrivateKey, PublicKey, X25519Keypair } from '../../../src/protocol/crypto.ts';
import type { Random } from '../../../src/protocol/random.ts';

interface SimulatedKey {
  readonly key: KeyObject;
}

/** Older ones take JSON web keys, and do not look at the public half, which we do not know yet. */
const TAKES_RAW_KEYS = Number.parseInt(process.versions.node, 10) >= 26;

const CURVE = { kty: 'OKP', crv: 'X25519' } as const;

export function seededCrypto(random: Random): HandshakeCrypto {
  const generateKeypair = () => loadPrivateKey(random.fill(new Uint8Array(32)));
  return { ...nodeCrypto(), generateKeypair, generateEphemeral: generateKeypair, loadPrivateKey, loadPublicKey, dh };
}

function loadPrivateKey(raw: Uint8Array): X25519Keypair {
  const rawPrivateKey = clamp(raw);
  const key = TAKES_RAW_KEYS ? rawPrivateKeyObject(rawPrivateKey) : webPrivateKeyObject(rawPrivateKey);
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { privateKey: { key } as PrivateKey, rawPrivateKey, publicKey: bytesOf(x as string) };
}

function rawPrivateKeyObject(raw: Uint8Array): KeyObject {
  // The typings do not know of this form.
  const options: object = { format: 'raw-private', asymmetricKeyType: 'x25519', key: raw };
  return createPrivateKey(options as Parameters<typeof createPrivateKey>[0]);
}

function webPrivateKeyObject(raw: Uint8Array): KeyObject {
  const d = Buffer.from(raw).toString('base64url');
  return createPrivateKey({ format: 'jwk', key: { ...CURVE, d, x: d } });
}

function loadPublicKey(raw: Uint8Array): PublicKey {
  const x = Buffer.from(raw).toString('base64url');
  return { key: createPublicKey({ format: 'jwk', key: { ...CURVE, x } }) } as PublicKey;
}

/** Keys are drawn, and none of them is of low order. */
function dh(privateKey: PrivateKey, publicKey: PublicKey): Uint8Array | undefined {
  const [own, other] = [privateKey, publicKey] as unknown as readonly SimulatedKey[];
  const secret = new Uint8Array(diffieHellman({ privateKey: own.key, publicKey: other.key }));
  return isAllZero(secret) ? undefined : secret;
}

function bytesOf(base64url: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64url, 'base64url'));
}

/** RFC 7748, section 5. */
function clamp(raw: Uint8Array): Uint8Array {
  const clamped = new Uint8Array(raw);
  clamped[0] &= 0b1111_1000;
  clamped[31] = (clamped[31] & 0b0111_1111) | 0b0100_0000;
  return clamped;
}
