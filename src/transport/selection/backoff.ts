/** When to try again what did not work: later each time, up to a limit. */
import type { Instant } from '../../protocol/time.ts';
import { after } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';

export class Backoff {
  #first: number;
  #wait: number;
  #dueAt = 0 as Instant;

  /** @param first milliseconds until the first repetition */
  constructor(first: number) {
    this.#first = first;
    this.#wait = first;
  }

  isDue(now: Instant): boolean {
    return now >= this.#dueAt;
  }

  /** It failed (again). Where this is a worse failure than before, `first` is the least wait from now on. */
  failed(now: Instant, first: number = this.#first): void {
    this.#first = first;
    this.#wait = Math.max(this.#wait, first);
    this.#dueAt = after(now, this.#wait);
    this.#wait = Math.min(this.#wait * 2, SELECTION.longestBackoff);
  }

  /** Asks again after the present wait; nothing has been learnt. */
  postpone(now: Instant, milliseconds: number): void {
    this.#dueAt = after(now, milliseconds);
  }

  /** It works: the next failure is a first one. */
  reset(): void {
    this.#wait = this.#first;
  }
}
