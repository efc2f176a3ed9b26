/**
 * Events that wait for somebody who takes them one at a time. It never grows beyond its capacity: who is too
 * slow loses the oldest, and can see how many.
 */
export class EventQueue<Event> implements AsyncIterableIterator<Event> {
  readonly #capacity: number;
  readonly #onClose: () => void;
  /** BOUNDED by the capacity. */
  readonly #events: Event[] = [];
  /** Those who called `next` when there was nothing; BOUNDED by its callers. */
  readonly #takers: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  #missed = 0;
  #isClosed = false;

  /** @param onClose told once, however it ends */
  constructor(capacity: number, onClose: () => void) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`a queue of ${capacity} events`);
    this.#capacity = capacity;
    this.#onClose = onClose;
  }

  /** Events that were dropped because nobody took them in time. */
  get missed(): number {
    return this.#missed;
  }

  push(event: Event): void {
    if (this.#isClosed) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker({ value: event, done: false });
      return;
    }
    if (this.#events.length >= this.#capacity) {
      this.#events.shift();
      this.#missed += 1;
    }
    this.#events.push(event);
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#isClosed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** What `break` in a loop calls: nothing is kept for it any more. */
  return(): Promise<IteratorResult<Event, undefined>> {
    this.#events.length = 0;
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Nothing more will come; what waits can still be taken. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const taker of this.#takers.splice(0)) taker({ value: undefined, done: true });
    this.#onClose();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
