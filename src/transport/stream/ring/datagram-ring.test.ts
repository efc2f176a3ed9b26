import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { PATH_BYTES } from '../../carrier.ts';
import { DatagramRing } from './datagram-ring.ts';
import { ringMemory } from './ring-memory.ts';

const RING_FILE = new URL(
  import.meta.url.endsWith('.ts') ? './datagram-ring.ts' : './datagram-ring.js',
  import.meta.url,
);

function pair(capacity: number): { writer: DatagramRing; reader: DatagramRing } {
  const memory = ringMemory(capacity);
  return { writer: new DatagramRing(memory), reader: new DatagramRing(memory) };
}

function push(writer: DatagramRing, bytes: Uint8Array, a = 0): boolean {
  return writer.push(a, 0, 0, undefined, 0, bytes, 0, bytes.length);
}

function take(reader: DatagramRing): number[] | undefined {
  if (!reader.peek()) return undefined;
  const bytes = [...reader.bytes.subarray(reader.dataOffset, reader.dataOffset + reader.length)];
  reader.advance();
  return bytes;
}

test('a record comes out as it went in, with its words and its path', () => {
  const { writer, reader } = pair(1024);
  const path = Uint8Array.from({ length: PATH_BYTES + 3 }, (_, index) => index);
  assert.ok(writer.push(0x80000001, -2, 3, path, 3, Uint8Array.of(9, 8, 7, 6), 1, 2));
  assert.ok(reader.peek());
  const { a, b, c, length, pathOffset, dataOffset } = reader;
  assert.deepEqual([a >>> 0, b, c, length], [0x80000001, -2, 3, 2]);
  assert.deepEqual([...reader.bytes.subarray(pathOffset, pathOffset + PATH_BYTES)], [...path.subarray(3)]);
  assert.deepEqual([...reader.bytes.subarray(dataOffset, dataOffset + length)], [8, 7]);
  assert.equal(pathOffset % 4, 0);
  reader.advance();
  assert.equal(reader.peek(), false);
});

test('a full ring refuses and loses nothing', () => {
  const { writer, reader } = pair(256);
  const taken: number[] = [];
  for (let i = 0; push(writer, Uint8Array.of(i)); i++) taken.push(i);
  assert.equal(taken.length, 3);
  assert.equal(writer.freeBytes(), 256 - 3 * 72);
  assert.deepEqual(take(reader), [0]);
  assert.ok(push(writer, Uint8Array.of(9)));
  assert.deepEqual([take(reader), take(reader), take(reader), take(reader)], [[1], [2], [9], undefined]);
  assert.equal(writer.freeBytes(), 256);
});

test('whatever is pushed and taken in whatever order, the ring is a queue', () => {
  const step = fc.oneof(fc.constant(undefined), fc.uint8Array({ minLength: 0, maxLength: 190 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { writer, reader } = pair(512);
      const model: number[][] = [];
      for (const bytes of steps) {
        if (bytes === undefined) assert.deepEqual(take(reader), model.shift());
        else if (push(writer, bytes)) model.push([...bytes]);
        else assert.ok(model.length > 0, 'an empty ring refused');
      }
      for (const expected of model) assert.deepEqual(take(reader), expected);
    }),
  );
});

test('positions may pass 2^31 and 2^32', () => {
  const memory = ringMemory(256);
  const cells = new Int32Array(memory.cells);
  for (const position of [0x7fffffc0, -64]) {
    cells.fill(position, 0, 1);
    cells.fill(position, 16, 17);
    const [writer, reader] = [new DatagramRing(memory), new DatagramRing(memory)];
    for (let i = 0; i < 10; i++) {
      assert.ok(push(writer, Uint8Array.of(i)));
      assert.deepEqual(take(reader), [i]);
    }
  }
});

test('the reader is woken once, and only if it sleeps', () => {
  const { writer, reader } = pair(256);
  push(writer, Uint8Array.of(1));
  assert.equal(writer.wakeNeeded(), false);
  assert.equal(reader.sleep(), false, 'there is something to read');
  take(reader);
  assert.equal(reader.sleep(), true);
  push(writer, Uint8Array.of(2));
  assert.equal(writer.wakeNeeded(), true);
  assert.equal(writer.wakeNeeded(), false);
});

test('a writer that waits is woken once half of the ring is free', () => {
  const { writer, reader } = pair(256);
  assert.equal(writer.waitForRoom(), false, 'there is room');
  assert.equal(reader.roomNeeded(), false);
  while (push(writer, Uint8Array.of(1)));
  assert.equal(writer.waitForRoom(), true);
  take(reader);
  assert.equal(reader.roomNeeded(), false);
  take(reader);
  assert.equal(reader.roomNeeded(), true);
  assert.equal(reader.roomNeeded(), false);
});

test('two threads at once', async () => {
  const memory = ringMemory(4096);
  const count = 50_000;
  const source = `
    import { workerData } from 'node:worker_threads';
    const { DatagramRing } = await import(workerData.file);
    const ring = new DatagramRing(workerData.memory);
    const bytes = new Uint8Array(300);
    for (let i = 0; i < workerData.count; ) {
      bytes.fill(i, 0, i % 300);
      if (ring.push(i, 0, 0, undefined, 0, bytes, 0, i % 300)) i++;
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { memory, file: RING_FILE.href, count },
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const reader = new DatagramRing(memory);
  const deadline = performance.now() + 60_000;
  for (let i = 0; i < count; ) {
    if (!reader.peek()) {
      assert.ok(performance.now() < deadline, `${i} of ${count} arrived`);
      continue;
    }
    assert.equal(reader.a, i);
    assert.equal(reader.length, i % 300);
    if (reader.length > 0) assert.equal(reader.bytes[reader.dataOffset + reader.length - 1], i & 0xff);
    reader.advance();
    i++;
  }
  await ended;
});

test('a capacity that is no power of two is an error', () => {
  assert.throws(() => ringMemory(1000), RangeError);
  assert.throws(() => ringMemory(128), RangeError);
});
