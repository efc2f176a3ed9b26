import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as bytes from './bytes.ts';

test('integers are read and written as DataView does, little endian', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(4), (data, offset) => {
      const view = new DataView(data.buffer, data.byteOffset);
      assert.equal(bytes.readUint16(data, offset), view.getUint16(offset, true));
      assert.equal(bytes.readUint32(data, offset), view.getUint32(offset, true));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
      const view = new DataView(new ArrayBuffer(10));
      const data = new Uint8Array(view.buffer);
      bytes.writeUint32(data, 0, value);
      bytes.writeUint32BigEndian(data, 4, value);
      bytes.writeUint16(data, 8, value & 0xffff);
      assert.equal(view.getUint32(0, true), value);
      assert.equal(view.getUint32(4, false), value);
      assert.equal(view.getUint16(8, true), value & 0xffff);
    }),
  );
});

test('numbers beyond 32 bits are written big endian, up to the greatest whole one', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const data = new Uint8Array(10);
      bytes.writeUint64BigEndian(data, 1, value);
      assert.equal(new DataView(data.buffer).getBigUint64(1), BigInt(value));
      assert.deepEqual([data[0], data[9]], [0, 0]);
    }),
  );
});

test('equalBytes notices a single flipped bit anywhere, and a different length', () => {
  const original = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
  assert.equal(bytes.equalBytes(original, Uint8Array.from(original)), true);
  for (let bit = 0; bit < 128; bit++) {
    const changed = Uint8Array.from(original);
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(bytes.equalBytes(original, changed), false, `bit ${bit}`);
  }
  assert.equal(bytes.equalBytes(original, original.subarray(1)), false);
});

test('isAllZero sees each byte', () => {
  assert.equal(bytes.isAllZero(new Uint8Array(32)), true);
  for (let i = 0; i < 32; i++) {
    const data = new Uint8Array(32);
    data[i] = 0x80;
    assert.equal(bytes.isAllZero(data), false);
  }
});

test('hex survives a round trip, and anything else is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      assert.equal(bytes.toHex(data), Buffer.from(data).toString('hex'));
      assert.deepEqual(bytes.fromHex(bytes.toHex(data).toUpperCase()), data);
    }),
  );
  for (const text of ['0', '0g', '0x00', ' 00', '00\n', '-1']) assert.equal(bytes.fromHex(text), undefined, text);
});

test('wipeBytes and concatBytes touch every part', () => {
  const parts = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  assert.deepEqual(bytes.concatBytes(...parts), Uint8Array.of(1, 2, 3));
  bytes.wipeBytes(...parts);
  assert.ok(parts.every(bytes.isAllZero));
});
