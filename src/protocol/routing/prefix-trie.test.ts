/** The trie against a plain list, with more prefixes than it has room for at first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NONE } from './address-words.ts';
import { PrefixTrie } from './prefix-trie.ts';

type Words = 1 | 4;

interface Entry {
  readonly address: Uint32Array;
  readonly length: number;
  owner: number;
}

function bit(address: Uint32Array, index: number): number {
  return Number((BigInt(address[Math.floor(index / 32)]) >> BigInt(31 - (index % 32))) & 1n);
}

function contains({ address, length }: Entry, other: Uint32Array): boolean {
  for (let index = 0; index < length; index += 1) if (bit(address, index) !== bit(other, index)) return false;
  return true;
}

/** What the trie must be like. */
class PlainList {
  entries: Entry[] = [];

  insert(address: Uint32Array, length: number, owner: number): void {
    this.remove(address, length);
    this.entries.push({ address, length, owner });
  }

  remove(address: Uint32Array, length: number): void {
    this.entries = this.entries.filter((entry) => entry.length !== length || !contains(entry, address));
  }

  longestMatch(address: Uint32Array): number {
    const matches = this.entries.filter((entry) => contains(entry, address));
    return matches.toSorted((a, b) => b.length - a.length)[0]?.owner ?? NONE;
  }
}

/** Few bits differ, so that prefixes are within each other, in every word. */
function prefixes(
  words: Words,
): fc.Arbitrary<{ address: Uint32Array; length: number; owner: number; isAdded: boolean }> {
  const word = fc.constantFrom(0, 1, 0x8000_0000, 0xc000_0000, 0xffff_ffff, 0x5555_5555, 0x0000_ff00);
  return fc
    .record({
      address: fc.array(word, { minLength: words, maxLength: words }),
      length: fc.oneof(fc.integer({ min: 0, max: 32 * words }), fc.constantFrom(0, 31, 32, 32 * words)),
      owner: fc.integer({ min: 0, max: 5 }),
      isAdded: fc.boolean(),
    })
    .map(({ address, length, ...rest }) => ({ address: masked(Uint32Array.from(address), length), length, ...rest }));
}

function masked(address: Uint32Array, length: number): Uint32Array {
  return address.map((_, word) => {
    let kept = 0n;
    for (let index = 32 * word; index < 32 * word + 32; index += 1)
      kept = (kept << 1n) | BigInt(index < length ? bit(address, index) : 0);
    return Number(kept);
  });
}

function ask(trie: PrefixTrie, address: Uint32Array): number {
  trie.query.set(address);
  return trie.longestMatch();
}

function expectAlike(trie: PrefixTrie, list: PlainList, probes: readonly Uint32Array[]): void {
  for (const probe of probes) assert.equal(ask(trie, probe), list.longestMatch(probe), probe.join(' '));
  assert.ok(
    trie.nodes <= Math.max(0, 2 * list.entries.length - 1),
    `${trie.nodes} nodes, ${list.entries.length} prefixes`,
  );
  assert.ok(trie.nodes >= list.entries.length);
}

function listed(trie: PrefixTrie, owner: number): string[] {
  const found: string[] = [];
  trie.forEachOf(owner, (address, length) => found.push(`${address.join(' ')}/${length}`));
  return found;
}

describe('PrefixTrie', () => {
  for (const words of [1, 4] as const) {
    it(`answers as a list does, with addresses of ${32 * words} bits`, () => {
      fc.assert(
        fc.property(fc.array(prefixes(words), { minLength: 1, maxLength: 120 }), (steps) => {
          const [trie, list] = [new PrefixTrie(words), new PlainList()];
          const probes = steps.map(({ address }) => address).slice(0, 20);
          for (const { address, length, owner } of steps) {
            trie.insert(address, length, owner);
            list.insert(address, length, owner);
          }
          expectAlike(trie, list, probes);
          for (const { address, length, isAdded } of steps) {
            if (isAdded) continue;
            const holder = list.entries.find((entry) => entry.length === length && contains(entry, address));
            assert.equal(trie.remove(address, length, holder?.owner ?? 0), holder !== undefined);
            list.remove(address, length);
          }
          expectAlike(trie, list, probes);
          for (let owner = 0; owner < 6; owner += 1) {
            const newestFirst = list.entries.filter((entry) => entry.owner === owner).toReversed();
            assert.deepEqual(
              listed(trie, owner),
              newestFirst.map(({ address, length }) => `${address.join(' ')}/${length}`),
            );
            trie.removeOwner(owner);
            assert.deepEqual(listed(trie, owner), []);
          }
          assert.equal(trie.nodes, 0, 'nothing is left of it');
          assert.equal(ask(trie, probes[0]), NONE);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('uses the nodes of what was removed again', () => {
    const trie = new PrefixTrie(1);
    for (let round = 0; round < 50; round += 1) {
      for (let host = 0; host < 40; host += 1) trie.insert(Uint32Array.of(round * 1000 + host), 32, host);
      for (let host = 0; host < 40; host += 1) assert.equal(ask(trie, Uint32Array.of(round * 1000 + host)), host);
      for (let host = 0; host < 40; host += 1) trie.removeOwner(host);
      assert.equal(trie.nodes, 0);
    }
  });
});
