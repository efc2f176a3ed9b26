/**
 * Streams as the control thread holds them: a worker that makes and accepts connections, and the rings
 * between it and the data plane. It is started only where a configuration has such carriers.
 */
import { Worker } from 'node:worker_threads';
import { loadSyscalls } from '../../platform/ffi/syscalls.ts';
import type { ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import { EventFd } from '../../platform/linux/event-fd.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { StreamKind } from '../carrier-name.ts';
import type { HubCommand, HubEvent, HubSetup } from './hub-messages.ts';
import { ringMemory } from './ring/ring-memory.ts';
import type { StreamCounts } from './stream-counters.ts';
import { StreamCounters, streamCountersMemory } from './stream-counters.ts';
import type { StreamHandle } from './stream-handle.ts';
import type { StreamLimits, StreamListenOptions, StreamTarget } from './stream-target.ts';
import { DEFAULT_STREAM_LIMITS, MAX_CONNECTIONS } from './stream-target.ts';

export interface StreamHubListener {
  /** The first connection of an outgoing bundle can be used. */
  onUp(bundle: number, endpoint: Endpoint): void;
  /** No connection of it can be used; it goes on trying. One that rested unused is not lost. */
  onDown(bundle: number, reason: string): void;
  /** A peer connected and said its first datagram. */
  onAccepted(bundle: number, endpoint: Endpoint, kind: StreamKind): void;
  /** The last connection of an accepted bundle is gone, and its number with it. */
  onClosed(bundle: number, reason: string): void;
  /** The hub is gone without being stopped. */
  onFailure(error: Error): void;
}

export interface StreamHubOptions {
  /** Mark of connections for policy routing; 0 for none. */
  readonly fwmark: number;
  readonly listener: StreamHubListener;
  readonly limits?: Partial<StreamLimits>;
}

export interface BundleStatistics {
  /** Connections that can be used now. */
  readonly linksUp: number;
  /** Connections that there have been. */
  readonly connects: number;
}

export interface StreamStatistics extends StreamCounts {
  readonly bundles: ReadonlyMap<number, BundleStatistics>;
}

export interface StreamListening {
  readonly port: number;
  /** Accepts no more; connections stay. Idempotent. */
  close(): void;
}

/** What prevents listening, with the code of the system or of TLS: EADDRINUSE, ERR_OSSL_PEM_NO_START_LINE. */
export class StreamListenError extends Error {
  override readonly name = 'StreamListenError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Milliseconds that the end of the process waits for the hub's thread. */
const LEAVE_TIMEOUT = 1000;
/** Its heap: connections, and what TLS and HTTP need for them. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };
const HUB_FILE = new URL(import.meta.url.endsWith('.ts') ? './hub/hub-main.ts' : './hub/hub-main.js', import.meta.url);

interface PendingListen {
  readonly resolve: (port: number) => void;
  readonly reject: (error: Error) => void;
}

export class StreamHub {
  readonly handle: StreamHandle;
  readonly #listener: StreamHubListener;
  readonly #counters: StreamCounters;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Open until `stop`, whatever becomes of the thread: the data plane may still signal them. */
  readonly #eventFds: EventFd[];
  /** BOUNDED by the bundles that are open. */
  readonly #bundles = new Map<number, BundleStatistics>();
  /** BOUNDED by calls of `listen` under way. */
  readonly #listens = new Map<number, PendingListen>();
  /** Waits for the answer to `confine`; one call at a time. */
  #confining: ((complaint: string | undefined) => void) | undefined;
  #listenCalls = 0;
  #isStopping = false;
  #failure: Error | undefined;

  /** Throws SystemCallError or NativeUnavailableError. Resolves when the hub's thread runs. */
  static async start(options: StreamHubOptions): Promise<StreamHub> {
    const hub = new StreamHub(options);
    await hub.#online();
    return hub;
  }

  private constructor({ fwmark, listener, limits }: StreamHubOptions) {
    this.#listener = listener;
    const syscalls = loadSyscalls();
    this.#eventFds = Array.from({ length: 3 }, () => EventFd.create(syscalls));
    const [wakeDataPlane, wakeHub, drained] = this.#eventFds.map(({ descriptor }) => descriptor);
    this.handle = { toDataPlane: ringMemory(), fromDataPlane: ringMemory(), wakeDataPlane, wakeHub, drained };
    const counters = streamCountersMemory();
    this.#counters = new StreamCounters(counters);
    const setup: HubSetup = {
      handle: this.handle,
      counters,
      stopped: this.#stopped.buffer,
      fwmark,
      limits: { ...DEFAULT_STREAM_LIMITS, ...limits },
    };
    this.#worker = new Worker(HUB_FILE, { workerData: setup, resourceLimits: RESOURCE_LIMITS });
    this.#worker.on('message', (event: HubEvent) => this.#handle(event));
    this.#ended = this.#watch();
    process.once('exit', this.#leave);
  }

  /** @param bundle 1 to 2^31 - 1; one that is open by this number is closed before */
  open(bundle: number, target: StreamTarget): void {
    if (!Number.isInteger(bundle) || bundle < 1 || bundle > 0x7fffffff) {
      throw new RangeError(`the number ${bundle} of a bundle is not from 1 to 2^31 - 1`);
    }
    const { connections } = target;
    if (!Number.isInteger(connections) || connections < 1 || connections > MAX_CONNECTIONS) {
      throw new RangeError(`${connections} connections: not from 1 to ${MAX_CONNECTIONS}`);
    }
    this.#bundles.set(bundle, { linksUp: 0, connects: 0 });
    this.#post({ kind: 'open', bundle, target });
  }

  /** An outgoing bundle is forgotten without a word; of an accepted one `onClosed` tells. */
  close(bundle: number): void {
    if (bundle <= 0x7fffffff) this.#bundles.delete(bundle);
    this.#post({ kind: 'close', bundle });
  }

  /**
   * Two accepted bundles turned out to be one peer's: both numbers mean the connections of both from
   * now on, and datagrams that come by them come from `into`.
   */
  merge(from: number, into: number): void {
    this.#bundles.delete(from);
    this.#post({ kind: 'merge', from, into });
  }

  /** Rejects with StreamListenError. */
  async listen(options: StreamListenOptions): Promise<StreamListening> {
    const listener = ++this.#listenCalls;
    const port = await new Promise<number>((resolve, reject) => {
      this.#listens.set(listener, { resolve, reject });
      this.#post({ kind: 'listen', listener, options });
    });
    return { port, close: () => this.#post({ kind: 'unlisten', listener }) };
  }

  /** For connections made and ports opened from now on. */
  setFwmark(fwmark: number): void {
    this.#post({ kind: 'set-fwmark', fwmark });
  }

  /** Has the hub's thread take a step of confinement; one call at a time. Rejects when it cannot. */
  async confine(step: ThreadStep): Promise<void> {
    const complaint = await new Promise<string | undefined>((resolve) => {
      this.#confining = resolve;
      this.#post({ kind: 'confine', step });
    });
    if (complaint !== undefined) throw new Error(`the thread of the streams: ${complaint}`);
  }

  statistics(): StreamStatistics {
    return { ...this.#counters.snapshot(), bundles: new Map(this.#bundles) };
  }

  /** Closes everything. The data plane must not use the handle any more. Idempotent. */
  async stop(): Promise<void> {
    this.#post({ kind: 'stop' });
    this.#isStopping = true;
    await this.#ended;
    for (const eventFd of this.#eventFds.splice(0)) eventFd.close();
  }

  /** For those who leave without stopping: the thread must not be ended while it watches descriptors. */
  readonly #leave = (): void => {
    this.#post({ kind: 'stop' });
    Atomics.wait(this.#stopped, 0, 0, LEAVE_TIMEOUT);
  };

  #post(command: HubCommand): void {
    if (!this.#isStopping) this.#worker.postMessage(command);
  }

  #online(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once('online', resolve);
      this.#worker.once('error', reject);
    });
  }

  #watch(): Promise<void> {
    this.#worker.once('error', (error: Error) => {
      this.#failure = error;
    });
    return new Promise((resolve) => {
      this.#worker.once('exit', () => {
        process.off('exit', this.#leave);
        this.#giveUpListening();
        if (!this.#isStopping) this.#listener.onFailure(this.#failure ?? new Error('the stream hub ended'));
        this.#isStopping = true;
        resolve();
      });
    });
  }

  #giveUpListening(): void {
    for (const { reject } of this.#listens.values())
      reject(new StreamListenError('ERR_STREAM_HUB_GONE', 'the stream hub ended'));
    this.#listens.clear();
    this.#confining?.('the stream hub ended');
  }

  #handle(event: HubEvent): void {
    if (this.#isStopping) return;
    switch (event.kind) {
      case 'up':
        this.#listener.onUp(event.bundle, event.endpoint);
        break;
      case 'down':
        this.#listener.onDown(event.bundle, event.reason);
        break;
      case 'accepted':
        this.#listener.onAccepted(event.bundle, event.endpoint, event.carrier);
        break;
      case 'closed':
        this.#bundles.delete(event.bundle);
        this.#listener.onClosed(event.bundle, event.reason);
        break;
      case 'links':
        this.#count(event);
        break;
      case 'failed':
        this.#failure = new Error(event.message);
        break;
      case 'confined':
        this.#confining?.(event.complaint);
        break;
      case 'listening':
        this.#listens.get(event.listener)?.resolve(event.port);
        this.#listens.delete(event.listener);
        break;
      case 'listen-failed':
        this.#listens.get(event.listener)?.reject(new StreamListenError(event.code, event.message));
        this.#listens.delete(event.listener);
    }
  }

  /** Of an outgoing bundle that was closed meanwhile nothing is kept. */
  #count({ bundle, up, connects }: Extract<HubEvent, { kind: 'links' }>): void {
    if (bundle <= 0x7fffffff && !this.#bundles.has(bundle)) return;
    this.#bundles.set(bundle, { linksUp: up, connects });
  }
}
