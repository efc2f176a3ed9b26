import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../protocol/time.ts';
import { VirtualClock } from './virtual-clock.ts';

test('both clocks advance together', () => {
  const clock = new VirtualClock({ start: 100, wall: 5000 });
  clock.advance(30);
  assert.deepEqual(clock.now(), { at: 130, wall: 5030 });
});

test('a wall step does not move monotonic time', () => {
  const clock = new VirtualClock({ start: 100, wall: 5000 });
  clock.stepWall(-4000);
  assert.deepEqual(clock.now(), { at: 100, wall: 1000 });
});

test('tasks run in order of time, each at its own time, equal ones as scheduled', () => {
  const clock = new VirtualClock({ start: 0 });
  const log: string[] = [];
  const note = (name: string) => () => void log.push(`${name}@${clock.at}`);
  clock.scheduleIn(20, note('late'));
  clock.scheduleIn(10, note('first'));
  clock.scheduleIn(10, note('second'));
  clock.advance(15);
  assert.deepEqual(log, ['first@10', 'second@10']);
  assert.equal(clock.nextTask(), 20);
  clock.advance(5);
  assert.deepEqual(log.at(-1), 'late@20');
  assert.equal(clock.nextTask(), undefined);
});

test('a task scheduled by a task runs in the same advance when it is due', () => {
  const clock = new VirtualClock({ start: 0 });
  const ran: number[] = [];
  const tick = () => {
    ran.push(clock.at);
    clock.scheduleIn(10, tick);
  };
  clock.scheduleIn(10, tick);
  clock.advance(35);
  assert.deepEqual(ran, [10, 20, 30]);
});

test('a cancelled task does not run, and time never goes back', () => {
  const clock = new VirtualClock({ start: 50 });
  let ran = false;
  const cancel = clock.scheduleIn(1, () => {
    ran = true;
  });
  cancel();
  cancel();
  clock.advance(5);
  clock.advanceTo(10 as Instant);
  assert.deepEqual([ran, clock.at], [false, 55]);
});
