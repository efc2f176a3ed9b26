import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../random.ts';
import { exactly } from '../range.ts';
import { keypairLimits, sameLimits, WIREGUARD_TIMING } from './timing.ts';

const never: Random = { fill: (target) => target, uint32: () => assert.fail('there is nothing to choose') };

test('plain WireGuard: exact values, and a jitter of up to 333 ms', () => {
  const { rekeyTimeoutJitter, ...exact } = WIREGUARD_TIMING;
  assert.deepEqual(rekeyTimeoutJitter, { low: 0, high: 333 });
  for (const [name, { low, high }] of Object.entries(exact)) assert.equal(low, high, name);
});

test('a receiver asks for new keys a keepalive and a handshake before the old ones end', () => {
  assert.deepEqual(keypairLimits(WIREGUARD_TIMING, never), {
    rekeyAfter: 120_000,
    rekeyOnReceiveAfter: 165_000,
    rejectAfter: 180_000,
  });
  const short = { ...WIREGUARD_TIMING, rejectAfterTime: exactly(10_000) };
  assert.equal(keypairLimits(short, never).rekeyOnReceiveAfter, 0, 'never a negative age');
});

test('limits are the same when all of them are', () => {
  const limits = keypairLimits(WIREGUARD_TIMING, never);
  assert.ok(sameLimits(limits, { ...limits }));
  for (const name of Object.keys(limits)) assert.ok(!sameLimits(limits, { ...limits, [name]: 1 }), name);
});
