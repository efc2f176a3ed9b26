/**
 * Runs the packet kernel on frames and packets given as byte arrays, and watches the memory around
 * what it may write.
 */
import assert from 'node:assert/strict';
import { Arena } from '../../src/dataplane/arena.ts';
import type { PacketKernel } from '../../src/kernels/kernel.ts';
import { JOB, SPLIT_OVERHEAD, TAG_BYTES, VIRTIO_HEADER_BYTES } from '../../src/kernels/kernel.ts';
import { createPacketKernel } from '../../src/kernels/packet-kernel.ts';
import type { Padding } from '../../src/kernels/padding.ts';
import { longestPadding } from '../../src/kernels/padding.ts';

const PAGES = 96;
const FRAME_ROOM = 80_000;
const OUTPUT_ROOM = 1 << 20;
const PACKETS_ROOM = 2 << 20;
const MAX_CAPACITY = 4096;
/** Of a size no machine has, so that forgetting it anywhere shows. */
export const BASE_ADDRESS = 0x7f12_3456_7000;
const IOVEC_BYTES = 16;
/** Bytes behind the largest possible output that are watched too. */
const GUARD_BYTES = 4096;
const SENTINEL = Buffer.alloc(OUTPUT_ROOM, 0xa5);

export interface SplitOptions {
  readonly first?: number;
  readonly capacity?: number;
  readonly headroom?: number;
  readonly mtu?: number;
  readonly padding?: Padding;
  /** Plaintext that fits the peer's UDP window. */
  readonly room?: number;
  /** One for each packet. */
  readonly randoms?: readonly number[];
  /** What the memory around the frame holds. */
  readonly surroundings?: number;
}

export interface SplitResult {
  /** What the kernel returned. */
  readonly count: number;
  readonly total: number;
  /** The packets without their padding. */
  readonly packets: readonly Uint8Array[];
  readonly padded: readonly Uint8Array[];
}

/** One frame that came out of a merge. */
export interface MergedFrame {
  /** Virtio header and packet. */
  readonly bytes: Uint8Array;
  /** Inner packets in it, as the kernel says. */
  readonly packets: number;
}

export class PacketBench {
  readonly arena = new Arena(PAGES);
  readonly kernel: PacketKernel = createPacketKernel(this.arena, BASE_ADDRESS);
  readonly #frames = this.arena.reserve(FRAME_ROOM);
  readonly #output = this.arena.reserve(OUTPUT_ROOM);
  readonly #jobs = this.arena.reserve(MAX_CAPACITY * JOB.bytes);
  readonly #packets = this.arena.reserve(PACKETS_ROOM);
  readonly #randoms = this.arena.reserve(MAX_CAPACITY * 4 + 1) + 1;

  /** Splits a frame and checks that nothing changed but the room of the packets. */
  split(frame: Uint8Array, options: SplitOptions = {}): SplitResult {
    const { first = 0, capacity = 64, headroom = 16, mtu = 1420, surroundings = 0 } = options;
    const { bytes } = this.arena;
    const at = this.#frames + 1024 + (frame.length % 16);
    bytes.fill(surroundings, this.#frames, at + frame.length + GUARD_BYTES);
    const growth = headroom + SPLIT_OVERHEAD + this.#setPadding(options, mtu);
    const room = Math.min(OUTPUT_ROOM, frame.length + capacity * growth + GUARD_BYTES);
    bytes.set(SENTINEL.subarray(0, room), this.#output);
    bytes.set(frame, at);
    const count = this.kernel.split(at, frame.length, first, capacity, this.#output, headroom, mtu, this.#jobs);
    assert.deepEqual(bytes.slice(at, at + frame.length), frame, 'the frame itself is not changed');
    const jobs = Array.from({ length: Math.max(0, count) }, (_, index) => this.#readJob(index));
    this.#checkOutput(jobs, headroom, room - GUARD_BYTES);
    return {
      count,
      total: this.kernel.splitTotal(),
      packets: jobs.map(({ target, unpadded }) => bytes.slice(target, target + unpadded)),
      padded: jobs.map(({ target, length }) => bytes.slice(target, target + length)),
    };
  }

  /** Returns the most that a packet may get. */
  #setPadding({ padding = { kind: 'multiple' }, room = 0, randoms = [] }: SplitOptions, mtu: number): number {
    this.kernel.setPadding(padding);
    randoms.forEach((random, index) => {
      this.arena.view.setUint32(this.#randoms + index * 4, random, true);
    });
    this.kernel.paddingWindow(room, this.#randoms);
    return longestPadding(padding, mtu, room);
  }

  #readJob(index: number) {
    const { view } = this.arena;
    const job = this.#jobs + index * JOB.bytes;
    const target = view.getUint32(job + JOB.target, true);
    assert.equal(view.getUint32(job + JOB.source, true), target);
    const length = view.getUint32(job + JOB.length, true);
    return { target, length, unpadded: view.getUint32(job + JOB.user, true) };
  }

  /** The packets lie one behind the other as promised, headrooms and all that follows are untouched. */
  #checkOutput(jobs: readonly { target: number; length: number }[], headroom: number, bound: number): void {
    let cursor = this.#output;
    for (const { target, length } of jobs) {
      assert.equal(target, cursor + headroom);
      assert.ok(this.#isUntouched(cursor, target), 'headroom is untouched');
      cursor = target + length + TAG_BYTES;
    }
    assert.ok(cursor - this.#output <= bound, 'the room taken is bounded');
    assert.ok(this.#isUntouched(cursor, this.#output + bound + GUARD_BYTES), 'nothing is written behind');
  }

  #isUntouched(start: number, end: number): boolean {
    return Buffer.compare(this.arena.bytes.subarray(start, end), SENTINEL.subarray(0, end - start)) === 0;
  }

  /** Merges packets; `gap` bytes lie between them, at least those of a transport header and a tag. */
  merge(packets: readonly Uint8Array[], { tcp = true, udp = true, gap = 33 } = {}): MergedFrame[] {
    const { bytes } = this.arena;
    this.kernel.mergeBegin(tcp, udp);
    let at = this.#packets + gap;
    for (const packet of packets) {
      bytes.set(packet, at);
      this.kernel.mergeAdd(at, packet.length);
      at += packet.length + gap;
    }
    assert.ok(at < this.#packets + PACKETS_ROOM, 'the bench is too small');
    const frames = this.kernel.mergeFinish();
    return Array.from({ length: frames }, (_, index) => this.#readFrame(index));
  }

  #readFrame(index: number): MergedFrame {
    const vector = this.kernel.frameVector(index);
    const count = this.kernel.frameVectorCount(index);
    const parts = Array.from({ length: count }, (_, part) => this.#readPart(vector + part * IOVEC_BYTES));
    assert.ok((parts[0]?.length ?? 0) > VIRTIO_HEADER_BYTES);
    return { bytes: new Uint8Array(Buffer.concat(parts)), packets: this.kernel.framePackets(index) };
  }

  #readPart(iovec: number): Uint8Array {
    const offset = Number(this.arena.view.getBigUint64(iovec, true)) - BASE_ADDRESS;
    const length = Number(this.arena.view.getBigUint64(iovec + 8, true));
    return this.arena.bytes.slice(offset, offset + length);
  }
}
