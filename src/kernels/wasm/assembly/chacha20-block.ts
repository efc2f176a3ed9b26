/**
 * ChaCha20 (RFC 8439, 2.3) one block at a time, for the few blocks of a handshake message; packets have
 * `aead.ts`. The state is four rows of four words, one vector each, so that one line mixes all columns;
 * the diagonals are columns once row b is rotated by one word, c by two and d by three.
 */
import { xorShort } from './memory';

const BLOCK: i32 = 64;
const DOUBLE_ROUNDS: i32 = 10;

/** "expand 32-byte k" */
// @inline
function constants(): v128 {
  return i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
}

// @inline
function rotate(x: v128, distance: i32): v128 {
  return v128.or(i32x4.shl(x, distance), i32x4.shr_u(x, 32 - distance));
}

// @inline
function rotate16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** Writes what the 20 rounds make of a key and the last four words of the state; 64 bytes. */
function permute(key: usize, lastRow: v128, target: usize): void {
  let a = constants();
  let b = v128.load(key);
  let c = v128.load(key, 16);
  let d = lastRow;
  for (let round = 0; round < DOUBLE_ROUNDS; round++) {
    a = i32x4.add(a, b);
    d = rotate16(v128.xor(d, a));
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 12);
    a = i32x4.add(a, b);
    d = rotate(v128.xor(d, a), 8);
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 7);

    b = v128.shuffle<i32>(b, b, 1, 2, 3, 0);
    c = v128.shuffle<i32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<i32>(d, d, 3, 0, 1, 2);
    a = i32x4.add(a, b);
    d = rotate16(v128.xor(d, a));
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 12);
    a = i32x4.add(a, b);
    d = rotate(v128.xor(d, a), 8);
    c = i32x4.add(c, d);
    b = rotate(v128.xor(b, c), 7);
    b = v128.shuffle<i32>(b, b, 3, 0, 1, 2);
    c = v128.shuffle<i32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<i32>(d, d, 1, 2, 3, 0);
  }
  v128.store(target, a);
  v128.store(target, b, 16);
  v128.store(target, c, 32);
  v128.store(target, d, 48);
}

/** 64 bytes of key stream at `target`, under the 12-byte nonce at `nonce`. */
export function keystream(key: usize, counter: u32, nonce: usize, target: usize): void {
  const lastRow = i32x4(counter, load<i32>(nonce), load<i32>(nonce, 4), load<i32>(nonce, 8));
  permute(key, lastRow, target);
  v128.store(target, i32x4.add(v128.load(target), constants()));
  v128.store(target, i32x4.add(v128.load(target, 16), v128.load(key)), 16);
  v128.store(target, i32x4.add(v128.load(target, 32), v128.load(key, 16)), 32);
  v128.store(target, i32x4.add(v128.load(target, 48), lastRow), 48);
}

/** Puts the key stream from block `counter` on over `length` bytes; `stream` is 64 bytes of scratch. */
export function encrypt(key: usize, counter: u32, nonce: usize, text: usize, length: i32, stream: usize): void {
  for (; length > 0; length -= BLOCK) {
    keystream(key, counter, nonce, stream);
    xorShort(text, text, stream, min(length, BLOCK));
    text += BLOCK;
    counter++;
  }
}

/** HChaCha20 (draft-irtf-cfrg-xchacha, 2.2): a key at `target` from a key and 16 bytes of nonce; 64 bytes of scratch. */
export function deriveKey(key: usize, nonce: usize, target: usize, scratch: usize): void {
  permute(key, v128.load(nonce), scratch);
  v128.store(target, v128.load(scratch));
  v128.store(target, v128.load(scratch, 48), 16);
}
