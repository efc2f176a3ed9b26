/**
 * One connection: what comes by it goes to the data plane, what the data plane sends waits in its queue
 * until the connection takes it. The `Wire` below it knows how bytes or messages travel.
 *
 *     opening ─► silent ─► usable ─► closed      a connection that we made is usable at once, an
 *                                                accepted one when its first datagram has come
 */
import type { Endpoint } from '../../../protocol/endpoint.ts';
import { PATH_BYTES } from '../../carrier.ts';
import type { StreamKind } from '../../carrier-name.ts';
import { encodePath } from '../../path.ts';
import type { Chunk } from '../framing/chunk-pool.ts';
import type { FrameQueue } from '../framing/frame-queue.ts';
import type { DatagramSink, FrameReader } from '../framing/frame-reader.ts';
import { NOT_FRAMES } from '../framing/frame-reader.ts';
import type { StreamCount } from '../stream-counters.ts';
import type { HubContext } from './hub-context.ts';
import type { Pausable } from './inbound.ts';

/** How a connection carries frames: as bytes of a stream, or as messages. */
export interface Wire {
  /** Sends the frames of a chunk; `done` is called once, when the chunk is no longer needed. */
  write(chunk: Chunk, done: () => void): void;
  pause(): void;
  resume(): void;
  /** Lets what lies between know that the connection is in use; where the carrier has something for that. */
  ping?(): void;
}

/** Finds messages in a stream; those that are datagrams go to the link. */
export interface MessageReader {
  readonly isMidFrame: boolean;
  /** Returns how many were datagrams. */
  read(bytes: Uint8Array): number;
}

/** What a connection is made of and ends with it: sockets. Ending is idempotent. */
export interface Destroyable {
  destroy(): void;
}

export interface LinkOwner {
  onUsable(link: Link): void;
  /** Once, whatever state it was in. */
  onGone(link: Link, reason: string): void;
}

export type LinkState = 'opening' | 'silent' | 'usable' | 'closed';

interface Fault {
  readonly count: StreamCount | undefined;
  readonly reason: string;
}

/** Milliseconds without use; reverse proxies give up on a connection after a minute. */
const PING_INTERVAL = 20_000;
const NOT_TAKEN = 'what we sent was not taken in time';

export class Link implements DatagramSink, Pausable {
  readonly kind: StreamKind;
  readonly endpoint: Endpoint;
  readonly isAccepted: boolean;
  /** When a datagram last came, or it became usable; milliseconds of the hub's clock. */
  lastHeard: number;
  /** When a datagram was last to be sent or last came. */
  lastUsed = Number.NEGATIVE_INFINITY;
  /** When it became usable. */
  usableSince = 0;
  readonly #context: HubContext;
  readonly #owner: LinkOwner;
  readonly #queue: FrameQueue;
  readonly #reader: FrameReader;
  /** Of a WebSocket, when something has come by it. */
  #messages: MessageReader | undefined;
  readonly #path = new Uint8Array(PATH_BYTES);
  readonly #opened: number;
  #state: LinkState = 'opening';
  #bundle: number | undefined;
  #wire: Wire | undefined;
  /** BOUNDED by the layers of a connection: TCP, TLS, WebSocket. */
  readonly #parts: Destroyable[] = [];
  #pinged: number;
  #isBatchOpen = false;
  #frameSince = 0;
  #writing: Chunk | undefined;
  #writingSince = 0;

  constructor(
    context: HubContext,
    owner: LinkOwner,
    about: { readonly kind: StreamKind; readonly endpoint: Endpoint; readonly isAccepted: boolean },
  ) {
    this.#context = context;
    this.#owner = owner;
    this.kind = about.kind;
    this.endpoint = about.endpoint;
    this.isAccepted = about.isAccepted;
    this.#opened = context.now();
    this.lastHeard = this.#opened;
    this.#pinged = this.#opened;
    this.#queue = context.newQueue();
    this.#reader = context.newReader(this);
    context.links.add(this);
  }

  get state(): LinkState {
    return this.#state;
  }

  get isUnheard(): boolean {
    return this.isAccepted && this.#state !== 'usable';
  }

  giveWay(): void {
    this.fail({ count: 'idleClosed', reason: 'it said nothing while others wanted to' });
  }

  /** Whether the connection has not taken what we sent for some time. */
  isStalled(now: number, limit: number): boolean {
    return this.#writing !== undefined && now - this.#writingSince > limit;
  }

  /** From which bundle the data plane sees datagrams come; undefined before the first. */
  get bundle(): number | undefined {
    return this.#bundle;
  }

  label(bundle: number): void {
    this.#bundle = bundle;
    encodePath(this.#path, 0, { ...this.endpoint, bundle });
  }

  /** From now on `part` ends with the link, and so does `inner` through it. */
  own<T extends Destroyable>(part: T, inner?: Destroyable): T {
    const at = inner === undefined ? -1 : this.#parts.indexOf(inner);
    if (at >= 0) this.#parts.splice(at, 1);
    if (this.#state === 'closed') part.destroy();
    else this.#parts.push(part);
    return part;
  }

  /** The connection is made, with everything below the datagrams. */
  attach(wire: Wire): void {
    if (this.#state === 'closed') return;
    this.#wire = wire;
    this.#state = 'silent';
    if (!this.isAccepted) this.#becomeUsable();
  }

  /** A datagram to send; `flush` sends it. */
  enqueue(source: Uint8Array, offset: number, length: number): void {
    const { counters } = this.#context;
    counters.add('sentDatagrams');
    counters.add('sentBytes', length);
    const stale = this.#queue.push(source, offset, length);
    if (stale > 0) counters.add('stale', stale);
  }

  flush(): void {
    if (this.#writing !== undefined || this.#wire === undefined) return;
    const chunk = this.#queue.take();
    if (chunk === undefined) return;
    this.#writing = chunk;
    this.#writingSince = this.#context.now();
    this.lastUsed = this.#writingSince;
    this.#wire.write(chunk, this.#written);
  }

  /** Bytes of a stream came. False: do not read on for now. */
  readBytes(source: Uint8Array, offset: number, end: number): boolean {
    if (this.#state === 'closed') return false;
    const wasMidFrame = this.#reader.isMidFrame;
    const found = this.#reader.read(source, offset, end);
    if (found === NOT_FRAMES) {
      this.fail({ count: 'framingErrors', reason: 'the other side does not send frames' });
      return false;
    }
    if (found > 0 || !wasMidFrame) this.#frameSince = this.#context.now();
    return found > 0 ? this.#endBatch(this.#frameSince) : true;
  }

  /** Bytes of a WebSocket came. */
  readFrames(reader: MessageReader, bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#messages = reader;
    const wasMidFrame = reader.isMidFrame;
    const found = reader.read(bytes);
    if (found > 0 || !wasMidFrame) this.#frameSince = this.#context.now();
    if (found > 0) this.#endBatch(this.#frameSince);
  }

  /** A message came in pieces that is one datagram; those that come with it are one batch. */
  readMessage(message: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.take(message, 0, message.length);
    if (this.#isBatchOpen) return;
    this.#isBatchOpen = true;
    process.nextTick(this.#closeBatch);
  }

  take(source: Uint8Array, offset: number, length: number): void {
    if (this.#state === 'silent') this.#becomeUsable();
    if (this.#state === 'closed') return;
    this.#context.inbound.deliver(this.#path, source, offset, length);
  }

  pause(): void {
    this.#wire?.pause();
  }

  resume(): void {
    this.#wire?.resume();
  }

  /** Closes it if it is over one of its limits of time, and keeps it alive if it is not used. */
  check(now: number): void {
    const fault = this.#overdue(now);
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    if (this.#wire?.ping === undefined || now - Math.max(this.lastUsed, this.#pinged) < PING_INTERVAL) return;
    this.#pinged = now;
    this.#wire.ping();
  }

  fail(fault: Fault): void {
    if (this.#state !== 'closed' && fault.count !== undefined) this.#context.counters.add(fault.count);
    this.close(fault.reason);
  }

  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#context.links.delete(this);
    this.#context.inbound.forget(this);
    this.#queue.clear();
    for (const part of this.#parts) part.destroy();
    this.#owner.onGone(this, reason);
  }

  #becomeUsable(): void {
    this.#state = 'usable';
    this.usableSince = this.#context.now();
    this.lastHeard = this.usableSince;
    this.#owner.onUsable(this);
    this.flush();
  }

  #endBatch(now: number): boolean {
    this.lastHeard = now;
    this.lastUsed = now;
    return this.#context.inbound.endBatch(this);
  }

  readonly #closeBatch = (): void => {
    this.#isBatchOpen = false;
    if (this.#state !== 'closed') this.#endBatch(this.#context.now());
  };

  readonly #written = (): void => {
    const chunk = this.#writing;
    this.#writing = undefined;
    // After the end something below may still look at the chunk.
    if (chunk === undefined || this.#state === 'closed') return;
    this.#context.pool.give(chunk);
    this.flush();
  };

  #overdue(now: number): Fault | undefined {
    const { limits } = this.#context;
    if (this.isStalled(now, limits.stall)) return { count: 'slowClosed', reason: NOT_TAKEN };
    if (this.#isMidFrame && now - this.#frameSince > limits.frame) {
      return { count: 'slowClosed', reason: 'a frame began and did not end in time' };
    }
    if (!this.isAccepted) return this.#overdueToOpen(now);
    if (this.#state !== 'usable') {
      if (now - this.#opened <= limits.firstFrame) return undefined;
      return { count: 'idleClosed', reason: 'no datagram came in time' };
    }
    if (now - this.lastHeard <= limits.idle) return undefined;
    return { count: 'idleClosed', reason: 'no datagram for too long' };
  }

  get #isMidFrame(): boolean {
    return this.#reader.isMidFrame || this.#messages?.isMidFrame === true;
  }

  #overdueToOpen(now: number): Fault | undefined {
    if (this.#state !== 'opening' || now - this.#opened <= this.#context.limits.connect) return undefined;
    return { count: undefined, reason: `no connection within ${this.#context.limits.connect} ms` };
  }
}
