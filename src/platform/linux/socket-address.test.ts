import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeSocketAddress, encodeSocketAddress } from './socket-address.ts';

test('sockaddr_in: family, port in network order, address, zeros', () => {
  const bytes = new Uint8Array(20).fill(0xee);
  const address = Uint8Array.of(192, 0, 2, 7);
  assert.equal(encodeSocketAddress(bytes, 2, { address, port: 51820, scopeId: 0 }), 16);
  assert.equal(Buffer.from(bytes).toString('hex'), 'eeee0200ca6cc00002070000000000000000eeee');
  assert.deepEqual(decodeSocketAddress(bytes, 2), { address, port: 51820, scopeId: 0 });
});

test('sockaddr_in6: with flow info zero and the scope', () => {
  const bytes = new Uint8Array(28).fill(0xee);
  const address = Uint8Array.from([0xfe, 0x80, ...new Array<number>(13).fill(0), 9]);
  assert.equal(encodeSocketAddress(bytes, 0, { address, port: 1, scopeId: 0x80000003 }), 28);
  assert.equal(Buffer.from(bytes).toString('hex'), '0a00000100000000fe80000000000000000000000000000903000080');
  assert.deepEqual(decodeSocketAddress(bytes, 0), { address, port: 1, scopeId: 0x80000003 });
});

test('a decoded address is a copy', () => {
  const bytes = new Uint8Array(16);
  encodeSocketAddress(bytes, 0, { address: Uint8Array.of(1, 2, 3, 4), port: 5, scopeId: 0 });
  const { address } = decodeSocketAddress(bytes, 0);
  bytes.fill(0);
  assert.deepEqual([...address], [1, 2, 3, 4]);
});
