/**
 * Poly1305 around its inner loop: laying out what is to be authenticated, and the tag at the end.
 * The AEAD construction of RFC 8439, 2.8, without associated data:
 *
 *     | ciphertext, zero padded to 16 | length of associated data = 0, u64 | length of ciphertext, u64 |
 */
import { absorb } from './chacha20-rounds';
import { copyBelow16 } from './memory';
import * as poly from './poly1305-state';

/**
 * Points the cursor at the ciphertext of `length` bytes at `message`. Its end does not lie in
 * memory as it is authenticated, so 1 to 3 blocks are assembled at `scratch` (48 bytes): an odd
 * full block, the padded partial block, the lengths.
 */
// @inline
export function layOut(message: usize, length: u32, scratch: usize): void {
  const full: i32 = length >> 4;
  const partial: i32 = length & 15;
  const inPlace = full & ~1;
  let rest = message + ((<usize>inPlace) << 4);
  let block = scratch;
  if (full & 1) {
    v128.store(block, v128.load(rest));
    block += 16;
    rest += 16;
  }
  if (partial) {
    v128.store(block, i64x2.splat(0));
    copyBelow16(block, rest, partial);
    block += 16;
  }
  store<u64>(block, 0);
  store<u64>(block, <u64>length, 8);
  const blocks = <i32>((block + 16 - scratch) >> 4);
  poly.next = inPlace > 0 ? message : scratch;
  poly.nextBlocks = inPlace > 0 ? inPlace : blocks;
  poly.last = scratch;
  poly.lastBlocks = inPlace > 0 ? blocks : 0;
}

/** Makes an even number of blocks stand at the cursor, or whatever the last segment has. */
export function evenOut(): void {
  if (poly.nextBlocks & 1) {
    absorb(poly.next, 1);
    poly.next += 16;
    poly.nextBlocks -= 1;
  }
  if (poly.nextBlocks === 0) {
    poly.next = poly.last;
    poly.nextBlocks = poly.lastBlocks;
    poly.lastBlocks = 0;
  }
}

/** Takes in whatever the ChaCha20 loops have not. */
// @inline
export function drain(): void {
  if (poly.nextBlocks > 0) absorb(poly.next, poly.nextBlocks);
  if (poly.lastBlocks > 0) absorb(poly.last, poly.lastBlocks);
  poly.nextBlocks = 0;
  poly.lastBlocks = 0;
}

/** Writes the 16-byte tag (2.5.1): the accumulator fully reduced, plus the second half of the key. */
export function writeTag(key: usize, target: usize): void {
  let h0 = poly.h0,
    h1 = poly.h1,
    h2 = poly.h2,
    h3 = poly.h3;
  h1 += h0 >> 32;
  h2 += h1 >> 32;
  h3 += h2 >> 32;
  h0 = <u64>(<u32>h0) + (h3 >> 34) * 5;
  h1 = <u64>(<u32>h1) + (h0 >> 32);
  h2 = <u64>(<u32>h2) + (h1 >> 32);
  h3 = (h3 & 0x3ffffffff) + (h2 >> 32);
  // h - p = h + 5 - 2^130, taken without a branch if it is not negative.
  const g0 = <u64>(<u32>h0) + 5;
  const g1 = <u64>(<u32>h1) + (g0 >> 32);
  const g2 = <u64>(<u32>h2) + (g1 >> 32);
  const g3 = h3 + (g2 >> 32);
  const reduce: u64 = 0 - <u64>(g3 >> 34 !== 0);
  h0 = <u64>(<u32>((g0 & reduce) | (h0 & ~reduce))) + <u64>load<u32>(key, 16);
  h1 = <u64>(<u32>((g1 & reduce) | (h1 & ~reduce))) + <u64>load<u32>(key, 20) + (h0 >> 32);
  h2 = <u64>(<u32>((g2 & reduce) | (h2 & ~reduce))) + <u64>load<u32>(key, 24) + (h1 >> 32);
  h3 = <u64>(<u32>((g3 & reduce) | (h3 & ~reduce))) + <u64>load<u32>(key, 28) + (h2 >> 32);
  store<u32>(target, <u32>h0);
  store<u32>(target, <u32>h1, 4);
  store<u32>(target, <u32>h2, 8);
  store<u32>(target, <u32>h3, 12);
}

/** Poly1305 alone, for the vectors of RFC 8439, A.3, whose keys no AEAD input leads to. Uses 16 bytes at `scratch`. */
export function authenticate(key: usize, message: usize, length: i32, scratch: usize, target: usize): void {
  poly.begin(key);
  absorb(message, length >> 4);
  const partial = length & 15;
  if (partial > 0) {
    v128.store(scratch, i64x2.splat(0));
    copyBelow16(scratch, message + (length & ~15), partial);
    store<u8>(scratch + partial, 1);
    poly.padBit = 0;
    absorb(scratch, 1);
  }
  writeTag(key, target);
}
