/**
 * 64-bit fields of kernel structures (pointers, sizes) as two words, little endian. The values stay
 * below 2^53, so a number holds them and no BigInt is made per packet.
 */
const TWO_TO_32 = 0x1_0000_0000;

/** Writes `value` at word `index`. */
export function writeWide(words: Uint32Array, index: number, value: number): void {
  const low = value >>> 0;
  words[index] = low;
  words[index + 1] = (value - low) / TWO_TO_32;
}

/** The inverse of `writeWide`. */
export function readWide(words: Uint32Array, index: number): number {
  return words[index + 1] * TWO_TO_32 + words[index];
}
