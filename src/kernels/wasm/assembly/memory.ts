/** Copying short runs of bytes, where a call of memory.copy costs more than the work. Never a byte too many. */

/** n < 16 */
// @inline
export function copyBelow16(target: usize, source: usize, n: i32): void {
  if (n & 8) {
    store<u64>(target, load<u64>(source));
    target += 8;
    source += 8;
  }
  if (n & 4) {
    store<u32>(target, load<u32>(source));
    target += 4;
    source += 4;
  }
  if (n & 2) {
    store<u16>(target, load<u16>(source));
    target += 2;
    source += 2;
  }
  if (n & 1) store<u8>(target, load<u8>(source));
}

// @inline
export function copyShort(target: usize, source: usize, n: i32): void {
  while (n >= 16) {
    v128.store(target, v128.load(source));
    target += 16;
    source += 16;
    n -= 16;
  }
  copyBelow16(target, source, n);
}

/** target = source xor mask */
// @inline
export function xorShort(target: usize, source: usize, mask: usize, n: i32): void {
  while (n >= 16) {
    v128.store(target, v128.xor(v128.load(source), v128.load(mask)));
    target += 16;
    source += 16;
    mask += 16;
    n -= 16;
  }
  for (; n >= 4; n -= 4) {
    store<u32>(target, load<u32>(source) ^ load<u32>(mask));
    target += 4;
    source += 4;
    mask += 4;
  }
  for (; n > 0; n--) store<u8>(target++, load<u8>(source++) ^ load<u8>(mask++));
}
