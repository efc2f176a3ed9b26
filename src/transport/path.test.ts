import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Endpoint } from '../protocol/endpoint.ts';
import { PATH_BYTES } from './carrier.ts';
import { decodePath, encodePath, samePath } from './path.ts';

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
  return fc.oneof(fc.record(fields, plain), fc.record({ ...fields, local }, plain));
}

const endpoints = fc.oneof(endpointOf(4), endpointOf(16));

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
      assert.equal(samePath(words, 0, PATH_BYTES), JSON.stringify(one) === JSON.stringify(other));
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
