import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { alternating, measure, repeatsFor } from './measurement.ts';
import { leakyEqual } from './subjects.ts';
import type { Sample } from './welch.ts';
import { LEAK, welchT, worstT } from './welch.ts';

/** Two classes with a long tail, as a busy machine makes it; the second takes `more` nanoseconds longer. */
function samples(more: number, seed: number): Sample[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: 20_000 }, (_, index) => {
    const tail = random.fraction() < 0.02 ? 5_000 * random.fraction() : 0;
    return { kind: index & 1, nanoseconds: 300 + 40 * random.fraction() + tail + (index & 1) * more };
  });
}

test('equal classes are equal, also with a long tail', () => {
  for (const seed of [1, 2, 3, 4, 5]) assert.ok(worstT(samples(0, seed)) < LEAK / 2);
});

test('a difference of one part in a hundred is found, which the tail would hide', () => {
  const leaking = samples(3, 1);
  assert.ok(Math.abs(welchT(leaking)) < LEAK);
  assert.ok(worstT(leaking) > LEAK);
});

test('t is that of the textbook', () => {
  const numbers = (kind: number, from: number): Sample[] =>
    Array.from({ length: 100 }, (_, index) => ({ kind, nanoseconds: from + index }));
  // Both have variance 841.67, so t is 10 / sqrt(2 * 841.67 / 100).
  assert.ok(Math.abs(welchT([...numbers(0, 10), ...numbers(1, 0)]) - 2.4373) < 0.001);
});

test('a comparison that stops at the first difference is found by measuring it', () => {
  const right = new Uint8Array(64).fill(7);
  let hits = 0;
  const subject = alternating([right.with(63, 8), right.with(0, 8)], (input) => {
    if (leakyEqual(input, right)) hits++;
  });
  assert.ok(worstT(measure(subject, repeatsFor(subject), 4_000, 1)) > LEAK);
  assert.equal(hits, 0);
});
