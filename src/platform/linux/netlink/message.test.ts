import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attribute, decodeAttributes, decodeMessages, encodeMessage, readText, readUint32 } from './message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a message is header, structure and padded attributes', () => {
  const message = encodeMessage({ type: 18, flags: 5, sequence: 9 }, Uint8Array.of(1, 2, 3, 4), [
    attribute.text(3, 'tun'),
    attribute.bytes(1, Uint8Array.of(0xaa)),
    attribute.u32(4, 1420),
  ]);
  assert.equal(
    hex(message),
    '2c000000' +
      '1200' +
      '0500' +
      '09000000' +
      '00000000' +
      '01020304' +
      '0800030074756e00' +
      '05000100aa000000' +
      '080004008c050000',
  );
});

test('nested attributes carry the flag and decode without it', () => {
  const nested = attribute.nested(18, [attribute.text(1, 'veth')], Uint8Array.of(9, 9, 9, 9));
  assert.equal(nested.type, 0x8012);
  const inner = decodeAttributes(nested.value, 4);
  assert.equal(readText(inner.get(1)), 'veth');
  const message = encodeMessage({ type: 16, flags: 0, sequence: 1 }, new Uint8Array(), [nested]);
  assert.deepEqual([...decodeAttributes(message, 16).keys()], [18]);
});

test('several messages of one receive are told apart', () => {
  const one = encodeMessage({ type: 1, flags: 2, sequence: 3 }, new Uint8Array(4), []);
  const two = encodeMessage({ type: 4, flags: 5, sequence: 6 }, new Uint8Array(), [attribute.u32(7, 8)]);
  const decoded = decodeMessages(Uint8Array.from([...one, ...two]));
  assert.deepEqual(
    decoded.map(({ type, flags, sequence }) => [type, flags, sequence]),
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  );
  assert.equal(readUint32(decodeAttributes(decoded[1]?.payload).get(7)), 8);
});

test('attributes survive the way there and back', () => {
  const values = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.uint8Array({ maxLength: 40 })), {
    selector: ([type]) => type,
    maxLength: 8,
  });
  fc.assert(
    fc.property(values, (pairs) => {
      const attributes = pairs.map(([type, value]) => attribute.bytes(type, value));
      const message = encodeMessage({ type: 1, flags: 0, sequence: 0 }, new Uint8Array(8), attributes);
      const [decoded] = decodeMessages(message);
      const found = decodeAttributes(decoded?.payload, 8);
      assert.deepEqual(
        [...found].map(([type, value]) => [type, hex(value)]),
        pairs.map(([type, value]) => [type, hex(value)]),
      );
    }),
  );
});

test('garbage neither throws nor loops', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      decodeMessages(bytes);
      decodeAttributes(bytes);
    }),
  );
});
