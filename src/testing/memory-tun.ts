/**
 * A TUN device without an operating system: a test puts frames in at one side and collects at the
 * other what the data plane wrote. Stands at both ends of an inner packet's journey.
 *
 * It is as strict as the Linux driver: a frame with an impossible virtio header is refused.
 */
import type { Arena } from '../dataplane/arena.ts';
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';
import type { Tun, TunOffloads } from '../platform/tun.ts';
import { frameOf, frameProblem, segmentFrame } from './frames.ts';

export interface MemoryTunOptions {
  readonly name?: string;
  readonly mtu?: number;
  /** Both on unless said otherwise. */
  readonly offloads?: TunOffloads;
  /** What iovec addresses are relative to: the machine address of the arena's first byte, 0 in tests. */
  readonly baseAddress?: number;
  /** Frames that wait at most, in each direction. */
  readonly queueLimit?: number;
  /** Told of each frame written, instead of keeping it for `takeFrames`. */
  readonly onWrite?: (frame: Uint8Array) => void;
}

const DEFAULT_MTU = 1420;
const DEFAULT_QUEUE_LIMIT = 4096;
const IOVEC_BYTES = 16;
const MAX_FRAME_BYTES = VIRTIO_HEADER_BYTES + 65535;
const EINVAL = 22;
const ENOBUFS = 105;
const EBADFD = 77;

export class MemoryTun implements Tun {
  readonly name: string;
  mtu: number;
  readonly descriptor = -1;
  readonly offloads: TunOffloads;
  readonly #arena: Arena;
  readonly #baseAddress: number;
  readonly #queueLimit: number;
  readonly #onWrite: ((frame: Uint8Array) => void) | undefined;
  /** Frames to be read; BOUNDED by the queue limit. */
  readonly #inbox: Uint8Array[] = [];
  /** Frames written and not yet taken; BOUNDED by the queue limit. */
  #outbox: Uint8Array[] = [];
  #failure = 0;
  #closed = false;

  constructor(arena: Arena, options: MemoryTunOptions = {}) {
    this.#arena = arena;
    this.name = options.name ?? 'memory0';
    this.mtu = options.mtu ?? DEFAULT_MTU;
    this.offloads = options.offloads ?? { tcp: true, udp: true };
    this.#baseAddress = options.baseAddress ?? 0;
    this.#queueLimit = options.queueLimit ?? DEFAULT_QUEUE_LIMIT;
    this.#onWrite = options.onWrite;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Frames that wait to be read. */
  get waiting(): number {
    return this.#inbox.length;
  }

  /** An application sends this packet. False when the queue is full. */
  inject(packet: Uint8Array): boolean {
    return this.injectFrame(frameOf(packet));
  }

  /** The system hands over this frame: a virtio header and a packet, maybe a super-packet. */
  injectFrame(frame: Uint8Array): boolean {
    if (this.#inbox.length >= this.#queueLimit) return false;
    this.#inbox.push(frame.slice());
    return true;
  }

  /** What was written since the last call, as it was written. */
  takeFrames(): Uint8Array[] {
    const frames = this.#outbox;
    this.#outbox = [];
    return frames;
  }

  /** The inner packets written since the last call: super-packets cut up again, checksums finished. */
  takePackets(): Uint8Array[] {
    return this.takeFrames().flatMap(segmentFrame);
  }

  /** From now on reads and writes fail with this errno; 0 mends it. */
  failWith(errno: number): void {
    this.#failure = errno;
  }

  read(offset: number, capacity: number): number {
    if (this.#closed) return -EBADFD;
    if (this.#failure !== 0) return -this.#failure;
    const frame = this.#inbox[0];
    if (frame === undefined) return 0;
    if (frame.length > capacity) return -EINVAL;
    this.#inbox.shift();
    this.#arena.bytes.set(frame, offset);
    return frame.length;
  }

  write(vector: number, count: number): number {
    if (this.#closed) return -EBADFD;
    if (this.#failure !== 0) return -this.#failure;
    const frame = this.#gather(vector, count);
    if (frame === undefined || frameProblem(frame) !== undefined) return -EINVAL;
    if (this.#onWrite !== undefined) this.#onWrite(frame);
    else if (this.#outbox.length >= this.#queueLimit) return -ENOBUFS;
    else this.#outbox.push(frame);
    return 0;
  }

  close(): void {
    this.#closed = true;
    this.#inbox.length = 0;
  }

  /** Undefined where an address lies outside of the arena or the whole is larger than any frame. */
  #gather(vector: number, count: number): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    let total = 0;
    for (let i = 0; i < count; i++) {
      const offset = this.#readWide(vector + i * IOVEC_BYTES) - this.#baseAddress;
      const length = this.#readWide(vector + i * IOVEC_BYTES + 8);
      total += length;
      if (offset < 0 || offset + length > this.#arena.bytes.length || total > MAX_FRAME_BYTES) return undefined;
      parts.push(this.#arena.bytes.subarray(offset, offset + length));
    }
    const frame = new Uint8Array(total);
    let end = 0;
    for (const part of parts) {
      frame.set(part, end);
      end += part.length;
    }
    return frame;
  }

  #readWide(offset: number): number {
    return this.#arena.view.getUint32(offset, true) + this.#arena.view.getUint32(offset + 4, true) * 0x1_0000_0000;
  }
}
