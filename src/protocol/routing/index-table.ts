/**
 * Receiver indices of one device: by which number a received message finds its handshake or session.
 * They are random, so that they tell an observer nothing and cannot be guessed from outside, and
 * unique (paper 5.4.2).
 */
import type { ReceiverIndex } from '../engine-port.ts';
import type { Random } from '../random.ts';

export class IndexTable<T> {
  /** BOUNDED by its users: each peer has one handshake and three keypairs at most. */
  readonly #values = new Map<ReceiverIndex, T>();

  get size(): number {
    return this.#values.size;
  }

  /** A fresh index for `value`. */
  allocate(value: T, random: Random): ReceiverIndex {
    for (;;) {
      const index = random.uint32() as ReceiverIndex;
      if (this.#values.has(index)) continue;
      this.#values.set(index, value);
      return index;
    }
  }

  get(index: ReceiverIndex): T | undefined {
    return this.#values.get(index);
  }

  /** Nothing happens when the index is not in use. */
  free(index: ReceiverIndex): void {
    this.#values.delete(index);
  }
}
