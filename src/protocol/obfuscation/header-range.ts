/** The magic header of one message kind (H1-H4): the 32-bit type values that it may have. */
import type { Range } from '../range.ts';
import { checkRange, parseRange } from './range-text.ts';

export type HeaderRange = Range;

/**
 * Reads `a` or `a-b`.
 *
 * @param key named in the error
 * @throws ObfuscationError `bad-header-range`
 */
export function parseHeaderRange(text: string, key = ''): HeaderRange {
  return parseRange(text, key, 'bad-header-range');
}

/** @throws ObfuscationError `bad-header-range` unless both ends are unsigned 32-bit numbers in order */
export function checkHeaderRange(range: HeaderRange, key: string): HeaderRange {
  return checkRange(range, key, 'bad-header-range');
}
