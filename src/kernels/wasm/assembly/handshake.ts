/**
 * The primitives of the handshake, for messages of a few dozen bytes: BLAKE2s, key derivation by HMAC
 * over it, ChaCha20-Poly1305 and XChaCha20-Poly1305. `src/crypto/handshake-primitives.ts` puts key, nonce
 * and message into the region, calls one operation, takes the result and calls `wipe`. The region lies in
 * an arena of its own, since packets have no business beside private keys:
 *
 *     0     key, 64 bytes
 *     64    nonce, 24 bytes
 *     128   result: up to three digests
 *     256   scratch of the hash
 *     640   Poly1305 key, then key stream, 64 bytes
 *     704   room for a key block
 *     768   message: MESSAGE_BYTES, and 64 bytes for padding, tag and lengths
 *
 * Between calls all of it is zero: no secret outlives its use, and padding is there already.
 */
import { derive, hash, mac, useScratch } from './blake2s';
import { deriveKey, encrypt, keystream } from './chacha20-block';
import { authenticate } from './poly1305';
import { begin } from './poly1305-state';

const KEY: usize = 0;
const NONCE: usize = 64;
const RESULT: usize = 128;
const SCRATCH: usize = 256;
const STREAM: usize = 640;
const MESSAGE: usize = 768;

/** As long as the longest datagram. */
const MESSAGE_BYTES: usize = 65536;
const REGION_BYTES: usize = MESSAGE + MESSAGE_BYTES + 64;

const TAG: i32 = 16;

let region: usize;

export function regionBytes(): usize {
  return REGION_BYTES;
}

/** Call once, with a region of `regionBytes()`, aligned to 64, all zero. */
export function configure(offset: usize): void {
  region = offset;
  useScratch(region + SCRATCH);
}

/** Forgets everything about a message of `length` bytes, its padding and its tag included. */
export function wipe(length: i32): void {
  memory.fill(region, 0, MESSAGE + length + 64);
  // Poly1305 keeps its key in globals; this one is zero.
  begin(region + STREAM);
}

/** BLAKE2s under a key of 0 to 32 bytes, 0 being none, with a digest of 1 to 32 bytes. */
export function blake2s(keyLength: i32, length: i32, size: i32): void {
  if (keyLength === 0) hash(region + MESSAGE, length, size, region + RESULT);
  else mac(region + KEY, keyLength, region + MESSAGE, length, size, region + RESULT);
}

/** KDFn (paper 5.4) of a key of 0 to 64 bytes and a message: `count` keys, at most 3. */
export function kdf(length: i32, count: i32): void {
  derive(region + KEY, region + MESSAGE, length, count, region + RESULT);
}

/** Key stream from block 0 on over the message, in place. */
export function chacha20(length: i32): void {
  encrypt(region + KEY, 0, region + NONCE, region + MESSAGE, length, region + STREAM);
}

/** The key and the nonce that a key and a nonce of 24 bytes stand for (draft-irtf-cfrg-xchacha, 2.3) take their places. */
export function extendNonce(): void {
  deriveKey(region + KEY, region + NONCE, region + KEY, region + STREAM);
  store<u32>(region + NONCE, 0);
  store<u64>(region + NONCE + 4, load<u64>(region + NONCE, 16));
}

/**
 * Takes associated data, padded to 16 bytes, and behind it a plaintext of `length` bytes. That is
 * encrypted in place and followed by its tag.
 */
export function seal(associated: i32, length: i32): void {
  const text = region + MESSAGE + padded(associated);
  encrypt(region + KEY, 1, region + NONCE, text, length, region + STREAM);
  authenticateText(associated, length);
  v128.store(text + length, v128.load(region + RESULT));
}

/** The inverse: behind `length` bytes of ciphertext stands the tag. Returns 0, and decrypts nothing, when it is wrong. */
export function open(associated: i32, length: i32): i32 {
  const text = region + MESSAGE + padded(associated);
  const claimed = v128.load(text + length);
  v128.store(text + length, i64x2.splat(0));
  authenticateText(associated, length);
  if (v128.any_true(v128.xor(v128.load(region + RESULT), claimed))) return 0;
  encrypt(region + KEY, 1, region + NONCE, text, length, region + STREAM);
  return 1;
}

// @inline
function padded(length: i32): i32 {
  return (length + 15) & ~15;
}

/** The tag (RFC 8439, 2.8) goes to RESULT. Behind the ciphertext is zero padding, then its lengths. */
function authenticateText(associated: i32, length: i32): void {
  const lengths = padded(associated) + padded(length);
  store<u64>(region + MESSAGE + lengths, associated);
  store<u64>(region + MESSAGE + lengths, length, 8);
  keystream(region + KEY, 0, region + NONCE, region + STREAM);
  // All blocks are whole, so nothing need be assembled in any scratch.
  authenticate(region + STREAM, region + MESSAGE, lengths + TAG, 0, region + RESULT);
}
