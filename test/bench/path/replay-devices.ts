/**
 * A TUN and a carrier that cost next to nothing, so that what is timed is the data plane. They allocate
 * nothing and copy only what a frame needs to be another than the one before.
 *
 *     ReplayTun ─► engine out ─► LoopCarrier ─► engine in ─► SinkTun
 *
 * Both engines work in one arena: what the first one has sealed, the second one opens where it lies.
 */
import type { Arena } from '../../../src/dataplane/arena.ts';
import type { PacketKernel } from '../../../src/kernels/kernel.ts';
import type { Tun, TunOffloads } from '../../../src/platform/tun.ts';
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from '../../../src/transport/carrier.ts';

const MTU = 1420;
/** Messages between a send and the next receive: the largest batch of the data plane. */
const MOST_MESSAGES = 1024;

interface StoredFrame {
  readonly offset: number;
  readonly length: number;
}

/** Hands over the same frames again and again, as many as it was loaded with. */
export class ReplayTun implements Tun {
  readonly name = 'replay0';
  readonly mtu = MTU;
  readonly descriptor = -1;
  readonly offloads: TunOffloads;
  readonly #packets: PacketKernel;
  readonly #frames: readonly StoredFrame[];
  #left = 0;
  #next = 0;
  /** What lies in the reader's buffer, which nobody changes. */
  #lastFrame = -1;
  #lastOffset = -1;

  constructor(arena: Arena, packets: PacketKernel, frames: readonly Uint8Array[], offloads: TunOffloads) {
    this.#packets = packets;
    this.offloads = offloads;
    this.#frames = frames.map((frame) => {
      const offset = arena.reserve(frame.length);
      arena.bytes.set(frame, offset);
      return { offset, length: frame.length };
    });
  }

  /** So many frames wait from now on. */
  load(frames: number): void {
    this.#left = frames;
  }

  read(offset: number, _capacity: number): number {
    if (this.#left === 0) return 0;
    this.#left -= 1;
    const index = this.#next;
    this.#next = index + 1 === this.#frames.length ? 0 : index + 1;
    const frame = this.#frames[index];
    if (index !== this.#lastFrame || offset !== this.#lastOffset)
      this.#packets.copy(offset, frame.offset, frame.length);
    this.#lastFrame = index;
    this.#lastOffset = offset;
    return frame.length;
  }

  write(): number {
    return 0;
  }

  close(): void {
    this.#left = 0;
  }
}

/** Takes whatever is written. Nothing can be read from it. */
export class SinkTun implements Tun {
  readonly name = 'sink0';
  readonly mtu = MTU;
  readonly descriptor = -1;
  readonly offloads: TunOffloads;

  constructor(offloads: TunOffloads) {
    this.offloads = offloads;
  }

  read(): number {
    return 0;
  }

  write(): number {
    return 0;
  }

  close(): void {
    // It holds nothing.
  }
}

/** One end of a cable of no length. What one end sends, the other receives without moving. */
export class LoopCarrier implements Carrier {
  readonly name = 'loop';
  readonly descriptors: readonly number[] = [];
  readonly received: ReceivedMessages = {
    offset: new Int32Array(MOST_MESSAGES),
    length: new Int32Array(MOST_MESSAGES),
    segment: new Int32Array(MOST_MESSAGES),
    path: new Int32Array(MOST_MESSAGES),
  };
  readonly #trains: boolean;
  readonly #report: SendReport = { sent: 0, full: 0, failed: 0 };
  #peer: LoopCarrier | undefined;
  #waiting = 0;

  /** @param trains whether runs arrive whole, as with UDP_GRO, or each datagram by itself */
  constructor(trains: boolean) {
    this.#trains = trains;
  }

  static pair(trains: boolean): readonly [LoopCarrier, LoopCarrier] {
    const [a, b] = [new LoopCarrier(trains), new LoopCarrier(trains)];
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  receive(): number {
    const count = this.#waiting;
    this.#waiting = 0;
    return count;
  }

  send(runs: SendRuns): SendReport {
    this.#report.sent = 0;
    for (let run = 0; run < runs.count; run += 1) {
      const length = runs.length[run];
      const segment = runs.segment[run];
      this.#report.sent += Math.ceil(length / segment);
      this.#deliver(runs.offset[run], length, segment, runs.path[run]);
    }
    return this.#report;
  }

  #deliver(offset: number, length: number, segment: number, path: number): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const { received } = peer;
    const step = this.#trains ? length : segment;
    for (let done = 0; done < length; done += step) {
      received.offset[peer.#waiting] = offset + done;
      received.length[peer.#waiting] = Math.min(step, length - done);
      received.segment[peer.#waiting] = segment;
      received.path[peer.#waiting] = path;
      peer.#waiting += 1;
    }
  }
}
