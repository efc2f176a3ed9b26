import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { Backoff } from './backoff.ts';

const at = (milliseconds: number): Instant => milliseconds as Instant;

/** Fails as soon as it is due; returns how long it waited each time. */
function waits(backoff: Backoff, times: number): number[] {
  const found: number[] = [];
  for (let now = 1_000; found.length < times; ) {
    backoff.failed(at(now));
    const failedAt = now;
    while (!backoff.isDue(at(now))) now += 500;
    found.push(now - failedAt);
  }
  return found;
}

test('due at once, then after twice as long each time, up to ten minutes', () => {
  const backoff = new Backoff(15_000);
  assert.ok(backoff.isDue(at(0)));
  assert.deepEqual(waits(backoff, 8), [15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
});

test('after a success the next failure is a first one again', () => {
  const backoff = new Backoff(15_000);
  waits(backoff, 4);
  backoff.reset();
  assert.deepEqual(waits(backoff, 2), [15_000, 30_000]);
});

test('a worse failure raises the least wait, a postponement none', () => {
  const backoff = new Backoff(15_000);
  backoff.failed(at(0), 30_000);
  assert.ok(!backoff.isDue(at(29_999)));
  assert.ok(backoff.isDue(at(30_000)));
  backoff.postpone(at(30_000), 100);
  assert.ok(!backoff.isDue(at(30_099)));
  assert.ok(backoff.isDue(at(30_100)));
  assert.deepEqual(waits(backoff, 1), [60_000]);
});
