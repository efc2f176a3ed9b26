import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyPortably } from '../../../platform/ffi/memory-copy.ts';
import { FrameReader, MAX_FRAME_BYTES, NOT_FRAMES } from './frame-reader.ts';

function frames(...datagrams: readonly Uint8Array[]): Buffer {
  return Buffer.concat(datagrams.flatMap((bytes) => [Buffer.of(bytes.length >>> 8, bytes.length & 0xff), bytes]));
}

/** Reads the pieces; the datagrams, or undefined where the stream is none of ours. */
function read(pieces: readonly Uint8Array[], longest = MAX_FRAME_BYTES): Buffer[] | undefined {
  const found: Buffer[] = [];
  const sink = {
    take: (source: Uint8Array, offset: number, length: number): void => {
      found.push(Buffer.from(source.slice(offset, offset + length)));
    },
  };
  const reader = new FrameReader(sink, copyPortably, longest);
  let count = 0;
  for (const piece of pieces) {
    const result = reader.read(piece, 0, piece.length);
    if (result === NOT_FRAMES) return undefined;
    count += result;
  }
  assert.equal(count, found.length);
  assert.equal(reader.isMidFrame, false);
  return found;
}

test('a stream cut at every byte boundary yields the same datagrams', () => {
  const datagrams = [Buffer.from('a'), Buffer.from('second'), Buffer.alloc(300, 7), Buffer.from('z')];
  const stream = frames(...datagrams);
  for (let cut = 0; cut <= stream.length; cut++) {
    assert.deepEqual(read([stream.subarray(0, cut), stream.subarray(cut)]), datagrams, `cut at ${cut}`);
  }
  assert.deepEqual(read([...stream].map((byte) => Buffer.of(byte))), datagrams);
});

test('however it is cut', () => {
  const datagram = fc.uint8Array({ minLength: 1, maxLength: 5000 });
  fc.assert(
    fc.property(fc.array(datagram, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(9000)), (datagrams, cuts) => {
      const stream = frames(...datagrams);
      const pieces: Buffer[] = [];
      let at = 0;
      for (const size of cuts) {
        pieces.push(stream.subarray(at, at + size));
        at += size;
      }
      pieces.push(stream.subarray(at));
      assert.deepEqual(
        read(pieces),
        datagrams.map((bytes) => Buffer.from(bytes)),
      );
    }),
  );
});

test('the longest frame, in pieces', () => {
  const datagram = Buffer.from(Uint8Array.from({ length: MAX_FRAME_BYTES }, (_, index) => index % 253));
  const stream = frames(datagram, Buffer.of(1));
  const pieces = Array.from({ length: Math.ceil(stream.length / 1000) }, (_, i) =>
    stream.subarray(i * 1000, (i + 1) * 1000),
  );
  assert.deepEqual(read(pieces), [datagram, Buffer.of(1)]);
});

test('a length of zero, or over the limit, ends the stream, wherever it is cut', () => {
  for (const bad of [Buffer.of(0, 0, 1), Buffer.of(0, 11, 1, 2, 3)]) {
    const stream = Buffer.concat([frames(Buffer.from('good')), bad]);
    for (let cut = 0; cut <= stream.length; cut++) {
      assert.equal(read([stream.subarray(0, cut), stream.subarray(cut)], 10), undefined, `cut at ${cut}`);
    }
  }
  assert.deepEqual(read([frames(Buffer.alloc(10))], 10), [Buffer.alloc(10)]);
});
