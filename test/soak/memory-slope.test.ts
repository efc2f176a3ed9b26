import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySlope } from './memory-slope.ts';

const MIB = 2 ** 20;

test('the slope is that of the line through the samples, the beginning left out', () => {
  const slope = new MemorySlope();
  for (let minute = 0; minute < 2; minute += 1) slope.add({ minutes: minute, rss: 0, heap: 0 });
  assert.equal(slope.slopeOf('rss'), undefined);
  for (let minute = 2; minute < 10; minute += 1)
    slope.add({ minutes: minute, rss: (100 + 3 * minute) * MIB, heap: MIB });
  assert.ok(Math.abs((slope.slopeOf('rss') ?? 0) - 3) < 1e-9);
  assert.equal(slope.slopeOf('heap'), 0);
});
