import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, isAfter } from '../tai64n.ts';
import type { WallTime } from '../time.ts';
import { TimestampSource } from './timestamp-source.ts';

const NOON = 1_800_000_000_000;
const wall = (milliseconds: number): WallTime => (NOON + milliseconds) as WallTime;

test('a stamp is the time', () => {
  assert.deepEqual(new TimestampSource().next(wall(0)), encode(wall(0)));
});

test('stamps rise when the clock is set back, and follow it again when it has caught up', () => {
  const source = new TimestampSource();
  let last = source.next(wall(0));
  for (const back of [-1, -3_600_000, -86_400_000, -86_400_000, 0]) {
    const next = source.next(wall(back));
    assert.ok(isAfter(next, last));
    last = next;
  }
  assert.deepEqual(source.next(wall(10_000)), encode(wall(10_000)));
});

test('stamps rise within one step of the clock, across seconds', () => {
  const source = new TimestampSource();
  let last = source.next(wall(0));
  for (let i = 0; i < 200; i++) {
    const next = source.next(wall(0));
    assert.ok(isAfter(next, last));
    assert.equal(next[9] | next[10] | next[11], 0, 'whitened');
    assert.ok(new DataView(next.buffer).getUint32(8) < 1_000_000_000);
    last = next;
  }
  assert.ok(isAfter(last, encode(wall(3_000))) && !isAfter(last, encode(wall(4_000))));
});
