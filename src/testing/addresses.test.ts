import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, endpoint, endpointKey } from './addresses.ts';

test('addresses of both families', () => {
  assert.deepEqual(address('192.0.2.255'), Uint8Array.of(192, 0, 2, 255));
  assert.deepEqual(address('::1').at(15), 1);
});

test('anything else is quoted in the error', () => {
  for (const text of ['', '1.2.3', '1.2.3.256', 'fe80::1%eth0', 'host']) {
    assert.throws(() => address(text), { name: 'TypeError', message: `not an IP address: '${text}'` });
  }
});

test('keys tell addresses, ports and families apart', () => {
  const ends = [endpoint('10.0.0.1', 1), endpoint('10.0.0.1', 2), endpoint('10.0.0.2', 1), endpoint('::10.0.0.1', 1)];
  assert.equal(new Set(ends.map(endpointKey)).size, 4);
});
