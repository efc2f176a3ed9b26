import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { bootClock, bootInstant, sleptSinceBoot } from './clock.ts';

const skip = process.platform !== 'linux' && 'Linux only';

test('the instant counts whole milliseconds since boot', { skip }, () => {
  const instant = bootInstant(loadSyscalls())();
  assert.ok(Number.isInteger(instant));
  assert.ok(Math.abs(instant - uptime() * 1000) < 2000, `${instant} against an uptime of ${uptime()} s`);
});

test('both clocks advance, the monotonic one never back', { skip }, async () => {
  const clock = bootClock(loadSyscalls());
  const first = clock();
  assert.ok(Math.abs(first.wall - Date.now()) < 1000);
  await setTimeout(20);
  const passed = clock().at - first.at;
  assert.ok(passed >= 15 && passed < 5000, `${passed} ms`);
});

test('time asleep is what the two clocks differ in, and stands still while we are awake', { skip }, async () => {
  const slept = sleptSinceBoot(loadSyscalls());
  const first = slept();
  assert.ok(first >= -1, `${first} ms`);
  await setTimeout(20);
  assert.ok(Math.abs(slept() - first) <= 1);
});
