/**
 * How much of what the peer sends is lost on the way to us, from the gaps in its counters. Windows of
 * half a second with enough packets in them; a bad one happens, three in a row are a bad path. Of a
 * throttle that drops, the flows inside make slowness: losses at its beginning, then few, or none.
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
  #bytes: number;
  #speed = Number.POSITIVE_INFINITY;
  /** Slow windows in a row, the first of which came right after losses, or with them. */
  #collapsedWindows = 0;

  /** Begins with what has come by the path so far. */
  constructor(record: PathTraffic, now: Instant) {
    this.#since = now;
    this.#received = record.receivedMessages;
    this.#expected = record.expectedMessages;
    this.#bytes = record.receivedBytes + record.sentBytes;
  }

  /** Bytes a second in the last window; infinite before the end of the first. */
  get speed(): number {
    return this.#speed;
  }

  /** Whether much was lost and since then much less gets through. */
  get hasCollapsed(): boolean {
    return this.#collapsedWindows >= SELECTION.collapsedWindows;
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

  /** @param usual bytes a second that used to get through */
  look(record: PathTraffic, usual: number, now: Instant): void {
    const age = now - this.#since;
    if (age < SELECTION.lossWindow) return;
    const expected = record.expectedMessages - this.#expected;
    if (expected < SELECTION.lossWindowMessages && age < SELECTION.longestLossWindow) return;
    const previousLoss = this.#lastLoss;
    this.#conclude(expected, record.receivedMessages - this.#received);
    const bytes = record.receivedBytes + record.sentBytes;
    this.#speed = ((bytes - this.#bytes) * 1000) / age;
    this.#compare(usual, Math.max(previousLoss, this.#lastLoss));
    this.#bytes = bytes;
    this.#since = now;
    this.#received = record.receivedMessages;
    this.#expected = record.expectedMessages;
  }

  /** @param loss of this window or the one before */
  #compare(usual: number, loss: number): void {
    const isSlow = this.#speed < usual * SELECTION.collapsedGoodput;
    const isAfterLosses = this.#collapsedWindows > 0 || loss > SELECTION.lossFraction;
    this.#collapsedWindows = isSlow && isAfterLosses ? this.#collapsedWindows + 1 : 0;
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
