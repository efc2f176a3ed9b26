/** Ranges as configuration gives them: two ends of 32 bits each, or one number for both. */
import type { Range } from '../range.ts';
import { formatRange } from '../range.ts';
import { MAX_RANGE_END } from './limits.ts';
import type { ObfuscationErrorCode } from './obfuscation-error.ts';
import { ObfuscationError } from './obfuscation-error.ts';

/**
 * Reads `a` or `a-b`, decimal and without spaces, as every AWG tool writes it.
 *
 * @param key named in the error
 * @throws ObfuscationError with `code`
 */
export function parseRange(text: string, key = '', code: ObfuscationErrorCode = 'bad-range'): Range {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) {
    throw new ObfuscationError(code, key, text, 'is neither a decimal number nor two joined by "-"');
  }
  const [, low, high = low] = match;
  return checkRange({ low: Number(low), high: Number(high) }, key, code, text);
}

/** @throws ObfuscationError with `code` unless both ends are unsigned 32-bit numbers in order */
export function checkRange(
  range: Range,
  key: string,
  code: ObfuscationErrorCode = 'bad-range',
  text = formatRange(range),
): Range {
  for (const end of [range.low, range.high]) {
    if (!Number.isInteger(end) || end < 0 || end > MAX_RANGE_END) {
      throw new ObfuscationError(code, key, text, `goes beyond the numbers from 0 to ${MAX_RANGE_END}`);
    }
  }
  if (range.low > range.high) throw new ObfuscationError(code, key, text, 'ends before it begins');
  return range;
}
