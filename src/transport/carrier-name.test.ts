import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRIER_NAMES, CARRIER_OVERHEAD } from './carrier-name.ts';

test('every carrier has its overhead, UDP the least', () => {
  assert.deepEqual(Object.keys(CARRIER_OVERHEAD), [...CARRIER_NAMES]);
  const overheads = CARRIER_NAMES.map((name) => CARRIER_OVERHEAD[name]);
  assert.deepEqual(
    overheads,
    overheads.toSorted((a, b) => a - b),
  );
});
