/**
 * Packets whose authenticator goes through chosen values, where carries between limbs and the last reduction
 * go wrong in implementations that are right for random input. The way of Wycheproof: solve for the block
 * that brings the sum there.
 *
 *     h = (h + block + 2^128) r  mod 2^130 - 5, for each block of ciphertext, then for the lengths
 *     tag = h + s  mod 2^128
 */
import { createCipheriv } from 'node:crypto';

const P = 2n ** 130n - 5n;
const TOP = 2n ** 128n;
const BLOCK = 16;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** What the sum shall be: around zero, the modulus, and the borders of limbs of 26, 32, 44, 64 and 128 bits. */
export const EDGES: readonly bigint[] = [0n, 26n, 32n, 44n, 52n, 64n, 78n, 88n, 96n, 104n, 128n, 129n, 130n].flatMap(
  (bits) => [-6n, -5n, -1n, 0n, 1n, 4n].map((by) => ((((1n << bits) + by) % P) + P) % P),
);

/** When it shall be that. */
export type Stage = 'after-block' | 'at-end';

export interface EdgePacket {
  readonly key: Uint8Array;
  /** Eight bytes; the first four of the nonce are zero. */
  readonly counter: Uint8Array;
  readonly plaintext: Uint8Array;
  /** Ciphertext and tag, by OpenSSL. */
  readonly sealed: Uint8Array;
}

/**
 * A packet of `blocks` blocks, 2 or more, whose sum is `edge` at the given stage.
 *
 * @param seed makes the key; the first block varies until the last fits
 */
export function edgePacket(edge: bigint, stage: Stage, blocks: number, seed: number): EdgePacket | undefined {
  const key = new Uint8Array(32).fill(seed);
  const counter = Uint8Array.of(seed, 0, 0, 0, 0, 0, 0, 0);
  const stream = keyStream(key, counter, blocks * BLOCK + 64);
  const r = littleEndian(stream.subarray(0, BLOCK)) & CLAMP;
  const ciphertext = new Uint8Array(blocks * BLOCK);
  for (let attempt = 0; attempt < 64; attempt++) {
    ciphertext.fill(attempt * 37 + seed, 0, ciphertext.length - BLOCK);
    const last = solve(ciphertext, r, edge, stage);
    if (last < TOP) return finish(key, counter, stream, withLast(ciphertext, last));
  }
  return undefined;
}

/** The last block that brings the sum to the edge; 2^128 or more where there is none. */
function solve(ciphertext: Uint8Array, r: bigint, edge: bigint, stage: Stage): bigint {
  let sum = 0n;
  for (let at = 0; at < ciphertext.length - BLOCK; at += BLOCK)
    sum = ((sum + littleEndian(ciphertext.subarray(at, at + BLOCK)) + TOP) * r) % P;
  const inverse = power(r, P - 2n);
  const lengths = (BigInt(ciphertext.length) << 64n) + TOP;
  const afterBlock = stage === 'after-block' ? edge : edge * inverse - lengths;
  const last = afterBlock * inverse - sum - TOP;
  return ((last % P) + P) % P;
}

function withLast(ciphertext: Uint8Array, last: bigint): Uint8Array {
  const digits = last.toString(16).padStart(2 * BLOCK, '0');
  ciphertext.set(Buffer.from(digits, 'hex').reverse(), ciphertext.length - BLOCK);
  return ciphertext;
}

function finish(key: Uint8Array, counter: Uint8Array, stream: Uint8Array, ciphertext: Uint8Array): EdgePacket {
  const plaintext = ciphertext.map((byte, index) => byte ^ stream[64 + index]);
  return { key, counter, plaintext, sealed: opensslSeal(key, counter, plaintext) };
}

/** ChaCha20 from block 0 on; its first 32 bytes are r and s. */
function keyStream(key: Uint8Array, counter: Uint8Array, length: number): Uint8Array {
  const cipher = createCipheriv('chacha20', key, Buffer.concat([new Uint8Array(8), counter]));
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}

/** RFC 8439, 2.8, with the nonce of WireGuard, by OpenSSL. */
export function opensslSeal(key: Uint8Array, counter: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = Buffer.concat([new Uint8Array(4), counter]);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: BLOCK });
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % P, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % P)
    if ((rest & 1n) === 1n) result = (result * square) % P;
  return result;
}
