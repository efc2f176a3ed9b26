import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyPortably } from '../../../platform/ffi/memory-copy.ts';
import { CHUNK_BYTES, ChunkPool } from './chunk-pool.ts';
import { FrameQueue } from './frame-queue.ts';

function queue(limit: number): { frames: FrameQueue; push: (text: string) => number; take: () => string | undefined } {
  const pool = new ChunkPool();
  const frames = new FrameQueue(pool, copyPortably, limit);
  return {
    frames,
    push: (text) => frames.push(Buffer.from(`-${text}`), 1, text.length),
    take: () => {
      const chunk = frames.take();
      if (chunk === undefined) return undefined;
      const text = chunk.bytes.toString('latin1', chunk.start, chunk.end);
      pool.give(chunk);
      return text;
    },
  };
}

test('datagrams leave together, each behind its length', () => {
  const { frames, push, take } = queue(1000);
  push('ab');
  push('x'.repeat(300));
  assert.equal(frames.bytes, 306);
  assert.equal(take(), `\0\x02ab\x01\x2c${'x'.repeat(300)}`);
  assert.equal(frames.bytes, 0);
  assert.equal(take(), undefined);
});

test('beyond the limit the oldest are dropped, and counted', () => {
  const { push, take } = queue(12);
  assert.deepEqual(
    ['aa', 'bb', 'cc'].map((text) => push(text)),
    [0, 0, 0],
  );
  assert.equal(push('ddddd'), 2);
  assert.equal(take(), '\0\x02cc\0\x05ddddd');
  assert.equal(push('larger than the limit'), 0);
  assert.equal(push('e'), 1);
  assert.equal(take(), '\0\x01e');
});

test('no frame lies across two chunks, and dropping empties chunks from the front', () => {
  const { frames, push, take } = queue(2 * CHUNK_BYTES);
  const size = 60_000;
  for (let i = 0; i < 20; i++) push(String.fromCharCode(97 + i).repeat(size));
  assert.ok(frames.bytes <= 2 * CHUNK_BYTES);
  const seen: string[] = [];
  for (let text = take(); text !== undefined; text = take()) {
    assert.equal(text.length % (size + 2), 0);
    for (let at = 2; at < text.length; at += size + 2) seen.push(text[at]);
  }
  assert.deepEqual(seen, ['q', 'r', 's', 't']);
});

test('what is cleared is gone', () => {
  const { frames, push, take } = queue(100);
  push('a');
  frames.clear();
  assert.equal(frames.bytes, 0);
  push('b');
  assert.equal(take(), '\0\x01b');
});
