import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as constants from './constants.ts';

const bigint = ({ high, low }: constants.Uint64): bigint => (BigInt(high) << 32n) | BigInt(low);

test('message limits are those of paper 6.1', () => {
  assert.equal(bigint(constants.REKEY_AFTER_MESSAGES), 2n ** 60n);
  assert.equal(bigint(constants.REJECT_AFTER_MESSAGES), 2n ** 64n - 2n ** 13n - 1n);
});

test('no counter of the replay window can wrap before the reject limit', () => {
  assert.ok(bigint(constants.REJECT_AFTER_MESSAGES) + BigInt(constants.REPLAY_WINDOW) < 2n ** 64n);
});

test('attempts times timeout is the 90 s of paper 6.1', () => {
  assert.equal(constants.MAX_HANDSHAKE_ATTEMPTS * constants.REKEY_TIMEOUT_MS, 90_000);
});
