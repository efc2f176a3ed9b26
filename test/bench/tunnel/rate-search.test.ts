import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trial } from './rate-search.ts';
import { findRate } from './rate-search.ts';

const pathOf =
  (limit: number, senderLimit = Infinity) =>
  (rate: number): Promise<Trial> => {
    const sentPerSecond = Math.min(rate, senderLimit);
    return Promise.resolve({ sentPerSecond, loss: Math.max(0, 1 - limit / sentPerSecond) });
  };

for (const limit of [700, 20_000, 123_456, 3_000_000]) {
  test(`finds a limit of ${limit} packets a second, from below and nearly`, async () => {
    const { rate, trials } = await findRate(20_000, pathOf(limit));
    assert.ok(rate <= limit * 1.002 && rate > limit / 1.07, `${rate}`);
    assert.ok(trials < 60, `${trials} trials`);
  });
}

test('where the sender is the limit, what it managed is the answer', async () => {
  assert.equal((await findRate(20_000, pathOf(1e9, 250_000))).rate, 250_000);
});

test('a mishap or two do not count', async () => {
  let calls = 0;
  const path = pathOf(100_000);
  const { rate } = await findRate(20_000, async (wanted) => {
    calls += 1;
    return calls % 3 !== 0 && wanted < 100_000 ? { sentPerSecond: wanted, loss: 0.5 } : path(wanted);
  });
  assert.ok(rate > 90_000, `${rate}`);
});

test('a path that takes nothing ends the search with nothing', async () => {
  assert.equal((await findRate(20_000, () => Promise.resolve({ sentPerSecond: 1, loss: 1 }))).rate, 0);
});
