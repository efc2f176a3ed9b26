/**
 * How packets get from a data-plane thread to whoever writes them down: through a ring that never makes the
 * data plane wait. What does not fit, because the disk is too slow, is counted.
 */
import { DatagramRing } from '../../transport/stream/ring/datagram-ring.ts';
import type { RingMemory } from '../../transport/stream/ring/ring-memory.ts';
import { ringMemory } from '../../transport/stream/ring/ring-memory.ts';
import type { Direction, PacketRecorder } from './packet-recorder.ts';

/** Plain data that a worker can be given. */
export interface CaptureMemory {
  readonly ring: RingMemory;
  /** One Int32 cell: packets that did not fit, modulo 2^32. */
  readonly lost: SharedArrayBuffer;
}

/** Of each thread; a tenth of a second of 300 Mbit/s, inner and outer. */
const RING_BYTES = 8 << 20;

export function captureMemory(): CaptureMemory {
  return { ring: ringMemory(RING_BYTES), lost: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

/** Bits of the first word of a record. */
const MARK = { direction: 1, wire: 2 } as const;

const MICROSECONDS = 1_000_000;

export class RingRecorder implements PacketRecorder {
  readonly #ring: DatagramRing;
  readonly #lost: Int32Array;

  constructor(memory: CaptureMemory) {
    this.#ring = new DatagramRing(memory.ring);
    this.#lost = new Int32Array(memory.lost);
  }

  inner(direction: Direction, bytes: Uint8Array, offset: number, length: number): void {
    this.#push(direction, undefined, 0, bytes, offset, length);
  }

  wire(direction: Direction, bytes: Uint8Array, offset: number, length: number, path: number): void {
    this.#push(direction + MARK.wire, bytes, path, bytes, offset, length);
  }

  #push(
    mark: number,
    paths: Uint8Array | undefined,
    path: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    const seconds = Math.floor(now);
    const fraction = Math.floor((now - seconds) * MICROSECONDS);
    if (!this.#ring.push(mark, seconds, fraction, paths, path, bytes, offset, length)) Atomics.add(this.#lost, 0, 1);
  }
}

export interface CapturedPacket {
  readonly kind: 'inner' | 'wire';
  readonly direction: Direction;
  readonly seconds: number;
  readonly microseconds: number;
  /** Where its bytes and its path record lie; valid until the next call of `take`. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly path: number;
}

/** For the thread that writes. */
export class CaptureReader {
  readonly #ring: DatagramRing;
  readonly #lost: Int32Array;
  #lostBefore = 0;

  constructor(memory: CaptureMemory) {
    this.#ring = new DatagramRing(memory.ring);
    this.#lost = new Int32Array(memory.lost);
  }

  /** Gives the next packet to `use`; false when there is none. */
  take(use: (packet: CapturedPacket) => void): boolean {
    const ring = this.#ring;
    if (!ring.peek()) return false;
    use({
      kind: (ring.a & MARK.wire) === 0 ? 'inner' : 'wire',
      direction: (ring.a & MARK.direction) as Direction,
      seconds: ring.b,
      microseconds: ring.c,
      bytes: ring.bytes,
      offset: ring.dataOffset,
      length: ring.length,
      path: ring.pathOffset,
    });
    ring.advance();
    return true;
  }

  /** Packets that did not fit since the last call. */
  takeLost(): number {
    const lost = Atomics.load(this.#lost, 0);
    const news = (lost - this.#lostBefore) >>> 0;
    this.#lostBefore = lost;
    return news;
  }
}
