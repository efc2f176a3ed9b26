/**
 * One data-plane worker, as the control thread holds it. See `worker-messages.ts` for how the two talk.
 * The worker is blocked in a system call most of the time, so a process that wants to end must wake it:
 * `stop` does, and an exit hook does for those who leave without stopping.
 */
import type { MessagePort } from 'node:worker_threads';
import { MessageChannel, Worker } from 'node:worker_threads';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { EventFd } from '../platform/linux/event-fd.ts';
import type { EngineEvent } from '../protocol/engine-port.ts';
import { ARENA_PAGE, arenaMemory } from './arena.ts';
import { CryptoThreads, poolPages } from './crypto-pool/crypto-thread.ts';
import type { EngineCounters } from './engine.ts';
import { Heartbeat } from './heartbeat.ts';
import { countersMemory, SharedCounters } from './shared-counters.ts';
import type { WorkerCommand, WorkerInfo, WorkerMessage, WorkerSetup } from './worker-messages.ts';
import { CONTROL } from './worker-messages.ts';

export interface WorkerThreadListener {
  onEvents(events: readonly EngineEvent[]): void;
  /** The worker is gone; with an error unless it was told to stop. */
  onEnd(error: Error | undefined): void;
}

/** What the thread adds to the setup by itself. */
export interface WorkerTask
  extends Omit<WorkerSetup, 'wake' | 'control' | 'counters' | 'port' | 'pool' | 'memory' | 'memoryEnd'> {
  /** How many threads help with encryption. */
  readonly helpers: number;
}

/** Pages of the arena for the pipeline and the one of its rehearsal, but for the paths of the peers. */
const ARENA_BASE_PAGES = 256;
/** What the way to the streams takes on top. */
const STREAM_PAGES = 18;
const BYTES_PER_PEER = 64;

/** The worker's heap: it allocates on cold paths only. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };
const WORKER_FILE = new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js', import.meta.url);

export class WorkerThread {
  /** Resolves when the worker has chosen a kernel and waits for packets; rejects when it fails before. */
  readonly ready: Promise<WorkerInfo>;
  /** Resolves when nothing of it touches its descriptors any more, whatever ended it. */
  readonly ended: Promise<void>;
  readonly #listener: WorkerThreadListener;
  readonly #counters: SharedCounters;
  readonly #control = new Int32Array(new SharedArrayBuffer(CONTROL.cells * Int32Array.BYTES_PER_ELEMENT));
  readonly #wake = EventFd.create(loadSyscalls());
  readonly #heartbeat = new Heartbeat(this.#control, () => this.#wake.signal());
  readonly #port: MessagePort;
  readonly #helpers: CryptoThreads | undefined;
  #isStopping = false;
  #isGone = false;

  constructor({ helpers, ...task }: WorkerTask, listener: WorkerThreadListener) {
    this.#listener = listener;
    const pages = arenaPages(task);
    const memory = arenaMemory(pages + poolPages(helpers));
    if (helpers > 0) this.#helpers = new CryptoThreads(helpers, memory, (error) => this.#end(error));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const counters = countersMemory();
    this.#counters = new SharedCounters(counters);
    const setup: WorkerSetup = {
      ...task,
      wake: this.#wake.descriptor,
      control: this.#control.buffer,
      counters,
      port: port2,
      pool: this.#helpers?.handle,
      memory,
      memoryEnd: pages * ARENA_PAGE,
    };
    const options = { workerData: setup, transferList: [port2], resourceLimits: RESOURCE_LIMITS };
    const worker = new Worker(WORKER_FILE, options);
    process.once('exit', this.#leave);
    this.ended = Promise.all([this.#watch(worker), this.#helpers?.ended]).then(() => undefined);
    this.ready = Promise.all([this.#receive(worker), this.#helpers?.ready]).then(([info]) => info);
  }

  post(commands: readonly WorkerCommand[]): void {
    if (commands.length === 0 || this.#isStopping || this.#isGone) return;
    this.#port.postMessage(commands);
    this.#wake.signal();
  }

  counters(): EngineCounters {
    return this.#counters.snapshot();
  }

  /** Whether it has turned since the last call; wakes it for the next. */
  heartbeat(): boolean {
    return !this.#isGone && this.#heartbeat.ask();
  }

  stop(): void {
    if (this.#isStopping || this.#isGone) return;
    this.#isStopping = true;
    this.#leave();
  }

  readonly #leave = (): void => {
    this.#helpers?.stop();
    Atomics.store(this.#control, CONTROL.stop, 1);
    this.#wake.signal();
  };

  #watch(worker: Worker): Promise<void> {
    let failure: Error | undefined;
    worker.once('error', (error: Error) => {
      failure = error;
    });
    return new Promise((resolve) => {
      worker.once('exit', () => {
        this.#isGone = true;
        process.off('exit', this.#leave);
        this.#port.close();
        this.#wake.close();
        this.#helpers?.stop();
        this.#end(failure ?? new Error('the data-plane worker ended'));
        resolve();
      });
    });
  }

  #end(error: Error): void {
    this.#listener.onEnd(this.#isStopping ? undefined : error);
  }

  #receive(worker: Worker): Promise<WorkerInfo> {
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      this.#port.on('message', (message: WorkerMessage) => {
        if (message.kind === 'events') this.#handleEvents(message.events);
        else resolve(message.info);
      });
    });
  }

  #handleEvents(events: readonly EngineEvent[]): void {
    const handshakes = events.filter((event) => event.kind === 'handshake').length;
    if (handshakes > 0) Atomics.sub(this.#control, CONTROL.backlog, handshakes);
    if (!this.#isStopping) this.#listener.onEvents(events);
  }
}

function arenaPages({ stream, maxPeers }: Pick<WorkerTask, 'stream' | 'maxPeers'>): number {
  const streams = stream === undefined ? 0 : STREAM_PAGES;
  return ARENA_BASE_PAGES + streams + Math.ceil((maxPeers * BYTES_PER_PEER) / ARENA_PAGE);
}
