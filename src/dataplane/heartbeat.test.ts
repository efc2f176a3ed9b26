import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHeartbeat, Heartbeat } from './heartbeat.ts';
import { CONTROL } from './worker-messages.ts';

function cells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(CONTROL.cells * Int32Array.BYTES_PER_ELEMENT));
}

test('who answers every question is alive', () => {
  const shared = cells();
  const heartbeat = new Heartbeat(shared, () => answerHeartbeat(shared));
  assert.deepEqual([heartbeat.ask(), heartbeat.ask(), heartbeat.ask()], [true, true, true]);
});

test('who does not answer is not, until it does', () => {
  const shared = cells();
  let wakes = 0;
  const heartbeat = new Heartbeat(shared, () => (wakes += 1));
  assert.deepEqual([heartbeat.ask(), heartbeat.ask(), heartbeat.ask()], [true, false, false]);
  assert.equal(wakes, 3, 'woken at every question');
  answerHeartbeat(shared);
  assert.deepEqual([heartbeat.ask(), heartbeat.ask()], [true, false]);
});

test('the count may run over', () => {
  const shared = cells();
  Atomics.store(shared, CONTROL.asked, 0x7fff_ffff);
  answerHeartbeat(shared);
  const heartbeat = new Heartbeat(shared, () => answerHeartbeat(shared));
  assert.deepEqual([heartbeat.ask(), heartbeat.ask()], [true, true]);
  assert.equal(Atomics.load(shared, CONTROL.asked), -0x7fff_ffff);
});
