import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from './figure.ts';
import { percentile, quartiles, ratiosOf, ratioToYardstick, relativeSpread } from './statistics.ts';

test('a median of an odd count is the middle sample, of an even count the mean of the middle two', () => {
  assert.equal(percentile([9, 1, 5], 0.5), 5);
  assert.equal(percentile([4, 1, 3, 2], 0.5), 2.5);
});

test('percentiles interpolate, and nothing has no percentile', () => {
  assert.equal(percentile([0, 10], 0.99), 9.9);
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('samples sort as numbers and stay as they were', () => {
  const samples = [100, 9, 20];
  assert.equal(percentile(samples, 0), 9);
  assert.deepEqual(samples, [100, 9, 20]);
});

test('quartiles hold the middle half, and one outlier does not move them', () => {
  assert.deepEqual(quartiles([1, 2, 3, 4, 5]), { lower: 2, upper: 4 });
  assert.deepEqual(quartiles([1, 2, 3, 4, 500]), { lower: 2, upper: 4 });
});

test('the spread is relative, and none where nothing varies, not even around zero', () => {
  assert.equal(relativeSpread([90, 100, 110]), 0.05);
  assert.equal(relativeSpread([0, 0, 0]), 0);
  assert.equal(relativeSpread([5]), 0);
});

test('ratios are taken within each round: a slow round slows both', () => {
  const figure: Figure = {
    section: 'tunnel',
    table: 'throughput',
    subject: 'ours',
    measure: { name: 'one stream', unit: 'Gbit/s', better: 'higher' },
    rounds: [4, 2, 40],
    yardstick: { name: 'theirs', rounds: [2, 1, 20] },
  };
  assert.equal(ratioToYardstick(figure), 2);
});

test('no ratio where rounds do not pair or the yardstick is zero', () => {
  assert.equal(ratiosOf([1, 2], [1]), undefined);
  assert.equal(ratiosOf([1], [0]), undefined);
  assert.equal(ratiosOf([], []), undefined);
});
