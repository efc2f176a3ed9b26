import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeWireGuard } from './wireguard-rule.ts';

function datagram(size: number, ...start: number[]): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(start);
  return bytes;
}

test('the messages of plain WireGuard match', () => {
  for (const [type, size] of [
    [1, 148],
    [2, 92],
    [3, 64],
    [4, 32],
    [4, 1440],
  ] as const) {
    assert.equal(looksLikeWireGuard(datagram(size, type)), true, `type ${type}, ${size} bytes`);
  }
});

test('another size, type or reserved byte does not match', () => {
  for (const [type, size] of [
    [1, 149],
    [2, 148],
    [3, 65],
    [4, 16],
    [4, 33],
    [0, 148],
    [5, 64],
    [255, 148],
  ] as const) {
    assert.equal(looksLikeWireGuard(datagram(size, type)), false, `type ${type}, ${size} bytes`);
  }
  for (const at of [1, 2, 3]) {
    const bytes = datagram(148, 1);
    bytes[at] = 1;
    assert.equal(looksLikeWireGuard(bytes), false);
  }
});

test('datagrams too short for a type do not match', () => {
  for (let size = 0; size < 4; size++) assert.equal(looksLikeWireGuard(datagram(size, ...[4].slice(0, size))), false);
});
