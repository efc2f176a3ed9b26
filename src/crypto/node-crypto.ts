/**
 * The primitives of the handshake on Node.js. X25519 comes from `node:crypto`, which is several times
 * faster than any JavaScript; BLAKE2s and the AEADs from the audited noble packages, since
 * `node:crypto` has neither keyed BLAKE2s nor XChaCha20, and is no faster on a few dozen bytes.
 * Packets never come here, see `kernels/`.
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { chacha20, chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { fromHex, isAllZero, wipeBytes } from '../protocol/bytes.ts';
import { KEY_BYTES, MAC_BYTES } from '../protocol/constants.ts';
import type { HandshakeCrypto, PrivateKey, X25519Keypair } from '../protocol/crypto.ts';

/** What precedes the raw bytes in the PKCS #8 form of an X25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420') as Uint8Array;

/** What precedes the raw bytes in the SubjectPublicKeyInfo form of an X25519 public key (RFC 8410, section 4). */
const SPKI_PREFIX_BYTES = 12;

/** Each handshake key serves for one message. */
const ZERO_NONCE = new Uint8Array(12);

/** OpenSSL's word for an all-zero shared secret. */
const LOW_ORDER_CODE = 'ERR_OSSL_FAILED_DURING_DERIVATION';

/** A private key of the wrong size or from another crypto. `code` is stable. */
export class PrivateKeyError extends Error {
  readonly code = 'ERR_PRIVATE_KEY';
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

/** The only crypto a device needs on Node.js; it has no state and can be shared. */
export function nodeCrypto(): HandshakeCrypto {
  return {
    generateKeypair,
    loadPrivateKey,
    dh,
    hash,
    mac,
    hmac: hmacBlake2s,
    seal,
    open,
    xseal,
    xopen,
    chacha20: maskBytes,
  };
}

function generateKeypair(): X25519Keypair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const rawPrivateKey = clamp(der.subarray(PKCS8_PREFIX.length));
  wipeBytes(der);
  return { privateKey: new LoadedPrivateKey(privateKey), rawPrivateKey, publicKey: rawPublicKey(publicKey) };
}

function loadPrivateKey(raw: Uint8Array): X25519Keypair {
  if (raw.length !== KEY_BYTES) throw new PrivateKeyError(`a private key has ${KEY_BYTES} bytes, not ${raw.length}`);
  const rawPrivateKey = clamp(raw);
  const der = Buffer.concat([PKCS8_PREFIX, rawPrivateKey]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  wipeBytes(der);
  return { privateKey: new LoadedPrivateKey(key), rawPrivateKey, publicKey: rawPublicKey(createPublicKey(key)) };
}

function dh(privateKey: PrivateKey, publicKey: Uint8Array): Uint8Array | undefined {
  if (!(privateKey instanceof LoadedPrivateKey)) throw new PrivateKeyError('the private key was not loaded here');
  const secret = derive(privateKey.key, importPublicKey(publicKey));
  if (secret === undefined || isAllZero(secret)) return undefined;
  const copy = Uint8Array.from(secret);
  wipeBytes(secret);
  return copy;
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
function importPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES));
}

/** A copy that is a multiple of 8 in [2^254, 2^255), as RFC 7748, section 5, has it. */
function clamp(raw: Uint8Array): Uint8Array {
  const clamped = Uint8Array.from(raw);
  clamped[0] &= 0b1111_1000;
  clamped[31] &= 0b0111_1111;
  clamped[31] |= 0b0100_0000;
  return clamped;
}

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const state = blake2s.create({ dkLen: KEY_BYTES });
  for (const part of parts) state.update(part);
  return state.digest();
}

function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = blake2s.create({ key, dkLen: MAC_BYTES });
  for (const part of parts) state.update(part);
  return state.digest();
}

function hmacBlake2s(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = hmac.create(blake2s, key);
  for (const part of parts) state.update(part);
  return state.digest();
}

function seal(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  return chacha20poly1305(key, ZERO_NONCE, associated).encrypt(plaintext);
}

function open(key: Uint8Array, ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
  return decryptWith(chacha20poly1305(key, ZERO_NONCE, associated), ciphertext);
}

function xseal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  return xchacha20poly1305(key, nonce, associated).encrypt(plaintext);
}

function xopen(
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  return decryptWith(xchacha20poly1305(key, nonce, associated), ciphertext);
}

function maskBytes(key: Uint8Array, nonce: Uint8Array, data: Uint8Array): Uint8Array {
  return chacha20(key, nonce, data);
}

interface Decryptor {
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

/** noble throws on a ciphertext that is forged or shorter than a tag. */
function decryptWith(cipher: Decryptor, ciphertext: Uint8Array): Uint8Array | undefined {
  try {
    return cipher.decrypt(ciphertext);
  } catch {
    return undefined;
  }
}
