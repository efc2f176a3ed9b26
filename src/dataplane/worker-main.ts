/**
 * A data-plane thread: builds the pipeline over what the control thread has opened, and runs it.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { SystemRandom } from '../crypto/system-random.ts';
import type { AeadKernel } from '../kernels/kernel.ts';
import { KERNEL_NAMES } from '../kernels/kernel.ts';
import { createPacketKernel } from '../kernels/packet-kernel.ts';
import { selectAeadKernel } from '../kernels/select.ts';
import { ERRNO } from '../platform/ffi/errno.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { SystemCallError } from '../platform/ffi/system-call-error.ts';
import { bootInstant } from '../platform/linux/clock.ts';
import { EventFd } from '../platform/linux/event-fd.ts';
import { LinuxTun } from '../platform/linux/tun.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import type { Tun } from '../platform/tun.ts';
import { HANDSHAKE_BACKLOG_MAX } from '../protocol/constants.ts';
import type { Instant } from '../protocol/time.ts';
import type { Carrier } from '../transport/carrier.ts';
import { CompositeCarrier } from '../transport/composite-carrier.ts';
import { RingCarrier } from '../transport/stream/ring-carrier.ts';
import { LinuxUdpCarrier } from '../transport/udp/linux-udp-carrier.ts';
import { ARENA_PAGE, Arena } from './arena.ts';
import { RingRecorder } from './capture/capture-ring.ts';
import { RecordingCarrier } from './capture/recording-carrier.ts';
import { RecordingTun } from './capture/recording-tun.ts';
import type { CryptoPoolHandle } from './crypto-pool/crypto-thread.ts';
import { PooledKernel } from './crypto-pool/pooled-kernel.ts';
import { SharedBatch } from './crypto-pool/shared-batch.ts';
import { DataPlaneLoop } from './data-plane-loop.ts';
import type { HandshakeCredit } from './handshake-filter.ts';
import { answerHeartbeat } from './heartbeat.ts';
import type { PipelineOptions } from './pipeline.ts';
import { Pipeline } from './pipeline.ts';
import { RandomPool } from './random-pool.ts';
import { Rehearsal } from './rehearsal.ts';
import { countersMemory, SharedCounters } from './shared-counters.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';
import type { WorkerCommand, WorkerInfo, WorkerMessage, WorkerSetup } from './worker-messages.ts';
import { CONTROL } from './worker-messages.ts';

const setup = workerData as WorkerSetup;
const control = new Int32Array(setup.control);
const syscalls = loadSyscalls();
const now = bootInstant(syscalls);
const random = new SystemRandom();
const arena = new Arena(setup.memory, ARENA_PAGE, setup.memoryEnd);
const packets = createPacketKernel(arena, syscalls.addressOf(arena.bytes));
const { kernel, report } = selectAeadKernel(arena, setup.kernel === undefined ? {} : { force: setup.kernel });
const aead = setup.pool === undefined ? kernel : sharedKernel(setup.pool);

const recorder = setup.capture === undefined ? undefined : new RingRecorder(setup.capture);

/** The helpers use the kernel that was chosen here. */
function sharedKernel(pool: CryptoPoolHandle): AeadKernel {
  const batch = new SharedBatch(pool.batch);
  batch.announceKernel(KERNEL_NAMES.indexOf(kernel.name));
  return new PooledKernel(kernel, batch);
}

const credit: HandshakeCredit = {
  waiting: () => Atomics.load(control, CONTROL.backlog),
  take() {
    if (Atomics.add(control, CONTROL.backlog, 1) < HANDSHAKE_BACKLOG_MAX) return true;
    Atomics.sub(control, CONTROL.backlog, 1);
    return false;
  },
};

type Duty = Pick<PipelineOptions, 'ledger' | 'counters' | 'maxPeers' | 'sends' | 'receives' | 'credit'>;

function build(tun: Tun, carrier: Carrier, duty: Duty): Pipeline {
  return new Pipeline({
    ...duty,
    arena,
    packets,
    aead,
    tun,
    carrier,
    crypto: nodeCrypto(),
    pool: new RandomPool(arena, random),
    profile: setup.profile,
  });
}

function buildReal(): Pipeline {
  return build(buildTun(), buildCarrier(), {
    ledger: new SharedLedger(setup.ledger),
    counters: new SharedCounters(setup.counters),
    maxPeers: setup.maxPeers,
    sends: setup.role !== 'inbound',
    receives: setup.role !== 'outbound',
    credit,
  });
}

function buildTun(): Tun {
  const tun = new LinuxTun(syscalls, arena, setup.tun);
  return recorder === undefined ? tun : new RecordingTun(tun, arena, syscalls.addressOf(arena.bytes), recorder);
}

function buildCarrier(): Carrier {
  const carrier = buildPlainCarrier();
  return recorder === undefined ? carrier : new RecordingCarrier(carrier, arena, recorder);
}

/** Who has no streams has nothing in the way of his sockets. */
function buildPlainCarrier(): Carrier {
  const udp = new LinuxUdpCarrier(syscalls, arena, setup.udp);
  return setup.stream === undefined
    ? udp
    : new CompositeCarrier(arena, udp, new RingCarrier(syscalls, arena, setup.stream));
}

function buildForRehearsal(tun: number, udp: UdpHandle): Pipeline {
  const handle = { ...setup.tun, descriptor: tun };
  return build(new LinuxTun(syscalls, arena, handle), new LinuxUdpCarrier(syscalls, arena, udp), {
    ledger: new SharedLedger(ledgerMemory(1)),
    counters: new SharedCounters(countersMemory()),
    maxPeers: 1,
    sends: true,
    receives: true,
    credit,
  });
}

function post(message: WorkerMessage): void {
  setup.port.postMessage(message);
}

function workerInfo(): WorkerInfo {
  const kernelNanoseconds = Object.fromEntries(report.map((row) => [row.name, row.nanoseconds]));
  return { kernel: kernel.name, kernelNanoseconds };
}

function takeCommands(wake: EventFd, execute: (command: WorkerCommand, at: Instant) => void): void {
  wake.drain();
  answerHeartbeat(control);
  const at = now();
  for (;;) {
    const message = receiveMessageOnPort(setup.port);
    if (message === undefined) return;
    for (const command of message.message as readonly WorkerCommand[]) execute(command, at);
  }
}

function run(pipeline: Pipeline): void {
  const wake = new EventFd(syscalls, setup.wake);
  const sockets = setup.role === 'outbound' ? [] : [setup.udp.v4, setup.udp.v6];
  const sources = {
    wake: setup.wake,
    tun: setup.role === 'inbound' ? -1 : setup.tun.descriptor,
    sockets: setup.role === 'outbound' ? [] : [...sockets, setup.stream?.wakeDataPlane ?? -1],
  };
  const execute = (command: WorkerCommand, at: Instant): void => {
    // The kernels are the same as those of the rehearsal, which would go on in the old look.
    if (command.kind === 'set-profile') rehearsal.close();
    if (command.kind === 'sockets-replaced') loop.watch(sockets);
    else pipeline.execute(command, at);
  };
  const loop = new DataPlaneLoop(syscalls, pipeline, now, sources, () => takeCommands(wake, execute));
  const rehearsal = new Rehearsal({ syscalls, random, now, build: buildForRehearsal });
  post({ kind: 'ready', info: workerInfo() });
  while (Atomics.load(control, CONTROL.stop) === 0) {
    const isIdle = !loop.turn(rehearsal.isOver ? -1 : 0);
    if (isIdle && !rehearsal.isOver) rehearsal.continue();
    if (pipeline.hasEvents) post({ kind: 'events', events: pipeline.takeEvents() });
    requireTun(pipeline.tunError);
  }
  rehearsal.close();
  loop.close();
}

/** What will never work again; anything else may pass, and costs the packets of that time. */
function requireTun(errno: number): void {
  if (errno === ERRNO.EBADFD) throw new Error('the TUN device was removed');
  if (errno === ERRNO.EBADF) throw new SystemCallError('read', errno, 'read from the TUN device');
}

run(buildReal());
