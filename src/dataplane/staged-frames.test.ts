import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_STAGED_PACKETS } from '../protocol/constants.ts';
import { StagedFrames, StagingBudget } from './staged-frames.ts';

const frame = (mark: number, bytes = 100): Uint8Array => new Uint8Array(bytes).fill(mark);

test('frames come back oldest first, as copies', () => {
  const staged = new StagedFrames(new StagingBudget());
  const first = frame(1);
  staged.push(first);
  staged.push(frame(2));
  first.fill(9);
  assert.deepEqual(
    staged.takeAll().map((bytes) => bytes[0]),
    [1, 2],
  );
  assert.equal(staged.size, 0);
});

test('a full queue drops its oldest frame', () => {
  const staged = new StagedFrames(new StagingBudget());
  for (let mark = 0; mark < MAX_STAGED_PACKETS; mark += 1) assert.equal(staged.push(frame(mark)), 0);
  assert.equal(staged.push(frame(200)), 1);
  const marks = staged.takeAll().map((bytes) => bytes[0]);
  assert.equal(marks.length, MAX_STAGED_PACKETS);
  assert.equal(marks[0], 1);
  assert.equal(marks.at(-1), 200);
});

test('all peers together stay within the budget, and taking gives it back', () => {
  const budget = new StagingBudget(250);
  const one = new StagedFrames(budget);
  const other = new StagedFrames(budget);
  one.push(frame(1));
  one.push(frame(2));
  assert.equal(other.push(frame(3)), 1, 'nothing of its own to drop: the new frame goes');
  assert.equal(other.size, 0);
  assert.equal(one.push(frame(4)), 1, 'makes room by its own oldest');
  one.takeAll();
  assert.equal(other.push(frame(5, 250)), 0);
});
