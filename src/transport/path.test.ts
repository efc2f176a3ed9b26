import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Endpoint } from '../protocol/endpoint.ts';
import { PATH_BYTES, STREAM_FAMILY } from './carrier.ts';
import { decodePath, encodePath, isStreamPath, samePath, sameRemote } from './path.ts';

const plain = { noNullPrototype: true } as const;
const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).filter((bytes) => bytes.some((byte) => byte !== 0));

function endpointOf(length: 4 | 16): fc.Arbitrary<Endpoint> {
  const index = fc.integer({ min: 0, max: 0xffffffff });
  const fields = {
    address: bytesOf(length),
    port: fc.integer({ min: 0, max: 65535 }),
    scopeId: length === 4 ? fc.constant(0) : index,
  };
  const local = fc.record({ address: bytesOf(length), interfaceIndex: index }, plain);
  const bundle = fc.integer({ min: 0, max: 0xffffffff });
  return fc.oneof(
    fc.record(fields, plain),
    fc.record({ ...fields, local }, plain),
    fc.record({ ...fields, scopeId: index, bundle }, plain),
  );
}

const endpoints = fc.oneof(endpointOf(4), endpointOf(16));

const isSame = (one: Endpoint, other: Endpoint): boolean =>
  one.bundle === undefined ? JSON.stringify(one) === JSON.stringify(other) : one.bundle === other.bundle;

test('an endpoint survives the way into a path record and back', () => {
  fc.assert(
    fc.property(endpoints, (endpoint) => {
      const bytes = new Uint8Array(PATH_BYTES + 8).fill(0xee);
      encodePath(bytes, 4, endpoint);
      assert.deepEqual(decodePath(bytes, 4), endpoint);
      assert.ok(bytes.subarray(0, 4).every((byte) => byte === 0xee));
      assert.ok(bytes.subarray(PATH_BYTES + 4).every((byte) => byte === 0xee));
    }),
  );
});

test('equal endpoints are equal records, whatever was there before', () => {
  const words = new Uint32Array((3 * PATH_BYTES) / 4);
  const bytes = new Uint8Array(words.buffer);
  fc.assert(
    fc.property(endpoints, endpoints, fc.nat(255), (one, other, garbage) => {
      bytes.fill(garbage);
      encodePath(bytes, 0, one);
      encodePath(bytes, PATH_BYTES, other);
      encodePath(bytes, 2 * PATH_BYTES, { ...one });
      assert.equal(samePath(words, 0, 2 * PATH_BYTES), true);
      assert.equal(samePath(words, 0, PATH_BYTES), isSame(one, other));
    }),
  );
});

test('a change of our own address is another path', () => {
  const words = new Uint32Array((2 * PATH_BYTES) / 4);
  const bytes = new Uint8Array(words.buffer);
  const remote = { address: Uint8Array.of(192, 0, 2, 1), port: 51820, scopeId: 0 };
  encodePath(bytes, 0, { ...remote, local: { address: Uint8Array.of(10, 0, 0, 1), interfaceIndex: 2 } });
  encodePath(bytes, PATH_BYTES, { ...remote, local: { address: Uint8Array.of(10, 0, 0, 2), interfaceIndex: 2 } });
  assert.equal(samePath(words, 0, PATH_BYTES), false);
});

test('a bundle is where its number says, whatever port its connections have', () => {
  const words = new Uint32Array((3 * PATH_BYTES) / 4);
  const bytes = new Uint8Array(words.buffer);
  const remote = { address: Uint8Array.of(192, 0, 2, 1), port: 443, scopeId: 0 };
  encodePath(bytes, 0, { ...remote, bundle: 0x8000_0001 });
  encodePath(bytes, PATH_BYTES, { ...remote, port: 444, bundle: 0x8000_0001 });
  encodePath(bytes, 2 * PATH_BYTES, { ...remote, bundle: 2 });
  for (const same of [samePath, sameRemote]) {
    assert.deepEqual([same(words, 0, PATH_BYTES), same(words, 0, 2 * PATH_BYTES)], [true, false]);
  }
  encodePath(bytes, PATH_BYTES, remote);
  for (const same of [samePath, sameRemote]) {
    assert.deepEqual([same(words, 0, PATH_BYTES), same(words, PATH_BYTES, 0)], [false, false]);
  }
  assert.deepEqual([isStreamPath(words, 0), isStreamPath(words, PATH_BYTES)], [true, false]);
});

test('the record of a bundle is laid out as other threads expect it', () => {
  const bytes = new Uint8Array(PATH_BYTES);
  encodePath(bytes, 0, { address: Uint8Array.of(192, 0, 2, 1), port: 443, scopeId: 0, bundle: 0x01020304 });
  const view = new DataView(bytes.buffer);
  assert.deepEqual(
    [view.getUint16(0, true), view.getUint16(2), view.getUint32(4, true)],
    [STREAM_FAMILY, 443, 0x01020304],
  );
  assert.deepEqual([...bytes.subarray(8, 24)], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]);
  assert.ok(bytes.subarray(24).every((byte) => byte === 0));
});

test('our own address tells paths apart, not peers', () => {
  const words = new Uint32Array((3 * PATH_BYTES) / 4);
  const bytes = new Uint8Array(words.buffer);
  for (const address of [Uint8Array.of(192, 0, 2, 1), new Uint8Array(16).fill(7)]) {
    const local = { address: new Uint8Array(address.length).fill(9), interfaceIndex: 2 };
    encodePath(bytes, 0, { address, port: 1, scopeId: 0, local });
    encodePath(bytes, PATH_BYTES, { address, port: 1, scopeId: 0 });
    encodePath(bytes, 2 * PATH_BYTES, { address, port: 2, scopeId: 0, local });
    assert.deepEqual([samePath(words, 0, PATH_BYTES), sameRemote(words, 0, PATH_BYTES)], [false, true]);
    assert.equal(sameRemote(words, 0, 2 * PATH_BYTES), false);
  }
});
