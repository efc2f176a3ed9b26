/**
 * The data plane in a worker, as the control thread holds it. See `worker-messages.ts` for how the
 * two talk. The worker is blocked in a system call most of the time, so a process that wants to end
 * must wake it: `close` does, and an exit hook does for those who leave without closing.
 */
import type { MessagePort } from 'node:worker_threads';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { KernelName } from '../kernels/kernel.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { EventFd } from '../platform/linux/event-fd.ts';
import type { TunHandle } from '../platform/linux/tun.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import { wipeBytes } from '../protocol/bytes.ts';
import type { EngineCommand } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { Engine, EngineCounters, EngineListener } from './engine.ts';
import { countersMemory, SharedCounters } from './shared-counters.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';
import type { WorkerInfo, WorkerMessage, WorkerSetup } from './worker-messages.ts';
import { CONTROL } from './worker-messages.ts';

export interface WorkerEngineOptions {
  readonly tun: TunHandle;
  readonly udp: UdpHandle;
  readonly profile: Profile;
  readonly listener: EngineListener;
  /** Peer ids below this are accepted; default 1024. */
  readonly maxPeers?: number;
  /** Which AEAD kernel to use instead of the one that measures fastest. */
  readonly kernel?: KernelName;
}

const DEFAULT_MAX_PEERS = 1024;
/** The worker's heap: it allocates on cold paths only. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };
const WORKER_FILE = new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js', import.meta.url);

/** Starts the worker; resolves when it has chosen a kernel and waits for packets. */
export async function startWorkerEngine(options: WorkerEngineOptions): Promise<WorkerEngine> {
  const engine = new WorkerEngine(options);
  await engine.ready;
  return engine;
}

export class WorkerEngine implements Engine {
  readonly ledger: SharedLedger;
  readonly ready: Promise<void>;
  readonly #listener: EngineListener;
  readonly #counters: SharedCounters;
  readonly #control = new Int32Array(new SharedArrayBuffer(CONTROL.cells * Int32Array.BYTES_PER_ELEMENT));
  readonly #wake: EventFd;
  readonly #port: MessagePort;
  readonly #ended: Promise<void>;
  readonly #stop = (): void => {
    Atomics.store(this.#control, CONTROL.stop, 1);
    this.#wake.signal();
  };
  #closing = false;
  #info: WorkerInfo | undefined;

  constructor(options: WorkerEngineOptions) {
    this.#listener = options.listener;
    this.#wake = EventFd.create(loadSyscalls());
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const setup = this.#describe(options, port2);
    this.ledger = new SharedLedger(setup.ledger);
    this.#counters = new SharedCounters(setup.counters);
    const worker = new Worker(WORKER_FILE, {
      workerData: setup,
      transferList: [port2],
      resourceLimits: RESOURCE_LIMITS,
    });
    process.once('exit', this.#stop);
    this.#ended = this.#watch(worker);
    this.ready = this.#receive(worker);
  }

  /** What the worker found out about this machine. */
  get info(): WorkerInfo {
    if (this.#info === undefined) throw new Error('the worker engine is not ready');
    return this.#info;
  }

  execute(commands: readonly EngineCommand[]): void {
    if (commands.length === 0 || this.#closing) return;
    this.#port.postMessage(commands);
    this.#wake.signal();
    wipeKeys(commands);
  }

  counters(): EngineCounters {
    return this.#counters.snapshot();
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#stop();
    }
    await this.#ended;
  }

  #describe(options: WorkerEngineOptions, port: MessagePort): WorkerSetup {
    const maxPeers = options.maxPeers ?? DEFAULT_MAX_PEERS;
    return {
      tun: options.tun,
      udp: options.udp,
      profile: { ...options.profile, signatures: [], special: undefined },
      maxPeers,
      kernel: options.kernel,
      wake: this.#wake.descriptor,
      control: this.#control.buffer,
      ledger: ledgerMemory(maxPeers),
      counters: countersMemory(),
      port,
    };
  }

  /** Resolves when the worker is gone, whatever ended it. */
  #watch(worker: Worker): Promise<void> {
    let failure: Error | undefined;
    worker.once('error', (error: Error) => {
      failure = error;
    });
    return new Promise((resolve) => {
      worker.once('exit', () => {
        process.off('exit', this.#stop);
        this.#port.close();
        this.#wake.close();
        if (!this.#closing) this.#listener.onFailure(failure ?? new Error('the data-plane worker ended'));
        this.#closing = true;
        resolve();
      });
    });
  }

  #receive(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      this.#port.on('message', (message: WorkerMessage) => {
        if (message.kind === 'events') {
          this.#handleEvents(message.events);
          return;
        }
        this.#info = message.info;
        resolve();
      });
    });
  }

  #handleEvents(events: Extract<WorkerMessage, { kind: 'events' }>['events']): void {
    const handshakes = events.filter((event) => event.kind === 'handshake').length;
    if (handshakes > 0) Atomics.sub(this.#control, CONTROL.backlog, handshakes);
    if (!this.#closing) this.#listener.onEvents(events);
  }
}

/** The worker has copies of its own by now, and wipes them in its time. */
function wipeKeys(commands: readonly EngineCommand[]): void {
  for (const command of commands) {
    if (command.kind === 'install-keypair') wipeBytes(command.keypair.sendKey, command.keypair.receiveKey);
  }
}
