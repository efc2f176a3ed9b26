/** What every part of the hub's thread needs: the way to the data plane, limits, counts, buffers. */
import type { CopyBytes } from '../../../platform/ffi/memory-copy.ts';
import { nativeCopy } from '../../../platform/ffi/memory-copy.ts';
import type { Syscalls } from '../../../platform/ffi/syscalls.ts';
import { EventFd } from '../../../platform/linux/event-fd.ts';
import { ChunkPool } from '../framing/chunk-pool.ts';
import { FrameQueue } from '../framing/frame-queue.ts';
import type { DatagramSink } from '../framing/frame-reader.ts';
import { FrameReader } from '../framing/frame-reader.ts';
import type { WebSocketRole } from '../framing/websocket-frames.ts';
import { MESSAGES_BYTES, WebSocketFrameReader, WebSocketFrameWriter } from '../framing/websocket-frames.ts';
import type { HubEvent, HubSetup } from '../hub-messages.ts';
import { DatagramRing } from '../ring/datagram-ring.ts';
import { StreamCounters } from '../stream-counters.ts';
import type { StreamLimits } from '../stream-target.ts';
import { Inbound } from './inbound.ts';

/** A connection, as far as all of them are looked after. */
interface Overseen {
  /** Accepted, and nothing has been heard of it. */
  readonly isUnheard: boolean;
  check(now: number): void;
  close(reason: string): void;
  /** Closes it for the sake of others. */
  giveWay(): void;
}

/** Bytes of one read. */
const STAGING_BYTES = 128 << 10;

export class HubContext {
  readonly syscalls: Syscalls;
  readonly limits: StreamLimits;
  readonly counters: StreamCounters;
  readonly pool = new ChunkPool();
  /** For what is written to WebSockets. */
  readonly messages = new ChunkPool(MESSAGES_BYTES);
  readonly inbound: Inbound;
  /** Every connection that is not closed, oldest first. BOUNDED by the limit of accepted ones, and by what was opened. */
  readonly links = new Set<Overseen>();
  /** What every TCP connection reads into: the bytes are gone from it before the next one reads. */
  readonly staging = new Uint8Array(new ArrayBuffer(STAGING_BYTES));
  readonly post: (event: HubEvent) => void;
  /** Of connections made from now on. */
  fwmark: number;
  readonly #copy: CopyBytes;

  constructor(syscalls: Syscalls, setup: HubSetup, post: (event: HubEvent) => void) {
    this.syscalls = syscalls;
    this.limits = setup.limits;
    this.counters = new StreamCounters(setup.counters);
    this.fwmark = setup.fwmark;
    this.post = post;
    this.#copy = nativeCopy(syscalls);
    const ring = new DatagramRing(setup.handle.toDataPlane, nativeCopy(syscalls));
    this.inbound = new Inbound(ring, new EventFd(syscalls, setup.handle.wakeDataPlane), this.counters);
  }

  /** Closes the accepted connection that has been silent for longest; false where there is none. */
  makeRoom(): boolean {
    for (const link of this.links) {
      if (!link.isUnheard) continue;
      link.giveWay();
      return true;
    }
    return false;
  }

  /** Milliseconds, of no particular beginning. */
  now(): number {
    return performance.now();
  }

  newQueue(): FrameQueue {
    return new FrameQueue(this.pool, this.#copy, this.limits.queueBytes);
  }

  newWebSocketReader(
    role: WebSocketRole,
    sink: DatagramSink,
    handOn: (frames: Uint8Array) => void,
  ): WebSocketFrameReader {
    return new WebSocketFrameReader(role, sink, handOn, this.#copy);
  }

  newWebSocketWriter(role: WebSocketRole): WebSocketFrameWriter {
    return new WebSocketFrameWriter(role, this.#copy);
  }

  newReader(sink: DatagramSink): FrameReader {
    return new FrameReader(sink, this.#copy, this.limits.datagramBytes);
  }
}
