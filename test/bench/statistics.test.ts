import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from './statistics.ts';

test('a median of an odd count is the middle sample, of an even count the mean of the middle two', () => {
  assert.equal(percentile([9, 1, 5], 0.5), 5);
  assert.equal(percentile([4, 1, 3, 2], 0.5), 2.5);
});

test('percentiles interpolate, and nothing has no percentile', () => {
  assert.equal(percentile([0, 10], 0.99), 9.9);
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});
