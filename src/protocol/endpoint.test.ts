import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, endpoint } from '../testing/addresses.ts';
import { sameEndpoint, withoutLocal } from './endpoint.ts';

const HERE = endpoint('192.0.2.1', 51820);

test('places are told apart by address, port and zone, not by where we speak to them from', () => {
  const local = { address: address('198.51.100.1'), interfaceIndex: 3 };
  assert.equal(sameEndpoint(HERE, { ...HERE, local }), true);
  for (const other of [endpoint('192.0.2.2', 51820), endpoint('192.0.2.1', 51821), { ...HERE, scopeId: 1 }]) {
    assert.equal(sameEndpoint(HERE, other), false);
  }
});

test('a bundle is the same as itself, wherever its connections come from, and never a place of UDP', () => {
  const bundle = { ...HERE, bundle: 1 };
  assert.equal(sameEndpoint(bundle, { ...endpoint('192.0.2.9', 7), bundle: 1 }), true);
  assert.equal(sameEndpoint(bundle, { ...HERE, bundle: 2 }), false);
  assert.equal(sameEndpoint(bundle, HERE), false);
  assert.equal(sameEndpoint(HERE, { ...HERE, bundle: 0 }), false);
});

test('without our own address everything else stays', () => {
  const local = { address: address('198.51.100.1'), interfaceIndex: 3 };
  assert.deepEqual(withoutLocal({ ...HERE, local }), HERE);
  assert.deepEqual(withoutLocal({ ...HERE, bundle: 5, local }), { ...HERE, bundle: 5 });
});
