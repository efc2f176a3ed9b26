import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quote } from './quote.ts';

test('nothing that a terminal obeys is left, and long texts are cut', () => {
  assert.equal(quote('a "b" \\ \n\u001b[2J'), String.raw`"a \"b\" \\ \n\u001b[2J"`);
  assert.equal(quote('\u007f\u009b31m\u200e\u{e0001}'), String.raw`"\u007f\u009b31m\u200e\udb40\udc01"`);
  assert.equal(quote('x'.repeat(200)), `"${'x'.repeat(120)}..."`);
});
