/**
 * BLAKE2s (RFC 7693), HMAC over it (RFC 2104) and the key derivation of the handshake, all on bytes
 * in memory. The working state is four rows of four words, one vector each, so that one line mixes all
 * columns; the diagonals are columns once row b is rotated by one word, c by two and d by three:
 *
 *     a = | v0  v1  v2  v3  |
 *     b = | v4  v5  v6  v7  |
 *     c = | v8  v9  v10 v11 |
 *     d = | v12 v13 v14 v15 |
 *
 * Nothing copies a message. What is hashed has BLOCK bytes of room before it for a key, and zeros
 * behind it up to the end of its last block, which are the padding.
 */

const BLOCK: usize = 64;
const DIGEST: usize = 32;

/** SIGMA (2.7) as offsets of words in the block; of each round first the words for the columns, x before y. */
// biome-ignore format: a line for each round
const SCHEDULE: usize = memory.data<u8>([
  0, 8, 16, 24, 4, 12, 20, 28, 32, 40, 48, 56, 36, 44, 52, 60,
  56, 16, 36, 52, 40, 32, 60, 24, 4, 0, 44, 20, 48, 8, 28, 12,
  44, 48, 20, 60, 32, 0, 8, 52, 40, 12, 28, 36, 56, 24, 4, 16,
  28, 12, 52, 44, 36, 4, 48, 56, 8, 20, 16, 60, 24, 40, 0, 32,
  36, 20, 8, 40, 0, 28, 16, 60, 56, 44, 24, 12, 4, 48, 32, 52,
  8, 24, 0, 32, 48, 40, 44, 12, 16, 28, 60, 4, 52, 20, 56, 36,
  48, 4, 56, 16, 20, 60, 52, 40, 0, 24, 36, 32, 28, 12, 8, 44,
  52, 28, 48, 12, 44, 56, 4, 36, 20, 60, 32, 8, 0, 16, 24, 40,
  24, 56, 44, 0, 60, 36, 12, 32, 48, 52, 4, 40, 8, 28, 16, 20,
  40, 32, 28, 4, 8, 16, 24, 20, 60, 36, 12, 52, 44, 56, 48, 0,
]);
const SCHEDULE_END: usize = SCHEDULE + 160;

/**
 * Scratch, zero between calls:
 *
 *     0    state of the hash, 32 bytes
 *     64   what the outer hash of an HMAC is taken of: key block, digest, padding
 *     192  pseudorandom key of a derivation, padded to a block
 *     256  what each derived key is the HMAC of: room for a block, previous key, counter, padding
 */
export const SCRATCH_BYTES: usize = 384;
const OUTER: usize = 64;
const EXTRACTED: usize = 192;
const EXPANSION: usize = 256;

let scratch: usize;

export function useScratch(offset: usize): void {
  scratch = offset;
}

/** Words of the block, chosen by four bytes of the schedule. */
// @inline
function gather(block: usize, at: usize): v128 {
  let words = v128.load32_zero(block + load<u8>(at));
  words = v128.load_lane<u32>(block + load<u8>(at, 1), words, 1);
  words = v128.load_lane<u32>(block + load<u8>(at, 2), words, 2);
  return v128.load_lane<u32>(block + load<u8>(at, 3), words, 3);
}

// @inline
function sum(x: v128, y: v128, z: v128): v128 {
  return i32x4.add(i32x4.add(x, y), z);
}

// @inline
function rotate(x: v128, distance: i32): v128 {
  return v128.or(i32x4.shr_u(x, distance), i32x4.shl(x, 32 - distance));
}

// @inline
function rotate16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

// @inline
function initialHigh(): v128 {
  return i32x4(0x510e527f, <i32>0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
}

// @inline
function initialLow(): v128 {
  return i32x4(0x6a09e667, <i32>0xbb67ae85, 0x3c6ef372, <i32>0xa54ff53a);
}

/** F (3.2). `counter` is the number of bytes up to the end of this block, `last` all ones in the last. */
function compress(block: usize, counter: u32, last: u32): void {
  const low = v128.load(scratch);
  const high = v128.load(scratch, 16);
  let a = low;
  let b = high;
  let c = initialLow();
  let d = v128.xor(initialHigh(), i32x4(counter, 0, last, 0));
  for (let at = SCHEDULE; at < SCHEDULE_END; at += 16) {
    a = sum(a, b, gather(block, at));
    d = rotate16(v128.xor(d, a));
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 12);
    a = sum(a, b, gather(block, at + 4));
    d = rotate(v128.xor(d, a), 8);
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 7);

    b = v128.shuffle<i32>(b, b, 1, 2, 3, 0);
    c = v128.shuffle<i32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<i32>(d, d, 3, 0, 1, 2);
    a = sum(a, b, gather(block, at + 8));
    d = rotate16(v128.xor(d, a));
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 12);
    a = sum(a, b, gather(block, at + 12));
    d = rotate(v128.xor(d, a), 8);
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 7);
    b = v128.shuffle<i32>(b, b, 3, 0, 1, 2);
    c = v128.shuffle<i32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<i32>(d, d, 1, 2, 3, 0);
  }
  v128.store(scratch, v128.xor(low, v128.xor(a, c)));
  v128.store(scratch, v128.xor(high, v128.xor(b, d)), 16);
}

/** The hash of `length` bytes, key block included where `keyLength` is not 0; 32 bytes, of which `size` count. */
function digest(message: usize, length: usize, keyLength: u32, size: u32, target: usize): void {
  v128.store(scratch, v128.xor(initialLow(), i32x4(0x01010000 ^ (keyLength << 8) ^ size, 0, 0, 0)));
  v128.store(scratch, initialHigh(), 16);
  let done: usize = 0;
  for (; length - done > BLOCK; done += BLOCK) compress(message + done, <u32>(done + BLOCK), 0);
  compress(message + done, <u32>length, 0xffffffff);
  copyDigest(target, scratch);
}

/** BLAKE2s without a key, with a digest of `size` bytes. */
export function hash(message: usize, length: usize, size: u32, target: usize): void {
  digest(message, length, 0, size, target);
}

/** The same under a key of `keyLength` bytes, padded to a block with zeros. It stands alone before an empty message. */
export function mac(key: usize, keyLength: u32, message: usize, length: usize, size: u32, target: usize): void {
  padKey(key, 0, message - BLOCK);
  digest(message - BLOCK, length + BLOCK, keyLength, size, target);
}

/** `key` is padded to a block with zeros. */
function hmac(key: usize, message: usize, length: usize, target: usize): void {
  padKey(key, 0x36, message - BLOCK);
  digest(message - BLOCK, length + BLOCK, 0, <u32>DIGEST, scratch + OUTER + BLOCK);
  padKey(key, 0x5c, scratch + OUTER);
  digest(scratch + OUTER, BLOCK + DIGEST, 0, <u32>DIGEST, target);
}

/** HKDF (RFC 5869) with an empty `info`: `count` keys of 32 bytes, one behind the other. */
export function derive(key: usize, message: usize, length: usize, count: i32, target: usize): void {
  const extracted = scratch + EXTRACTED;
  const expansion = scratch + EXPANSION + BLOCK;
  hmac(key, message, length, extracted);
  store<u8>(expansion, 1);
  hmac(extracted, expansion, 1, target);
  for (let index = 2; index <= count; index++) {
    copyDigest(expansion, target);
    store<u8>(expansion + DIGEST, <u8>index);
    target += DIGEST;
    hmac(extracted, expansion, DIGEST + 1, target);
  }
}

// @inline
function copyDigest(target: usize, source: usize): void {
  v128.store(target, v128.load(source));
  v128.store(target, v128.load(source, 16), 16);
}

/** The block that a key begins with: every byte of it with `pad`. */
// @inline
function padKey(key: usize, pad: i32, target: usize): void {
  const mask = i8x16.splat(<i8>pad);
  v128.store(target, v128.xor(v128.load(key), mask));
  v128.store(target, v128.xor(v128.load(key, 16), mask), 16);
  v128.store(target, v128.xor(v128.load(key, 32), mask), 32);
  v128.store(target, v128.xor(v128.load(key, 48), mask), 48);
}
