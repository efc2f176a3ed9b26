import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { junkTrain } from './junk.ts';

function sizes(datagrams: readonly Uint8Array[]): number[] {
  return datagrams.map((each) => each.length);
}

describe('junkTrain', () => {
  it('draws sizes from Jmin to Jmax, both included', () => {
    const train = junkTrain({ count: 500, minimum: 10, maximum: 13 }, new SeededRandom(1));
    assert.equal(train.length, 500);
    assert.deepEqual(
      [...new Set(sizes(train))].sort((a, b) => a - b),
      [10, 11, 12, 13],
    );
  });

  it('has one size where both are equal', () => {
    assert.deepEqual(sizes(junkTrain({ count: 3, minimum: 40, maximum: 40 }, new SeededRandom(1))), [40, 40, 40]);
  });

  it('may draw datagrams without bytes, but sends none for a Jmax of 0', () => {
    assert.ok(sizes(junkTrain({ count: 50, minimum: 0, maximum: 1 }, new SeededRandom(1))).includes(0));
    assert.deepEqual(junkTrain({ count: 5, minimum: 0, maximum: 0 }, new SeededRandom(1)), []);
  });

  it('never repeats its bytes', () => {
    const train = junkTrain({ count: 4, minimum: 32, maximum: 32 }, new SeededRandom(1));
    assert.equal(new Set(train.map((each) => each.join())).size, 4);
  });
});
