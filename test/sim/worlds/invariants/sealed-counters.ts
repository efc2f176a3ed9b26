/**
 * Invariant "counters": no key ever seals two messages with one counter, because the counter is the nonce.
 * Seen where the kernel seals, by the bytes of the key, whoever has it.
 */
import { REJECT_AFTER_MESSAGES } from '../../../../src/protocol/constants.ts';
import { keptRecently } from './kept-recently.ts';
import { InvariantViolation } from './violation.ts';

interface LastCounter {
  readonly host: number;
  high: number;
  low: number;
}

/** Keys of a world that are remembered; a host has a few for each peer, and uses none of them for long. */
const MAX_KEYS = 4096;

export class SealedCounters {
  /** BOUNDED by MAX_KEYS. */
  readonly #last = new Map<string, LastCounter>();

  seal(host: number, key: string, high: number, low: number): void {
    if (high === REJECT_AFTER_MESSAGES.high && low >= REJECT_AFTER_MESSAGES.low)
      throw new InvariantViolation('counters', `host ${host} went past the last counter`);
    const last = this.#last.get(key);
    if (last === undefined) {
      keptRecently(this.#last, MAX_KEYS, key, { host, high, low });
      return;
    }
    if (last.host !== host)
      throw new InvariantViolation('counters', `hosts ${last.host} and ${host} seal with one key`);
    if (high < last.high || (high === last.high && low <= last.low))
      throw new InvariantViolation('counters', `host ${host} used ${high}:${low} after ${last.high}:${last.low}`);
    last.high = high;
    last.low = low;
  }
}
