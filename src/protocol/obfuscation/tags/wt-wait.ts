/**
 * `<wt N>`: no bytes; generation 1.5 paused here for N milliseconds, and no later one knows the tag. It
 * is read, so that old configurations still work, and has no effect: all that belongs to one initiation
 * is handed over in one piece, and an initiation that waits for its disguise is a slow connection.
 */
import type { Refusal, Tag } from './tag.ts';
import { readNumber } from './tag.ts';

const LONGEST_WAIT_MS = 5_000;

export function waitTag(argument: string): Tag | Refusal {
  if (readNumber(argument, LONGEST_WAIT_MS) === undefined) {
    return { refusal: `needs a number of milliseconds from 0 to ${LONGEST_WAIT_MS}` };
  }
  return { bytes: 0, write: () => undefined, advice: '<wt> has no effect: signature packets are sent without a pause' };
}
