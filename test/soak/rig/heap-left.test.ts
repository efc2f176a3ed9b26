import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastHeapLeft } from './heap-left.ts';

test('the last number counts, wherever it stands in the log', () => {
  assert.equal(lastHeapLeft(''), undefined);
  assert.equal(lastHeapLeft('heap left: '), undefined);
  assert.equal(lastHeapLeft('up\nheap left: 5\nmore\nheap left: 1234\ndebug x 9\n'), 1234);
});
