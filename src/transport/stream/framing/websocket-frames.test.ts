import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyPortably } from '../../../platform/ffi/memory-copy.ts';
import type { Chunk } from './chunk-pool.ts';
import type { WebSocketRole } from './websocket-frames.ts';
import { MESSAGES_BYTES, WebSocketFrameReader, WebSocketFrameWriter } from './websocket-frames.ts';

interface Heard {
  readonly datagrams: Buffer[];
  /** What was handed on. */
  readonly rest: Buffer;
}

/** What `role` makes of these pieces. */
function read(role: WebSocketRole, pieces: readonly Uint8Array[]): Heard {
  const datagrams: Buffer[] = [];
  const rest: Buffer[] = [];
  const sink = {
    take: (source: Uint8Array, offset: number, length: number): void => {
      datagrams.push(Buffer.from(source.slice(offset, offset + length)));
    },
  };
  const reader = new WebSocketFrameReader(role, sink, (frames) => rest.push(Buffer.from(frames)), copyPortably);
  let found = 0;
  // The reader changes what it reads.
  for (const piece of pieces) found += reader.read(Uint8Array.from(piece));
  assert.equal(found, datagrams.length);
  return { datagrams, rest: Buffer.concat(rest) };
}

function chunkOf(datagrams: readonly Uint8Array[]): Chunk {
  const frames = datagrams.flatMap((bytes) => [Buffer.of(bytes.length >>> 8, bytes.length & 0xff), bytes]);
  const bytes = Buffer.concat([Buffer.alloc(5), ...frames]);
  return { bytes, start: 5, end: bytes.length };
}

/** As `role` sends them. */
function write(role: WebSocketRole, datagrams: readonly Uint8Array[]): Buffer {
  const target: Chunk = { bytes: Buffer.allocUnsafeSlow(MESSAGES_BYTES), start: 0, end: 0 };
  new WebSocketFrameWriter(role, copyPortably).write(chunkOf(datagrams), target);
  return Buffer.from(target.bytes.subarray(target.start, target.end));
}

const PING = Buffer.from('8902abcd', 'hex');
const MASKED_PING = Buffer.from('890037fa213d', 'hex').fill(0x80, 1, 2);

test('frames of a server are those of the specification', () => {
  assert.equal(write('server', [Buffer.from('Hello')]).toString('hex'), '820548656c6c6f');
  assert.equal(
    write('server', [Buffer.alloc(125, 1)])
      .subarray(0, 3)
      .toString('hex'),
    '827d01',
  );
  assert.equal(
    write('server', [Buffer.alloc(256, 1)])
      .subarray(0, 5)
      .toString('hex'),
    '827e010001',
  );
  assert.equal(
    write('server', [Buffer.alloc(65535, 1)])
      .subarray(0, 4)
      .toString('hex'),
    '827effff',
  );
});

test('a masked frame is read as the specification has it (5.7)', () => {
  const hello = Buffer.from('828537fa213d7f9f4d5158', 'hex');
  assert.deepEqual(read('server', [hello]).datagrams, [Buffer.from('Hello')]);
});

test('masks are different each time, and not zero', () => {
  const frames = write('client', new Array<Buffer>(2000).fill(Buffer.from('x')));
  const masks = new Set(Array.from({ length: 2000 }, (_, index) => frames.readUInt32BE(index * 7 + 2)));
  assert.ok(masks.size > 1990);
});

for (const [from, to] of [
  ['client', 'server'],
  ['server', 'client'],
] as const) {
  test(`from ${from} to ${to}, cut at every byte boundary, between other frames`, () => {
    const datagrams = [Buffer.from('a'), Buffer.alloc(126, 7), Buffer.alloc(700, 9), Buffer.from('zz')];
    const ping = from === 'client' ? MASKED_PING : PING;
    const stream = Buffer.concat([write(from, datagrams.slice(0, 2)), ping, write(from, datagrams.slice(2)), ping]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const heard = read(to, [stream.subarray(0, cut), stream.subarray(cut)]);
      assert.deepEqual(heard.datagrams, datagrams, `cut at ${cut}`);
      assert.deepEqual(heard.rest, Buffer.concat([ping, ping]));
    }
    assert.deepEqual(
      read(
        to,
        [...stream].map((byte) => Buffer.of(byte)),
      ).datagrams,
      datagrams,
    );
  });

  test(`from ${from} to ${to}, whatever is sent and however it is cut`, () => {
    const datagram = fc.uint8Array({ minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(4000)), (datagrams, cuts) => {
        const stream = write(from, datagrams);
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of cuts) {
          pieces.push(stream.subarray(at, at + size));
          at += size;
        }
        pieces.push(stream.subarray(at));
        const heard = read(to, pieces);
        assert.deepEqual(
          heard.datagrams,
          datagrams.map((bytes) => Buffer.from(bytes)),
        );
        assert.equal(heard.rest.length, 0);
      }),
    );
  });
}

test('the least datagrams of a whole chunk have room', () => {
  const datagrams = new Array<Buffer>(Math.floor((128 << 10) / 3)).fill(Buffer.of(7));
  const stream = write('client', datagrams);
  assert.equal(stream.length, datagrams.length * 7);
  assert.equal(read('server', [stream]).datagrams.length, datagrams.length);
});

test('what is no datagram is handed on untouched', () => {
  for (const frame of ['8105414243', '0203616263', '80036d6e6f', '8200', '890568656c6c6f', '880203e8', 'c203616263']) {
    const bytes = Buffer.from(frame, 'hex');
    const whole = frame === '8105414243' ? Buffer.concat([bytes, Buffer.from('4445', 'hex')]) : bytes;
    const heard = read('client', [whole, write('server', [Buffer.from('after')])]);
    assert.deepEqual([heard.rest, heard.datagrams], [whole, [Buffer.from('after')]], frame);
  }
});

test('a mask where there should be none, and none where there should be, are handed on', () => {
  const masked = write('client', [Buffer.from('x')]);
  const plain = write('server', [Buffer.from('x')]);
  assert.deepEqual(read('client', [masked]).rest, masked);
  assert.deepEqual(read('server', [plain]).rest, plain);
});

test('behind a frame that is too long everything is handed on', () => {
  const long = Buffer.from('827f0000000000010000aabb', 'hex');
  for (let cut = 0; cut <= long.length; cut++) {
    const pieces = [write('server', [Buffer.from('x')]), long.subarray(0, cut), long.subarray(cut), PING];
    const heard = read('client', pieces);
    assert.deepEqual(heard.rest, Buffer.concat([long, PING]), `cut at ${cut}`);
    assert.equal(heard.datagrams.length, 1);
  }
});
