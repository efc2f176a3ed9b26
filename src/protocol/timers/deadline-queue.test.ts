import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../time.ts';
import { DeadlineQueue } from './deadline-queue.ts';

const at = (value: number): Instant => value as Instant;

test('the earliest deadline comes first, moved ones at their new place', () => {
  const queue = new DeadlineQueue<string>();
  queue.set('a', at(30));
  queue.set('b', at(10));
  queue.set('c', at(20));
  queue.set('b', at(40));
  queue.set('c', undefined);
  assert.equal(queue.earliest(), 30);
  assert.deepEqual(queue.takeDue(at(40)), ['a', 'b']);
  assert.equal(queue.earliest(), undefined);
});

test('nothing is due before its time', () => {
  const queue = new DeadlineQueue<string>();
  queue.set('a', at(30));
  assert.deepEqual(queue.takeDue(at(29)), []);
  assert.deepEqual(queue.takeDue(at(30)), ['a']);
  assert.deepEqual(queue.takeDue(at(30)), []);
});

test('it agrees with a sorted list, whatever is set, moved and removed', () => {
  const change = fc.tuple(fc.nat(20), fc.option(fc.nat(100), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), fc.nat(100), (changes, now) => {
      const queue = new DeadlineQueue<number>();
      const model = new Map<number, number>();
      for (const [key, deadline] of changes) {
        queue.set(key, deadline === undefined ? undefined : at(deadline));
        if (deadline === undefined) model.delete(key);
        else model.set(key, deadline);
        assert.equal(queue.earliest(), model.size === 0 ? undefined : Math.min(...model.values()));
      }
      const due = queue.takeDue(at(now));
      const expected = [...model].filter(([, deadline]) => deadline <= now);
      assert.deepEqual(
        [...due].sort((a, b) => a - b),
        expected.map(([key]) => key).sort((a, b) => a - b),
      );
      const deadlines = due.map((key) => model.get(key) as number);
      assert.deepEqual(
        deadlines,
        [...deadlines].sort((a, b) => a - b),
      );
    }),
  );
});
