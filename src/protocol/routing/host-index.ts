/**
 * Owners of whole addresses, the prefixes of full length: a hash table beside the trie. Most peers have such
 * addresses and nothing else, and nothing is longer, so what is found here is the longest match; and it is
 * found in the same time among ten and among ten thousand.
 *
 * Open addressing with linear probing, at most half full, in flat typed arrays: a lookup allocates nothing.
 * BOUNDED: by the prefixes stored, as the trie is. Whoever chooses addresses so that they collide must have
 * them in our configuration.
 */
import type { AddressWords } from './address-words.ts';
import { NONE } from './address-words.ts';

const INITIAL_SLOTS = 16;

export class HostIndex {
  readonly #words: number;
  /** `#words` for each slot. */
  #keys: Uint32Array;
  /** NONE where the slot is free. */
  #owners = new Int32Array(INITIAL_SLOTS).fill(NONE);
  #mask = INITIAL_SLOTS - 1;
  /** Of a hash the highest bits count, as many as there are in a slot's number. */
  #shift = Math.clz32(INITIAL_SLOTS - 1);
  #size = 0;

  constructor(words: 1 | 4) {
    this.#words = words;
    this.#keys = new Uint32Array(words * INITIAL_SLOTS);
  }

  /** The owner, or NONE. */
  find(address: AddressWords): number {
    return this.#owners[this.#slotOf(address)];
  }

  set(address: AddressWords, owner: number): void {
    const slot = this.#slotOf(address);
    if (this.#owners[slot] === NONE) this.#size += 1;
    this.#keys.set(address, slot * this.#words);
    this.#owners[slot] = owner;
    if (2 * this.#size > this.#mask) this.#grow();
  }

  delete(address: AddressWords): void {
    const slot = this.#slotOf(address);
    if (this.#owners[slot] === NONE) return;
    this.#owners[slot] = NONE;
    this.#size -= 1;
    this.#closeGap(slot);
  }

  /** Where the address is, or the free slot where it would be. */
  #slotOf(address: AddressWords): number {
    let slot = hashOf(address) >>> this.#shift;
    while (this.#owners[slot] !== NONE && !this.#holds(slot, address)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #holds(slot: number, address: AddressWords): boolean {
    const first = slot * this.#words;
    for (let word = 0; word < this.#words; word += 1) if (this.#keys[first + word] !== address[word]) return false;
    return true;
  }

  /** What was put further on because the gap was taken moves up: a search ends at a free slot (Knuth 6.4, algorithm R). */
  #closeGap(freed: number): void {
    let gap = freed;
    for (let slot = (gap + 1) & this.#mask; this.#owners[slot] !== NONE; slot = (slot + 1) & this.#mask) {
      const home = hashOf(this.#keyAt(slot)) >>> this.#shift;
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue;
      this.#keys.copyWithin(gap * this.#words, slot * this.#words, (slot + 1) * this.#words);
      this.#owners[gap] = this.#owners[slot];
      this.#owners[slot] = NONE;
      gap = slot;
    }
  }

  #grow(): void {
    const [keys, owners] = [this.#keys, this.#owners];
    const slots = 2 * owners.length;
    this.#keys = new Uint32Array(this.#words * slots);
    this.#owners = new Int32Array(slots).fill(NONE);
    this.#mask = slots - 1;
    this.#shift = Math.clz32(slots - 1);
    this.#size = 0;
    owners.forEach((owner, slot) => {
      if (owner !== NONE) this.set(keys.subarray(slot * this.#words, (slot + 1) * this.#words), owner);
    });
  }

  #keyAt(slot: number): AddressWords {
    return this.#keys.subarray(slot * this.#words, (slot + 1) * this.#words);
  }
}

/** Fibonacci hashing (Knuth 6.4) of each word: neighbours end up far apart, by the high bits. */
function hashOf(address: AddressWords): number {
  let hash = 0;
  for (let word = 0; word < address.length; word += 1) hash = Math.imul(hash ^ address[word], 0x9e37_79b1);
  return hash;
}
