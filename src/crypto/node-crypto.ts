/**
 * The primitives of the handshake on Node.js: X25519 from `node:crypto`, which is several times faster
 * than anything in JavaScript or WebAssembly, all else from a WebAssembly module of ours, since
 * `node:crypto` has neither keyed BLAKE2s nor XChaCha20, and needs longer to begin than for the work.
 * Packets never come here, see `kernels/`.
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { fromHex, isAllZero, pinnedBytes, wipeBytes } from '../protocol/bytes.ts';
import { KEY_BYTES, MAC_BYTES } from '../protocol/constants.ts';
import type { EphemeralKeypair, HandshakeCrypto, PrivateKey, PublicKey, X25519Keypair } from '../protocol/crypto.ts';
import { HandshakePrimitives } from './handshake-primitives.ts';

/** What precedes the raw bytes in the PKCS #8 form of an X25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420') as Uint8Array;

/** What precedes the raw bytes in the SubjectPublicKeyInfo form of an X25519 public key (RFC 8410, section 4). */
const SPKI_PREFIX_BYTES = 12;

/** Each handshake key serves for one message. */
const ZERO_NONCE = new Uint8Array(12);

const NO_KEY = new Uint8Array(0);

/** OpenSSL's word for an all-zero shared secret. */
const LOW_ORDER_CODE = 'ERR_OSSL_FAILED_DURING_DERIVATION';

/** A private key of the wrong size or from another crypto. `code` is stable. */
export class PrivateKeyError extends Error {
  readonly code = 'ERR_PRIVATE_KEY';
}

/** A public key from another crypto. `code` is stable. */
export class PublicKeyError extends Error {
  readonly code = 'ERR_PUBLIC_KEY';
}

/**
 * Loaded once: importing a private key costs as much as using it.
 * The key object holds a copy that only OpenSSL can clear, and does when it is collected.
 */
class LoadedPrivateKey implements PrivateKey {
  readonly __brand = 'PrivateKey';
  readonly key: KeyObject;

  constructor(key: KeyObject) {
    this.key = key;
  }
}

/** Loaded once, since importing costs up to half of using it; about 800 bytes, the most of it in OpenSSL. */
class LoadedPublicKey implements PublicKey {
  readonly __brand = 'PublicKey';
  readonly key: KeyObject;

  constructor(key: KeyObject) {
    this.key = key;
  }
}

interface LoadedKeypair extends EphemeralKeypair {
  readonly privateKey: LoadedPrivateKey;
}

interface GeneratedKeypair {
  readonly privateKey: KeyObject;
  readonly publicKey: { readonly x: string };
}

/** Of this thread; made when first needed. */
let shared: HandshakePrimitives | undefined;

/** The only crypto a device needs on Node.js; between calls it has no state, so it can be shared. */
export function nodeCrypto(): HandshakeCrypto {
  shared ??= new HandshakePrimitives();
  const primitives = shared;
  return {
    generateKeypair,
    generateEphemeral,
    loadPrivateKey,
    loadPublicKey,
    dh,
    hash: (...parts) => primitives.blake2s(NO_KEY, parts, KEY_BYTES),
    mac: (key, ...parts) => primitives.blake2s(key, parts, MAC_BYTES),
    kdf: (key, input, count) => primitives.kdf(key, input, count),
    seal: (key, plaintext, associated) => primitives.seal(key, ZERO_NONCE, plaintext, associated),
    open: (key, ciphertext, associated) => primitives.open(key, ZERO_NONCE, ciphertext, associated),
    xseal: (key, nonce, plaintext, associated) => primitives.seal(key, nonce, plaintext, associated),
    xopen: (key, nonce, ciphertext, associated) => primitives.open(key, nonce, ciphertext, associated),
    chacha20: (key, nonce, data) => primitives.chacha20(key, nonce, data),
  };
}

function generateKeypair(): X25519Keypair {
  const { privateKey, publicKey } = generateEphemeral();
  const der = privateKey.key.export({ format: 'der', type: 'pkcs8' });
  const rawPrivateKey = clamp(der.subarray(PKCS8_PREFIX.length));
  wipeBytes(der);
  return { privateKey, rawPrivateKey, publicKey };
}

/**
 * Without an export of the private key, which costs as much as its making. The public key comes as a
 * JSON web key with the pair: asked for afterwards, Node.js 20 waits for itself when the garbage
 * collector runs in the middle of it.
 */
function generateEphemeral(): LoadedKeypair {
  const options = { publicKeyEncoding: { format: 'jwk' } } as const;
  // The typings do not know of this form.
  const { privateKey, publicKey } = generateKeyPairSync('x25519', options) as unknown as GeneratedKeypair;
  return { privateKey: new LoadedPrivateKey(privateKey), publicKey: bytesOf(publicKey.x) };
}

function loadPrivateKey(raw: Uint8Array): X25519Keypair {
  if (raw.length !== KEY_BYTES) throw new PrivateKeyError(`a private key has ${KEY_BYTES} bytes, not ${raw.length}`);
  const rawPrivateKey = clamp(raw);
  const der = Buffer.concat([PKCS8_PREFIX, rawPrivateKey]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  wipeBytes(der);
  return { privateKey: new LoadedPrivateKey(key), rawPrivateKey, publicKey: rawPublicKey(createPublicKey(key)) };
}

function dh(privateKey: PrivateKey, publicKey: PublicKey): Uint8Array | undefined {
  if (!(privateKey instanceof LoadedPrivateKey)) throw new PrivateKeyError('the private key was not loaded here');
  if (!(publicKey instanceof LoadedPublicKey)) throw new PublicKeyError('the public key was not loaded here');
  const secret = derive(privateKey.key, publicKey.key);
  if (secret === undefined || isAllZero(secret)) return undefined;
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.length);
}

function derive(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === LOW_ORDER_CODE) return undefined;
    throw error;
  }
}

/** As a JSON web key: the fastest form that every supported Node.js reads. */
function loadPublicKey(raw: Uint8Array): PublicKey {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url');
  return new LoadedPublicKey(createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }));
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES));
}

function bytesOf(base64url: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64url, 'base64url'));
}

/** A copy that is a multiple of 8 in [2^254, 2^255), as RFC 7748, section 5, has it. */
function clamp(raw: Uint8Array): Uint8Array {
  const clamped = pinnedBytes(raw);
  clamped[0] &= 0b1111_1000;
  clamped[31] &= 0b0111_1111;
  clamped[31] |= 0b0100_0000;
  return clamped;
}
