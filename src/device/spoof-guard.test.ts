import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../protocol/address-text.ts';
import { guardChains } from './spoof-guard.ts';

const addresses = ['10.0.0.2', 'fd00::2'].map((text) => ({
  address: parseAddress(text) ?? new Uint8Array(),
  length: 24,
}));

test('addresses of families whose default route is in the tunnel are guarded, and marks kept', () => {
  const chains = guardChains({ interfaceName: 'wg0', addresses, defaultFamilies: [4], mark: 51820 });
  assert.deepEqual(
    chains.map(({ rules }) => rules),
    [
      ['iifname != "wg0" ip daddr 10.0.0.2 fib saddr type != local counter drop'],
      ['meta nfproto ipv4 meta l4proto { tcp, udp } meta mark 51820 ct mark set meta mark'],
      ['meta nfproto ipv4 meta l4proto { tcp, udp } ct mark 51820 meta mark set ct mark'],
    ],
  );
  const both = guardChains({ interfaceName: 'wg0', addresses, defaultFamilies: [4, 6], mark: 1 });
  assert.deepEqual(
    both.map(({ rules }) => rules.length),
    [2, 2, 2],
  );
});

test('without a default route there is nothing to guard', () => {
  assert.deepEqual(guardChains({ interfaceName: 'wg0', addresses, defaultFamilies: [], mark: 0 }), []);
});
