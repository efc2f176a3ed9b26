import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NONE } from './address-words.ts';
import { HostIndex } from './host-index.ts';

/** Few addresses, so that they are met again, and many of them in the same place of a small table. */
const ADDRESS = fc.nat(40).map((number) => Math.imul(number, 0x0101_0101) >>> 0);
const STEP = fc.record({ address: ADDRESS, owner: fc.option(fc.nat(9), { nil: undefined }) });

for (const words of [1, 4] as const) {
  test(`addresses of ${words} words: it answers as a map would, whatever is set and deleted`, () => {
    const property = fc.property(fc.array(STEP, { maxLength: 200 }), (steps) => {
      const index = new HostIndex(words);
      const model = new Map<number, number>();
      const key = (address: number): Uint32Array => new Uint32Array(words).fill(address);
      for (const { address, owner } of steps) {
        if (owner === undefined) index.delete(key(address));
        else index.set(key(address), owner);
        if (owner === undefined) model.delete(address);
        else model.set(address, owner);
      }
      for (let number = 0; number <= 40; number += 1) {
        const address = Math.imul(number, 0x0101_0101) >>> 0;
        assert.equal(index.find(key(address)), model.get(address) ?? NONE);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
}
