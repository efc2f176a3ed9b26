/**
 * How much of what the peer sends is lost on the way to us, from the gaps in its counters. Windows of
 * a second with enough packets in them; a bad second happens, three in a row are a bad path. Of a
 * throttle that drops, the flows inside make slowness: few losses, but losses again and again.
 */
import type { Instant } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';
import type { PathTraffic } from './selector-messages.ts';

export class LossWatch {
  #since: Instant;
  #received: number;
  #expected: number;
  #lossyWindows = 0;
  #slightlyLossyWindows = 0;
  #lastLoss = 0;

  /** Begins with what has come by the path so far. */
  constructor(record: PathTraffic, now: Instant) {
    this.#since = now;
    this.#received = record.receivedMessages;
    this.#expected = record.expectedMessages;
  }

  /** Of the last window that had enough packets, 0 to 1. */
  get fraction(): number {
    return this.#lastLoss;
  }

  /** @param hasCollapsed whether much less gets through than used to */
  isLossy(hasCollapsed: boolean): boolean {
    if (this.#lossyWindows >= SELECTION.lossyWindows) return true;
    return this.#slightlyLossyWindows >= (hasCollapsed ? SELECTION.lossyWindows : SELECTION.slightlyLossyWindows);
  }

  look(record: PathTraffic, now: Instant): void {
    const age = now - this.#since;
    if (age < SELECTION.lossWindow) return;
    const expected = record.expectedMessages - this.#expected;
    if (expected < SELECTION.lossWindowMessages && age < SELECTION.longestLossWindow) return;
    this.#conclude(expected, record.receivedMessages - this.#received);
    this.#since = now;
    this.#received = record.receivedMessages;
    this.#expected = record.expectedMessages;
  }

  #conclude(expected: number, received: number): void {
    const isTelling = expected >= SELECTION.lossWindowMessages;
    // Late packets of the window before can make more arrive than the counters advanced.
    this.#lastLoss = isTelling ? Math.max(0, (expected - received) / expected) : 0;
    this.#lossyWindows = this.#lastLoss > SELECTION.lossFraction ? this.#lossyWindows + 1 : 0;
    const isSlight = this.#lastLoss > SELECTION.slightLossFraction;
    this.#slightlyLossyWindows = isSlight ? this.#slightlyLossyWindows + 1 : 0;
  }
}
