import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesFromJson, bytesToJson } from './byte-json.ts';

test('byte arrays come back as byte arrays, everything else as it was', () => {
  const value = { key: Uint8Array.of(0, 255), list: [{ deep: new Uint8Array() }, 1, 'x', null, true], text: '$bytes' };
  assert.deepEqual(bytesFromJson(JSON.parse(JSON.stringify(bytesToJson(value)))), value);
});
