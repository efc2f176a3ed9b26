/**
 * The timestamps of the initiations we send to one peer. The responder takes only what is later than
 * everything before (paper 5.1), so they must rise even when the wall clock is set back, and also
 * when two initiations fall into one step of the whitened clock.
 */
import { encode, isAfter } from '../tai64n.ts';
import type { WallTime } from '../time.ts';

/** Nanoseconds between two stamps that differ: their low 24 bits are cleared. */
const STEP = 1 << 24;
const NANOSECONDS_PER_SECOND = 1_000_000_000;

export class TimestampSource {
  #last: Uint8Array | undefined;

  /** 12 bytes: the time, or the next stamp after the last one where the time is not later. */
  next(wall: WallTime): Uint8Array {
    const stamp = encode(wall);
    const next = this.#last === undefined || isAfter(stamp, this.#last) ? stamp : successorOf(this.#last);
    this.#last = next;
    return next;
  }
}

function successorOf(stamp: Uint8Array): Uint8Array {
  const next = Uint8Array.from(stamp);
  const view = new DataView(next.buffer);
  const nanoseconds = view.getUint32(8) + STEP;
  if (nanoseconds < NANOSECONDS_PER_SECOND) {
    view.setUint32(8, nanoseconds);
  } else {
    view.setBigUint64(0, view.getBigUint64(0) + 1n);
    view.setUint32(8, 0);
  }
  return next;
}
