import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant, WallTime } from '../time.ts';
import { SteadyWall } from './steady-wall.ts';

test('a clock that is set back goes on, and one that is set forward goes with it', () => {
  const clock = new SteadyWall();
  const read = (at: number, wall: number): number => clock.read({ at: at as Instant, wall: wall as WallTime });
  assert.equal(read(100, 5000), 5000);
  assert.equal(read(200, 5100), 5100);
  assert.equal(read(300, 1200), 5200, 'set back by 4000');
  assert.equal(read(400, 5300), 5300, 'and right again');
  assert.equal(read(500, 9400), 9400, 'set forward by 4000');
  assert.equal(read(600, 5500), 9500);
});
