/**
 * A data-plane thread: waits for the TUN, the sockets or the control thread, and pumps.
 *
 *     epoll_wait ─► commands ─► outbound ─► inbound ─► events ─┐
 *          ▲──────────── nothing left to do ◄──────────────────┘
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { SystemRandom } from '../crypto/system-random.ts';
import { createPacketKernel } from '../kernels/packet-kernel.ts';
import { selectAeadKernel } from '../kernels/select.ts';
import { ERRNO } from '../platform/ffi/errno.ts';
import type { Syscalls } from '../platform/ffi/syscalls.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { bootInstant } from '../platform/linux/clock.ts';
import { Epoll } from '../platform/linux/epoll.ts';
import { EventFd } from '../platform/linux/event-fd.ts';
import { LinuxTun } from '../platform/linux/tun.ts';
import { HANDSHAKE_BACKLOG_MAX } from '../protocol/constants.ts';
import type { Instant } from '../protocol/time.ts';
import type { Carrier } from '../transport/carrier.ts';
import { CompositeCarrier } from '../transport/composite-carrier.ts';
import { RingCarrier } from '../transport/stream/ring-carrier.ts';
import { LinuxUdpCarrier } from '../transport/udp/linux-udp-carrier.ts';
import { ARENA_PAGE, Arena } from './arena.ts';
import { answerHeartbeat } from './heartbeat.ts';
import type { PipelineCommand } from './pipeline.ts';
import { Pipeline } from './pipeline.ts';
import { RandomPool } from './random-pool.ts';
import { SharedCounters } from './shared-counters.ts';
import { SharedLedger } from './shared-ledger.ts';
import type { WorkerInfo, WorkerMessage, WorkerSetup } from './worker-messages.ts';
import { CONTROL } from './worker-messages.ts';

/** Everything but the paths of the peers. */
const ARENA_BASE_PAGES = 128;
/** What the way to the streams takes on top. */
const STREAM_PAGES = 18;
const BYTES_PER_PEER = 64;
/** Batches each way before the worker looks at its commands again. */
const ROUNDS = 8;

const setup = workerData as WorkerSetup;
const control = new Int32Array(setup.control);

function takeCredit(): number {
  if (Atomics.add(control, CONTROL.backlog, 1) < HANDSHAKE_BACKLOG_MAX) return Atomics.load(control, CONTROL.backlog);
  Atomics.sub(control, CONTROL.backlog, 1);
  return -1;
}

function build(syscalls: Syscalls): { pipeline: Pipeline; info: WorkerInfo } {
  const pages = ARENA_BASE_PAGES + (setup.stream === undefined ? 0 : STREAM_PAGES);
  const arena = new Arena(pages + Math.ceil((setup.maxPeers * BYTES_PER_PEER) / ARENA_PAGE));
  const packets = createPacketKernel(arena, syscalls.addressOf(arena.bytes));
  const { kernel, report } = selectAeadKernel(arena, setup.kernel === undefined ? {} : { force: setup.kernel });
  const pipeline = new Pipeline({
    arena,
    packets,
    aead: kernel,
    tun: new LinuxTun(syscalls, arena, setup.tun),
    carrier: buildCarrier(syscalls, arena),
    crypto: nodeCrypto(),
    pool: new RandomPool(arena, new SystemRandom()),
    ledger: new SharedLedger(setup.ledger),
    counters: new SharedCounters(setup.counters),
    profile: setup.profile,
    maxPeers: setup.maxPeers,
    sends: setup.role !== 'inbound',
    receives: setup.role !== 'outbound',
    credit: { take: takeCredit },
  });
  const kernelNanoseconds = Object.fromEntries(report.map((row) => [row.name, row.nanoseconds]));
  return { pipeline, info: { kernel: kernel.name, kernelNanoseconds } };
}

/** Who has no streams has nothing in the way of his sockets. */
function buildCarrier(syscalls: Syscalls, arena: Arena): Carrier {
  const udp = new LinuxUdpCarrier(syscalls, arena, setup.udp);
  return setup.stream === undefined
    ? udp
    : new CompositeCarrier(arena, udp, new RingCarrier(syscalls, arena, setup.stream));
}

function post(message: WorkerMessage): void {
  setup.port.postMessage(message);
}

class DataPlaneLoop {
  readonly #pipeline: Pipeline;
  readonly #epoll: Epoll;
  readonly #wake: EventFd;
  readonly #now: () => Instant;

  constructor(syscalls: Syscalls, pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#now = bootInstant(syscalls);
    this.#wake = new EventFd(syscalls, setup.wake);
    this.#epoll = new Epoll(syscalls);
    this.#epoll.add(setup.wake);
    if (setup.role !== 'inbound') this.#epoll.add(setup.tun.descriptor);
    if (setup.role === 'outbound') return;
    const sources = [setup.udp.v4, setup.udp.v6, setup.stream?.wakeDataPlane ?? -1];
    for (const descriptor of sources) if (descriptor >= 0) this.#epoll.add(descriptor);
  }

  run(): void {
    while (Atomics.load(control, CONTROL.stop) === 0) {
      this.#turn();
      if (this.#pipeline.hasEvents) post({ kind: 'events', events: this.#pipeline.takeEvents() });
      if (this.#pipeline.tunError === ERRNO.EBADFD) throw new Error('the TUN device was removed');
    }
    this.#epoll.close();
  }

  #turn(): void {
    const ready = this.#epoll.wait(-1);
    let tun = false;
    let net = false;
    for (let index = 0; index < ready; index += 1) {
      const descriptor = this.#epoll.ready(index);
      if (descriptor === setup.wake) this.#takeCommands();
      else if (descriptor === setup.tun.descriptor) tun = true;
      else net = true;
    }
    this.#pump(tun, net);
  }

  #pump(tun: boolean, net: boolean): void {
    let outbound = tun;
    let inbound = net;
    for (let round = 0; round < ROUNDS && (outbound || inbound); round += 1) {
      const now = this.#now();
      if (outbound) outbound = this.#pipeline.pumpOutbound(now);
      if (inbound) inbound = this.#pipeline.pumpInbound(now);
    }
  }

  #takeCommands(): void {
    this.#wake.drain();
    answerHeartbeat(control);
    const now = this.#now();
    for (;;) {
      const message = receiveMessageOnPort(setup.port);
      if (message === undefined) return;
      for (const command of message.message as readonly PipelineCommand[]) this.#pipeline.execute(command, now);
    }
  }
}

const syscalls = loadSyscalls();
const { pipeline, info } = build(syscalls);
const loop = new DataPlaneLoop(syscalls, pipeline);
post({ kind: 'ready', info });
loop.run();
