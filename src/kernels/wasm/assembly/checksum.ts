/**
 * The internet checksum (RFC 1071). Words are summed in the byte order of the machine, little
 * endian: the sum of swapped words is the swapped sum, so what is stored needs no swap either.
 */

/** Folds a sum of 16- or 32-bit words to 16 bits. */
export function fold(sum: u64): u32 {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return <u32>((sum & 0xffff) + (sum >> 16));
}

function addWords(sums: v128, words: v128): v128 {
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(words));
}

function addLanes(a: v128): u64 {
  return (
    <u64>(<u32>i32x4.extract_lane(a, 0)) +
    <u64>(<u32>i32x4.extract_lane(a, 1)) +
    <u64>(<u32>i32x4.extract_lane(a, 2)) +
    <u64>(<u32>i32x4.extract_lane(a, 3))
  );
}

/** Sum of `n` bytes, an odd last one padded with zero. Up to 2 MiB: then a 32-bit lane could overflow. */
export function sum(p: usize, n: i32): u64 {
  let a = i32x4.splat(0),
    b = a,
    c = a,
    d = a;
  for (; n >= 64; n -= 64) {
    a = addWords(a, v128.load(p));
    b = addWords(b, v128.load(p, 16));
    c = addWords(c, v128.load(p, 32));
    d = addWords(d, v128.load(p, 48));
    p += 64;
  }
  for (; n >= 16; n -= 16) {
    a = addWords(a, v128.load(p));
    p += 16;
  }
  return addLanes(i32x4.add(i32x4.add(a, b), i32x4.add(c, d))) + sumBelow16(p, n);
}

function sumBelow16(p: usize, n: i32): u64 {
  let total: u64 = 0;
  for (; n >= 4; n -= 4) {
    total += <u64>load<u32>(p);
    p += 4;
  }
  if (n >= 2) {
    total += <u64>load<u16>(p);
    p += 2;
    n -= 2;
  }
  return n > 0 ? total + <u64>load<u8>(p) : total;
}

/** Copies `n` bytes and sums them on the way. */
export function copyAndSum(target: usize, source: usize, n: i32): u64 {
  let a = i32x4.splat(0),
    b = a,
    c = a,
    d = a;
  for (; n >= 64; n -= 64) {
    const w = v128.load(source),
      x = v128.load(source, 16),
      y = v128.load(source, 32),
      z = v128.load(source, 48);
    v128.store(target, w);
    v128.store(target, x, 16);
    v128.store(target, y, 32);
    v128.store(target, z, 48);
    a = addWords(a, w);
    b = addWords(b, x);
    c = addWords(c, y);
    d = addWords(d, z);
    source += 64;
    target += 64;
  }
  for (; n >= 16; n -= 16) {
    const words = v128.load(source);
    v128.store(target, words);
    a = addWords(a, words);
    source += 16;
    target += 16;
  }
  for (let i = 0; i < n; i++) store<u8>(target + i, load<u8>(source + i));
  return addLanes(i32x4.add(i32x4.add(a, b), i32x4.add(c, d))) + sumBelow16(target, n);
}
