/**
 * Which of many peers has something due next: a binary heap of (deadline, key) that knows the place
 * of each key, so that a deadline can be moved without leaving the old one behind.
 */
import type { Instant } from '../time.ts';

interface Entry<Key> {
  readonly key: Key;
  readonly deadline: Instant;
}

export class DeadlineQueue<Key> {
  /** BOUNDED by the number of keys, one entry each: peers of the device. */
  readonly #heap: Entry<Key>[] = [];
  /** Position of each key in the heap; BOUNDED alike. */
  readonly #places = new Map<Key, number>();

  /** Sets, moves or (undefined) removes the deadline of `key`. */
  set(key: Key, deadline: Instant | undefined): void {
    const place = this.#places.get(key);
    if (place !== undefined && this.#heap[place].deadline === deadline) return;
    if (place !== undefined) this.#removeAt(place);
    if (deadline !== undefined) this.#rise(this.#heap.length, { key, deadline });
  }

  /** The earliest deadline. Changes after `set` and `takeDue`. */
  earliest(): Instant | undefined {
    return this.#heap[0]?.deadline;
  }

  /** Removes and returns every key that is due, earliest first. */
  takeDue(now: Instant): Key[] {
    const due: Key[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.deadline <= now; first = this.#heap[0]) {
      due.push(first.key);
      this.#removeAt(0);
    }
    return due;
  }

  /** The last entry fills the gap, and moves up or down from there. */
  #removeAt(place: number): void {
    this.#places.delete(this.#heap[place].key);
    const last = this.#heap.pop() as Entry<Key>;
    if (place === this.#heap.length) return;
    this.#sink(place, last);
    this.#rise(this.#places.get(last.key) as number, last);
  }

  #rise(place: number, entry: Entry<Key>): void {
    let here = place;
    while (here > 0) {
      const parent = (here - 1) >>> 1;
      if (this.#heap[parent].deadline <= entry.deadline) break;
      this.#put(here, this.#heap[parent]);
      here = parent;
    }
    this.#put(here, entry);
  }

  #sink(place: number, entry: Entry<Key>): void {
    let here = place;
    for (;;) {
      const child = this.#earlierChild(here);
      if (child === undefined || entry.deadline <= this.#heap[child].deadline) break;
      this.#put(here, this.#heap[child]);
      here = child;
    }
    this.#put(here, entry);
  }

  #earlierChild(place: number): number | undefined {
    const left = 2 * place + 1;
    if (left >= this.#heap.length) return undefined;
    const right = left + 1;
    return right < this.#heap.length && this.#heap[right].deadline < this.#heap[left].deadline ? right : left;
  }

  #put(place: number, entry: Entry<Key>): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }
}
