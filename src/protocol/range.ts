/** An inclusive range of whole numbers, from which a value is drawn at each use: timers, headers, paddings. */
import type { Random } from './random.ts';
import { below } from './random.ts';

/** Both ends count; whole numbers from 0 to 2^53 - 1, the width below 2^53. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range that holds one value. */
export function exactly(value: number): Range {
  return { low: value, high: value };
}

/** Uniform over the range; takes no randomness where there is no choice. */
export function draw(range: Range, random: Random): number {
  const width = range.high - range.low + 1;
  return width === 1 ? range.low : range.low + below(random, width);
}

export function contains(range: Range, value: number): boolean {
  return value >= range.low && value <= range.high;
}

export function overlap(a: Range, b: Range): boolean {
  return a.low <= b.high && b.low <= a.high;
}

/** `a` where the range holds one value, else `a-b`, as every AWG tool writes it. */
export function formatRange(range: Range): string {
  return range.low === range.high ? `${range.low}` : `${range.low}-${range.high}`;
}
