/** The magic header of one message kind (H1-H4): an inclusive range of 32-bit type values. */
import type { Random } from '../random.ts';
import { below } from '../random.ts';
import { MAX_HEADER } from './limits.ts';
import { ObfuscationError } from './obfuscation-error.ts';

export interface HeaderRange {
  /** Inclusive, unsigned 32-bit. */
  readonly low: number;
  readonly high: number;
}

export function single(value: number): HeaderRange {
  return { low: value, high: value };
}

export function contains(range: HeaderRange, type: number): boolean {
  return type >= range.low && type <= range.high;
}

export function overlap(a: HeaderRange, b: HeaderRange): boolean {
  return a.low <= b.high && b.low <= a.high;
}

/** A value for one outgoing message, uniform over the whole range (also the full 32-bit one). */
export function pick(range: HeaderRange, random: Random): number {
  const width = range.high - range.low + 1;
  return width === 1 ? range.low : range.low + below(random, width);
}

/**
 * Reads `a` or `a-b`, decimal and without spaces, as every AWG tool writes it.
 *
 * @param key named in the error
 * @throws ObfuscationError `bad-header-range`
 */
export function parseHeaderRange(text: string, key = ''): HeaderRange {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) throw badRange(text, key, 'is neither a decimal number nor two joined by "-"');
  const low = Number(match[1]);
  return checkHeaderRange({ low, high: match[2] === undefined ? low : Number(match[2]) }, key, text);
}

/** @throws ObfuscationError `bad-header-range` unless both ends are unsigned 32-bit numbers in order */
export function checkHeaderRange(range: HeaderRange, key: string, text = formatHeaderRange(range)): HeaderRange {
  for (const end of [range.low, range.high]) {
    if (!Number.isInteger(end) || end < 0 || end > MAX_HEADER) {
      throw badRange(text, key, `goes beyond the numbers from 0 to ${MAX_HEADER}`);
    }
  }
  if (range.low > range.high) throw badRange(text, key, 'ends before it begins');
  return range;
}

/** The inverse of `parseHeaderRange`. */
export function formatHeaderRange(range: HeaderRange): string {
  return range.low === range.high ? `${range.low}` : `${range.low}-${range.high}`;
}

function badRange(text: string, key: string, complaint: string): ObfuscationError {
  return new ObfuscationError('bad-header-range', key, text, complaint);
}
