import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { chacha20 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { Arena } from '../dataplane/arena.ts';
import { HeaderMask } from './header-mask.ts';
import { JOB } from './kernel.ts';

const HEADER_BYTES = 16;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const STREAM_BYTES = 16;
const MAX_COUNT = 1024;
const ROOM = 1 << 20;

const arena = new Arena(32);
/** The region reserved next belongs to the mask, see `maskRegion`. */
const beforeMask = arena.reserve(0);
const mask = new HeaderMask(arena);
const afterMask = arena.reserve(0);
const jobs = arena.reserve(MAX_COUNT * JOB.bytes);
const offsets = arena.reserve(MAX_COUNT * 4, 64);
const streams = arena.reserve(MAX_COUNT * STREAM_BYTES + 64);
const room = arena.reserve(ROOM);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const ascending = (first: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i);

/** Slow and obvious: RFC 8439, 2.4, from block counter 0. */
const referenceStream = (key: Uint8Array, nonce: Uint8Array): Uint8Array =>
  chacha20(key, nonce, new Uint8Array(STREAM_BYTES));

/** The same by OpenSSL, whose 16-byte nonce begins with the block counter. */
const opensslStream = (key: Uint8Array, nonce: Uint8Array): Uint8Array =>
  createCipheriv('chacha20', key, Buffer.concat([new Uint8Array(4), nonce])).update(new Uint8Array(STREAM_BYTES));

/** A datagram as it lies in the arena: offset and bytes. */
interface Datagram {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Lays datagrams of random bytes into the room, with random gaps of random bytes; returns them. */
function layOut(sizes: readonly number[], gap = 7): Datagram[] {
  arena.bytes.set(randomBytes(ROOM), room);
  let offset = room + gap;
  return sizes.map((size) => {
    const datagram = { offset, bytes: arena.bytes.slice(offset, offset + size) };
    offset += size + gap;
    assert.ok(offset < room + ROOM, 'the room is too small');
    return datagram;
  });
}

/** What the kernel leaves in the room, after the headers at `headroom - 16` of each datagram were masked. */
function maskAll(datagrams: readonly Datagram[], headroom: number): Uint8Array {
  datagrams.forEach(({ offset }, index) => {
    arena.view.setUint32(jobs + index * JOB.bytes + JOB.target, offset + headroom, true);
  });
  const before = arena.bytes.slice(jobs, jobs + datagrams.length * JOB.bytes);
  mask.maskJobs(jobs, datagrams.length, headroom);
  assert.deepEqual(arena.bytes.slice(jobs, jobs + before.length), before, 'the jobs are not changed');
  return arena.bytes.slice(room, room + ROOM);
}

/** What it must leave there. */
function expectedRoom(key: Uint8Array, datagrams: readonly Datagram[], headroom: number): Uint8Array {
  const expected = arena.bytes.slice(room, room + ROOM);
  for (const { offset, bytes } of datagrams) {
    const stream = referenceStream(key, bytes.subarray(0, NONCE_BYTES));
    const header = offset - room + headroom - HEADER_BYTES;
    stream.forEach((byte, at) => {
      expected[header + at] ^= byte;
    });
  }
  return expected;
}

function streamsOf(datagrams: readonly Datagram[]): Uint8Array {
  datagrams.forEach(({ offset }, index) => {
    arena.view.setUint32(offsets + index * 4, offset, true);
  });
  arena.bytes.fill(0xa5, streams, streams + MAX_COUNT * STREAM_BYTES + 64);
  mask.keystreams(offsets, datagrams.length, streams);
  const end = streams + datagrams.length * STREAM_BYTES;
  const behind = arena.bytes.slice(end, streams + MAX_COUNT * STREAM_BYTES + 64);
  assert.ok(
    behind.every((byte) => byte === 0xa5),
    'nothing is written behind the keystreams',
  );
  return arena.bytes.slice(streams, end);
}

function newKey(): Uint8Array {
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  mask.setKey(key);
  return key;
}

describe('header mask', () => {
  it('gives the known keystream of protocol facts 9.5', () => {
    mask.setKey(ascending(0, KEY_BYTES));
    arena.bytes.set(ascending(0x30, 15), room + 1);
    const datagram = { offset: room + 1, bytes: ascending(0x30, 15) };
    assert.equal(hex(streamsOf([datagram])), '5faef8a982b0832eb883adce673b9768');
  });

  it('makes the known keepalive datagram of protocol facts 9.5, and reads it', () => {
    const prefix = '505152535455565758595a5b';
    const message = 'ccbbaa99d4c3b2a10000000000000000d4a73156cb5625ce051aee97fdb7263a';
    mask.setKey(ascending(0, KEY_BYTES));
    arena.bytes.set(fromHex(prefix + message), room + 5);
    const datagram = { offset: room + 5, bytes: fromHex(prefix + message) };
    const masked = maskAll([datagram], 28).subarray(5, 5 + 44);
    assert.equal(
      hex(masked),
      '505152535455565758595a5bb9a5a2c39f70b4f43bdfc22c1f009513d4a73156cb5625ce051aee97fdb7263a',
    );
    assert.equal(hex(maskAll([datagram], 28).subarray(5, 5 + 44)), prefix + message);
  });

  for (const count of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, MAX_COUNT]) {
    it(`serves a batch of ${count}`, () => {
      const key = newKey();
      const datagrams = layOut(Array.from({ length: count }, (_, index) => 60 + (index % 40)));
      const expected = datagrams.map(({ bytes }) => hex(referenceStream(key, bytes.subarray(0, NONCE_BYTES))));
      assert.equal(hex(streamsOf(datagrams)), expected.join(''));
      const masked = expectedRoom(key, datagrams, 60);
      assert.deepEqual(maskAll(datagrams, 60), masked);
    });
  }

  it('agrees with OpenSSL on random keys and nonces', () => {
    for (let round = 0; round < 50; round += 1) {
      const key = newKey();
      const datagrams = layOut(Array.from({ length: 9 }, () => 44));
      const expected = datagrams.map(({ bytes }) => hex(opensslStream(key, bytes.subarray(0, NONCE_BYTES))));
      assert.equal(hex(streamsOf(datagrams)), expected.join(''));
    }
  });

  it('changes the header and nothing else, wherever the datagram lies and whatever the prefix', () => {
    const shapes = fc.record({
      prefix: fc.integer({ min: NONCE_BYTES, max: 1000 }),
      payloads: fc.array(fc.integer({ min: 16, max: 1500 }), { maxLength: 70 }),
      gap: fc.integer({ min: 0, max: 33 }),
    });
    fc.assert(
      fc.property(shapes, ({ prefix, payloads, gap }) => {
        const key = newKey();
        const headroom = prefix + HEADER_BYTES;
        const datagrams = layOut(
          payloads.map((bytes) => headroom + bytes),
          gap,
        );
        const original = arena.bytes.slice(room, room + ROOM);
        const expected = expectedRoom(key, datagrams, headroom);
        assert.equal(Buffer.compare(maskAll(datagrams, headroom), expected), 0);
        assert.equal(Buffer.compare(maskAll(datagrams, headroom), original), 0, 'a second time unmasks');
      }),
      { numRuns: 100 },
    );
  });

  it('reads nonces and writes headers at the very end of the arena', () => {
    const key = newKey();
    const end = arena.bytes.length;
    const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
    arena.bytes.set(nonce, end - NONCE_BYTES);
    const stream = hex(referenceStream(key, nonce));
    assert.equal(hex(streamsOf([{ offset: end - NONCE_BYTES, bytes: nonce }])), stream);
    arena.bytes.set(nonce, end - 28);
    arena.bytes.fill(0, end - 16, end);
    arena.view.setUint32(jobs + JOB.target, end, true);
    mask.maskJobs(jobs, 1, 28);
    assert.equal(hex(arena.bytes.slice(end - 16)), stream);
  });

  it('takes a key of 32 bytes and no other', () => {
    for (const length of [0, 31, 33]) assert.throws(() => mask.setKey(new Uint8Array(length)), RangeError);
  });

  it('keeps its own copy of the key, and none when it is cleared', () => {
    const key = newKey();
    const datagrams = layOut([44, 44, 44, 44, 44]);
    const expected = hex(streamsOf(datagrams));
    key.fill(0);
    assert.equal(hex(streamsOf(datagrams)), expected);
    assert.ok(!isWiped());
    mask.clearKey();
    assert.ok(isWiped());
  });

  it('serves two keys side by side', () => {
    const key = newKey();
    const other = new HeaderMask(arena);
    other.setKey(randomBytes(KEY_BYTES));
    const [datagram] = layOut([44]);
    assert.ok(datagram !== undefined);
    assert.equal(hex(streamsOf([datagram])), hex(referenceStream(key, datagram.bytes.subarray(0, NONCE_BYTES))));
  });
});

/** Whether nothing is left in the mask's part of the arena. */
function isWiped(): boolean {
  return arena.bytes.slice(beforeMask, afterMask).every((byte) => byte === 0);
}
