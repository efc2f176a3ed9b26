/**
 * `<wt N>`: no bytes; the first releases with signature packets paused here for N milliseconds, and
 * none since v0.2.15 knows the tag. It is read, so that old configurations still work, and has no
 * effect: an initiation must not wait for its disguise.
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
