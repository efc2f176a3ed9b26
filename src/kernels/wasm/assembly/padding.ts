/**
 * Zero bytes between a packet from the TUN and its tag. `../../padding.ts` has the rules in words and
 * in TypeScript; here they are for the packets of `split`, which take their random numbers from a
 * list that the caller laid out.
 */

const MULTIPLE: i32 = 0;
const CONTENT: i32 = 1;

const PADDING_MULTIPLE: i32 = 16;

let kind: i32 = MULTIPLE;
/** ContentPaddingAddition: smallest value and number of values, up to 2^32. */
let low: u64 = 0;
let width: u64 = 1;
/** Plaintext that fits the peer's UDP window. */
let room: i32 = 0;
/** The next random u32. */
let randoms: usize = 0;

/** `newKind` is 0 for a multiple of 16, 1 for content padding, 2 for the window rule. */
export function setPadding(newKind: i32, lowest: u32, highest: u32): void {
  kind = newKind;
  low = lowest;
  width = <u64>highest - <u64>lowest + 1;
}

export function paddingWindow(newRoom: i32, newRandoms: usize): void {
  room = newRoom;
  randoms = newRandoms;
}

/**
 * Appends zeros to the packet of `size` bytes; returns how many belong to it. Behind them it may write
 * up to 16 more, where the tag will be.
 */
export function pad(target: usize, size: i32, mtu: i32): i32 {
  const end = target + size;
  v128.store(end, i64x2.splat(0));
  const padding = kind === MULTIPLE ? toMultiple(size, mtu) : randomPadding(size, mtu);
  for (let at = 16; at < padding; at += 16) v128.store(end + at, i64x2.splat(0));
  return padding;
}

// @inline
function toMultiple(size: i32, mtu: i32): i32 {
  const unit = lastUnit(size, mtu);
  return min(-unit & (PADDING_MULTIPLE - 1), belowMtu(unit, mtu));
}

function randomPadding(size: i32, mtu: i32): i32 {
  const random = <u64>load<u32>(randoms);
  randoms += 4;
  const free = max(0, room - size);
  if (kind !== CONTENT) return <i32>((random * <u64>free) >> 32);
  const limit = min(free, belowMtu(lastUnit(size, mtu), mtu));
  return <i32>min<u64>(low + ((random * width) >> 32), limit);
}

/** Of a packet longer than the MTU its part beyond the last multiple of the MTU counts. */
// @inline
function lastUnit(size: i32, mtu: i32): i32 {
  return mtu > 0 && size > mtu ? size % mtu : size;
}

// @inline
function belowMtu(unit: i32, mtu: i32): i32 {
  return mtu > 0 ? mtu - unit : i32.MAX_VALUE;
}
