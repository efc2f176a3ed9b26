import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SplitOptions } from '../../test/support/packet-bench.ts';
import { PacketBench } from '../../test/support/packet-bench.ts';
import { Arena } from '../dataplane/arena.ts';
import { frameOf, superFrame } from '../testing/frames.ts';
import { udpPacket } from '../testing/packets.ts';
import { JOB } from './kernel.ts';
import { createPacketKernel } from './packet-kernel.ts';
import type { Padding } from './padding.ts';
import { paddingFor } from './padding.ts';

const bench = new PacketBench();
const MOST = 0xffff_ffff;
const WINDOW: Padding = { kind: 'window' };

/** A UDP packet of `size` bytes, none of them zero but in the headers. */
const packetOf = (size: number): Uint8Array =>
  udpPacket({
    source: '10.1.2.3',
    destination: '10.9.8.7',
    sourcePort: 40_000,
    destinationPort: 443,
    payload: new Uint8Array(size - 28).fill(0xee),
  });

/** Lengths of the zero bytes behind each packet of a split frame. */
function paddings(frame: Uint8Array, options: SplitOptions): number[] {
  const { packets, padded } = bench.split(frame, options);
  return padded.map((bytes, index) => {
    const size = packets[index].length;
    assert.ok(
      bytes.subarray(size).every((byte) => byte === 0),
      'padding is zero',
    );
    return bytes.length - size;
  });
}

const u32 = fc.oneof(fc.constantFrom(0, 1, MOST), fc.integer({ min: 0, max: MOST }));
const anyPadding: fc.Arbitrary<Padding> = fc.oneof(
  fc.constant<Padding>({ kind: 'multiple' }),
  fc.constant(WINDOW),
  fc.tuple(u32, u32).map(([a, b]): Padding => ({ kind: 'content', low: Math.min(a, b), high: Math.max(a, b) })),
  fc.integer({ min: 0, max: 800 }).map((width): Padding => ({ kind: 'content', low: 3, high: 3 + width })),
);

describe('padding by split', () => {
  it('follows the rules for every packet of a super-packet', () => {
    const shapes = fc.record({
      bytes: fc.integer({ min: 1, max: 6000 }),
      segment: fc.integer({ min: 300, max: 2000 }),
      mtu: fc.constantFrom(0, 576, 1280, 1420),
      room: fc.oneof(fc.integer({ min: -60, max: 3000 }), fc.constant(65_000)),
      padding: anyPadding,
      randoms: fc.array(u32, { minLength: 21, maxLength: 21 }),
    });
    fc.assert(
      fc.property(shapes, ({ bytes, segment, mtu, room, padding, randoms }) => {
        // A window of the largest size allows 64 KiB for each packet, more than the bench has for 20.
        const options = { mtu, room, padding, randoms, capacity: room > 3000 ? 8 : 21 };
        const frame = superFrame(packetOf(28 + bytes), segment);
        const { packets } = bench.split(frame, options);
        const expected = packets.map(({ length }, index) => paddingFor(padding, length, mtu, room, randoms[index]));
        assert.deepEqual(paddings(frame, options), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a single packet all that fits, and nothing where nothing fits', () => {
    const frame = frameOf(packetOf(100));
    assert.deepEqual(paddings(frame, { padding: WINDOW, room: 1400, randoms: [MOST] }), [1299]);
    assert.deepEqual(paddings(frame, { padding: WINDOW, room: 1400, randoms: [0] }), [0]);
    for (const room of [-32, 0, 99, 100]) {
      assert.deepEqual(paddings(frame, { padding: WINDOW, room, randoms: [MOST] }), [0]);
      const padding: Padding = { kind: 'content', low: 50, high: 60 };
      assert.deepEqual(paddings(frame, { padding, room, randoms: [MOST] }), [0]);
    }
  });

  it('goes on in the list of randoms from one frame to the next', () => {
    const arena = new Arena(8);
    const kernel = createPacketKernel(arena, 0);
    const [frame, output, jobs, randoms] = [4096, 65_536, 4096, 64].map((bytes) => arena.reserve(bytes));
    const superPacket = superFrame(packetOf(28 + 300), 100);
    arena.bytes.set(superPacket, frame);
    const steps = [1, 2, 3, 4, 5, 6].map((step) => step * 0x0100_0000);
    steps.forEach((random, index) => {
      arena.view.setUint32(randoms + index * 4, random, true);
    });
    kernel.setPadding({ kind: 'content', low: 0, high: 255 });
    kernel.paddingWindow(1400, randoms);
    const lengths = [0, 1].flatMap(() => {
      assert.equal(kernel.split(frame, superPacket.length, 0, 8, output, 16, 1420, jobs), 3);
      return [0, 1, 2].map((index) => arena.view.getUint32(jobs + index * JOB.bytes + JOB.length, true));
    });
    assert.deepEqual(
      lengths.map((length) => length - 128),
      [1, 2, 3, 4, 5, 6],
    );
  });

  it('pads to a multiple of 16 until told otherwise, and again after that', () => {
    const arena = new Arena(8);
    const kernel = createPacketKernel(arena, 0);
    const [frame, output, jobs, randoms] = [4096, 65_536, 4096, 64].map((bytes) => arena.reserve(bytes));
    arena.bytes.set(frameOf(packetOf(100)), frame);
    const padded = (): number => {
      assert.equal(kernel.split(frame, 110, 0, 8, output, 16, 1420, jobs), 1);
      return arena.view.getUint32(jobs + JOB.length, true);
    };
    assert.equal(padded(), 112);
    kernel.setPadding({ kind: 'content', low: 33, high: 33 });
    assert.equal(padded(), 100, 'before the window is known nothing fits');
    kernel.paddingWindow(1000, randoms);
    assert.equal(padded(), 133);
    kernel.setPadding({ kind: 'multiple' });
    assert.equal(padded(), 112);
  });
});
