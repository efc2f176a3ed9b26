import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReceiverIndex } from '../engine-port.ts';
import type { Random } from '../random.ts';
import { IndexTable } from './index-table.ts';

/** Draws the given values in turn. */
function scripted(...values: number[]): Random {
  return {
    fill: (target) => target,
    uint32: () => {
      const value = values.shift();
      assert.ok(value !== undefined, 'drew more often than expected');
      return value;
    },
  };
}

describe('IndexTable', () => {
  it('finds a value by the index it was given, over the full 32 bits', () => {
    const table = new IndexTable<string>();
    const random = scripted(0xffff_ffff, 0);
    assert.equal(table.allocate('a', random), 0xffff_ffff);
    assert.equal(table.allocate('b', random), 0);
    assert.equal(table.get(0xffff_ffff as ReceiverIndex), 'a');
    assert.equal(table.get(0 as ReceiverIndex), 'b');
    assert.equal(table.get(1 as ReceiverIndex), undefined);
    assert.equal(table.size, 2);
  });

  it('draws again rather than give an index twice', () => {
    const table = new IndexTable<string>();
    const random = scripted(7, 7, 7, 8);
    assert.equal(table.allocate('a', random), 7);
    assert.equal(table.allocate('b', random), 8);
    assert.equal(table.get(7 as ReceiverIndex), 'a');
  });

  it('forgets a freed index and may give it again', () => {
    const table = new IndexTable<string>();
    const index = table.allocate('a', scripted(7));
    table.free(index);
    table.free(index);
    assert.equal(table.get(index), undefined);
    assert.equal(table.size, 0);
    assert.equal(table.allocate('b', scripted(7)), index);
  });
});
