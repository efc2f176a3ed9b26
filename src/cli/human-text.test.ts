import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agoText, bytesText, spanText } from './human-text.ts';

test('times', () => {
  assert.equal(agoText(0.4), 'Now');
  assert.equal(agoText(1), '1 second ago');
  assert.equal(agoText(3723), '1 hour, 2 minutes, 3 seconds ago');
  assert.equal(agoText(86_400 * 366), '1 year, 1 day ago');
  assert.match(agoText(-5), /clock wound backward/);
  assert.equal(spanText(120), '2 minutes');
});

test('sizes', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 1024 ** 3, 1024 ** 5].map(bytesText), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '1.50 KiB',
    '1.00 GiB',
    '1024.00 TiB',
  ]);
});
