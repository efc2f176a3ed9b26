/**
 * A carrier without an operating system: datagrams go to, and come from, a `DatagramSink` that
 * plays the network. Stands where the UDP sockets stand on a packet's journey, and behaves like
 * them: bounded receive queue, path records, sticky source addresses, trains of equal-sized
 * datagrams in one message. It also carries bundles of connections, as far as the network has any.
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { sameEndpoint, withoutLocal } from '../../protocol/endpoint.ts';
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from '../carrier.ts';
import { MAX_RUN_BYTES, MAX_RUN_SEGMENTS, PATH_BYTES } from '../carrier.ts';
import { decodePath, encodePath } from '../path.ts';

/** One datagram in flight. Nobody writes to `bytes` once it is on its way. */
export interface Datagram {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

/** Whatever datagrams can be thrown into: the network, or a fault injector before it. */
export interface DatagramSink {
  accept(datagram: Datagram): void;
}

export interface MemoryCarrierOptions {
  /** Own addresses, at most one of each family; a datagram leaves from the one of its family. */
  readonly local: readonly Endpoint[];
  /** Messages per `receive`. Each takes 64 KiB of the arena. */
  readonly batch?: number;
  /** Datagrams that wait at most; what arrives beyond that is lost, as in a full socket buffer. */
  readonly queueLimit?: number;
  /** Join datagrams of one sender into trains as UDP_GRO does. */
  readonly trains?: boolean;
}

const SLOT_BYTES = 65536;
const DEFAULT_BATCH = 16;
const DEFAULT_QUEUE_LIMIT = 1024;
const MAX_DATAGRAM_BYTES = 65507;
/** The interface that every datagram seems to have come in by. */
const INTERFACE_INDEX = 1;

export class MemoryCarrier implements Carrier {
  readonly name = 'memory';
  readonly descriptors: readonly number[] = [];
  readonly received: ReceivedMessages;
  readonly #arena: Arena;
  readonly #network: DatagramSink;
  readonly #slots: number;
  readonly #paths: number;
  readonly #batch: number;
  readonly #queueLimit: number;
  readonly #trains: boolean;
  readonly #report: SendReport = { sent: 0, full: 0, failed: 0 };
  /** BOUNDED by the queue limit. */
  readonly #queue: Datagram[] = [];
  #local: readonly Endpoint[];
  #overflowed = 0;
  #sendBudget = Number.POSITIVE_INFINITY;

  constructor(arena: Arena, network: DatagramSink, options: MemoryCarrierOptions) {
    this.#arena = arena;
    this.#network = network;
    this.#local = options.local;
    this.#batch = options.batch ?? DEFAULT_BATCH;
    this.#queueLimit = options.queueLimit ?? DEFAULT_QUEUE_LIMIT;
    this.#trains = options.trains ?? false;
    this.#slots = arena.reserve(this.#batch * SLOT_BYTES);
    this.#paths = arena.reserve(this.#batch * PATH_BYTES);
    this.received = {
      offset: new Int32Array(this.#batch),
      length: new Int32Array(this.#batch),
      segment: new Int32Array(this.#batch),
      path: new Int32Array(this.#batch),
    };
  }

  get local(): readonly Endpoint[] {
    return this.#local;
  }

  /** Datagrams waiting for `receive`. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Datagrams lost because the queue was full. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** Moves to other addresses, as a roaming device does. Through `MemoryNetwork.move`, which keeps its table in step. */
  rebind(local: readonly Endpoint[]): void {
    this.#local = local;
  }

  /** Takes this many more datagrams, then reports a full socket buffer. Infinity takes all again. */
  limitSends(datagrams: number): void {
    this.#sendBudget = datagrams;
  }

  /** From the network. False when the queue is full. */
  enqueue(datagram: Datagram): boolean {
    if (this.#queue.length >= this.#queueLimit) {
      this.#overflowed++;
      return false;
    }
    this.#queue.push(datagram);
    return true;
  }

  receive(): number {
    let count = 0;
    while (count < this.#batch && this.#queue.length > 0) this.#receiveInto(count++);
    return count;
  }

  send(runs: SendRuns): SendReport {
    const report = this.#report;
    report.sent = 0;
    report.full = 0;
    report.failed = 0;
    for (let i = 0; i < runs.count; i++) this.#sendRun(runs, i);
    return report;
  }

  #receiveInto(entry: number): void {
    const train = this.#queue.splice(0, this.#trains ? trainLength(this.#queue) : 1);
    const first = train[0];
    const slot = this.#slots + entry * SLOT_BYTES;
    let end = slot;
    for (const { bytes } of train) {
      this.#arena.bytes.set(bytes, end);
      end += bytes.length;
    }
    const path = this.#paths + entry * PATH_BYTES;
    encodePath(this.#arena.bytes, path, {
      ...first.from,
      local: { address: first.to.address, interfaceIndex: INTERFACE_INDEX },
    });
    this.received.offset[entry] = slot;
    this.received.length[entry] = end - slot;
    this.received.segment[entry] = first.bytes.length;
    this.received.path[entry] = path;
  }

  #sendRun(runs: SendRuns, run: number): void {
    const offset = runs.offset[run];
    const length = runs.length[run];
    const segment = runs.segment[run];
    const datagrams = length === 0 ? 1 : Math.ceil(length / segment);
    const to = decodePath(this.#arena.bytes, runs.path[run]);
    const from = this.#sourceFor(to);
    if (from === undefined || to.port === 0 || !isSendable(length, segment, datagrams)) {
      this.#report.failed += datagrams;
      return;
    }
    const bare = withoutLocal(to);
    for (let i = 0; i < datagrams; i++) {
      const start = offset + i * segment;
      this.#sendOne({
        from,
        to: bare,
        bytes: this.#arena.bytes.slice(start, Math.min(start + segment, offset + length)),
      });
    }
  }

  #sendOne(datagram: Datagram): void {
    if (this.#sendBudget <= 0) {
      this.#report.full++;
      return;
    }
    this.#sendBudget--;
    this.#report.sent++;
    this.#network.accept(datagram);
  }

  /** The sticky source where it is still ours, otherwise our address of that family. */
  #sourceFor(to: Endpoint): Endpoint | undefined {
    const family = this.#local.filter(({ address }) => address.length === to.address.length);
    const sticky = to.local?.address;
    return family.find(({ address }) => sticky !== undefined && Buffer.compare(address, sticky) === 0) ?? family[0];
  }
}

/** What the kernel takes as one message: see MAX_RUN_SEGMENTS; a single datagram may be as large as UDP allows. */
function isSendable(length: number, segment: number, datagrams: number): boolean {
  if (datagrams === 1) return length <= MAX_DATAGRAM_BYTES;
  return segment > 0 && datagrams <= MAX_RUN_SEGMENTS && length <= MAX_RUN_BYTES;
}

/** How many datagrams from the head of the queue the kernel would join: same path, equal sizes but for a shorter last. */
function trainLength(queue: readonly Datagram[]): number {
  const first = queue[0];
  const size = first.bytes.length;
  const longest = size === 0 ? 1 : Math.min(queue.length, MAX_RUN_SEGMENTS, Math.floor(MAX_RUN_BYTES / size));
  for (let count = 1; count < longest; count++) {
    const next = queue[count];
    const { length } = next.bytes;
    if (length > size || length === 0 || !onSamePath(first, next)) return count;
    if (length < size) return count + 1;
  }
  return Math.max(longest, 1);
}

function onSamePath(a: Datagram, b: Datagram): boolean {
  return sameEndpoint(a.from, b.from) && sameEndpoint(a.to, b.to);
}
