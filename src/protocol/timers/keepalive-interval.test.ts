import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactly } from '../range.ts';
import { isOff, keepaliveInterval, keepaliveRange, plainKeepalive } from './keepalive-interval.ts';

test('a number or a range of seconds becomes an interval in milliseconds', () => {
  assert.deepEqual(keepaliveInterval(keepaliveRange(25)), exactly(25_000));
  assert.deepEqual(keepaliveInterval(keepaliveRange({ low: 0, high: 65_535 })), { low: 0, high: 65_535_000 });
});

test('0 is off, as a number and as a range', () => {
  for (const off of [0, { low: 0, high: 0 }]) {
    assert.equal(isOff(keepaliveRange(off)), true);
    assert.equal(keepaliveInterval(keepaliveRange(off)), undefined);
  }
  assert.equal(isOff(keepaliveRange({ low: 0, high: 1 })), false);
});

test('is shown as short as it can be said', () => {
  assert.equal(plainKeepalive(keepaliveRange(25)), 25);
  assert.equal(plainKeepalive(keepaliveRange({ low: 25, high: 25 })), 25);
  assert.deepEqual(plainKeepalive(keepaliveRange({ low: 20, high: 30 })), { low: 20, high: 30 });
});

test('anything else is refused', () => {
  const bad = [
    -1,
    1.5,
    Number.NaN,
    65_536,
    { low: 5, high: 4 },
    { low: 0, high: 65_536 },
    { low: Number.NaN, high: 4 },
  ];
  for (const seconds of bad) assert.throws(() => keepaliveRange(seconds), { code: 'bad-keepalive' });
  assert.throws(() => keepaliveRange({ low: 5, high: 4 }), { message: /of 5-4 seconds is not within 0 to 65535/ });
});
