/**
 * Cryptokey routing (paper 2): which peer an inner address belongs to. On the way out the destination
 * chooses the peer, on the way in the source must belong to the peer that the packet came from. The
 * longest matching prefix counts, and each prefix has one owner.
 */
import { maskPrefix } from '../address-text.ts';
import type { Prefix } from '../engine-port.ts';
import type { AddressWords } from './address-words.ts';
import { PrefixTrie } from './prefix-trie.ts';

/** Owners are small numbers from 0 up, such as peer ids. Lookups answer -1 where nobody owns an address. */
export class AllowedIps<Owner extends number> {
  readonly #v4 = new PrefixTrie(1);
  readonly #v6 = new PrefixTrie(4);

  /** Gives the prefix to `owner`; one that somebody else holds moves. Host bits are ignored. */
  insert(prefix: Prefix, owner: Owner): void {
    this.#trieOf(prefix).insert(wordsOf(prefix), prefix.length, owner);
  }

  /** Takes exactly this prefix away; false when `owner` does not hold it. */
  remove(prefix: Prefix, owner: Owner): boolean {
    return this.#trieOf(prefix).remove(wordsOf(prefix), prefix.length, owner);
  }

  /** Costs as much as the owner has prefixes. */
  removeOwner(owner: Owner): void {
    this.#v4.removeOwner(owner);
    this.#v6.removeOwner(owner);
  }

  /** @param address a 32-bit number, signed (which costs nothing to pass on) or not; 10.0.0.1 is 0x0a000001 */
  lookup4(address: number): Owner | -1 {
    this.#v4.query[0] = address;
    return this.#v4.longestMatch() as Owner | -1;
  }

  /** The four words of an address, each a 32-bit number, signed or not, most significant first. */
  lookup6(first: number, second: number, third: number, fourth: number): Owner | -1 {
    const { query } = this.#v6;
    query[0] = first;
    query[1] = second;
    query[2] = third;
    query[3] = fourth;
    return this.#v6.longestMatch() as Owner | -1;
  }

  /** The owner's prefixes as they are now, IPv4 first, each family in the order of insertion. */
  entriesOf(owner: Owner): Prefix[] {
    return [...entries(this.#v4, owner), ...entries(this.#v6, owner)];
  }

  #trieOf(prefix: Prefix): PrefixTrie {
    return prefix.address.length === 4 ? this.#v4 : this.#v6;
  }
}

function entries(trie: PrefixTrie, owner: number): Prefix[] {
  const prefixes: Prefix[] = [];
  trie.forEachOf(owner, (words, length) => prefixes.push({ address: bytesOf(words), length }));
  return prefixes.reverse();
}

function wordsOf(prefix: Prefix): AddressWords {
  const { address } = maskPrefix(prefix);
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  return Uint32Array.from({ length: address.length / 4 }, (_, word) => view.getUint32(4 * word));
}

function bytesOf(words: AddressWords): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, index) => {
    view.setUint32(4 * index, word);
  });
  return new Uint8Array(view.buffer);
}
