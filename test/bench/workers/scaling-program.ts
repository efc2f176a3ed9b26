/**
 * The path bench in several threads at once, each with engines and memory of its own as data-plane
 * workers have, alone or with others that help to encrypt: what they move together on this machine. Takes a ScalingOrder as its argument
 * and prints a ScalingReport.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ARENA_PAGE, Arena, arenaMemory } from '../../../src/dataplane/arena.ts';
import { CryptoThreads, poolPages } from '../../../src/dataplane/crypto-pool/crypto-thread.ts';
import { PooledKernel } from '../../../src/dataplane/crypto-pool/pooled-kernel.ts';
import { SharedBatch } from '../../../src/dataplane/crypto-pool/shared-batch.ts';
import { KERNEL_NAMES } from '../../../src/kernels/kernel.ts';
import type { KernelWrapper } from '../path/path-world.ts';
import { ARENA_PAGES, PathWorld, UNWRAPPED } from '../path/path-world.ts';
import type { ScalingOrder, ScalingReport, ThreadReport } from './scaling-order.ts';

const WARM_UP_MS = 400;
const CELLS = { ready: 0, count: 1 } as const;

interface ThreadSetup {
  readonly order: ScalingOrder;
  /** CELLS, seen by all threads: none begins before all are warm. */
  readonly barrier: SharedArrayBuffer;
}

function move(world: PathWorld, milliseconds: number): ThreadReport {
  const began = performance.now();
  const end = began + milliseconds;
  let packets = 0;
  let now = began;
  for (; now < end; now = performance.now()) {
    world.moveOut();
    world.moveIn();
    packets += world.packetsPerBatch;
  }
  return { packets, seconds: (now - began) / 1000 };
}

/** Whose batches the threads help with. */
function helpedBy(threads: CryptoThreads): KernelWrapper {
  const batch = new SharedBatch(threads.handle.batch);
  const aead: KernelWrapper['aead'] = (kernel) => {
    batch.announceKernel(KERNEL_NAMES.indexOf(kernel.name));
    return new PooledKernel(kernel, batch);
  };
  return { ...UNWRAPPED, aead };
}

async function runThread({ order, barrier }: ThreadSetup): Promise<void> {
  const traffic = { transport: 'tcp', packetBytes: 1420, superPackets: true } as const;
  const { profile, milliseconds, helpers } = order;
  const path = { traffic, profile, framesPerBatch: 4, peers: 1, activePeers: 1, milliseconds } as const;
  const memory = arenaMemory(ARENA_PAGES + poolPages(helpers));
  const threads = new CryptoThreads(helpers, memory, (error) => {
    throw error;
  });
  const arena = new Arena(memory, ARENA_PAGE, ARENA_PAGES * ARENA_PAGE);
  const world = new PathWorld(path, helpers === 0 ? UNWRAPPED : helpedBy(threads), arena);
  await threads.ready;
  move(world, WARM_UP_MS);
  const cells = new Int32Array(barrier);
  Atomics.add(cells, CELLS.ready, 1);
  while (Atomics.load(cells, CELLS.ready) < order.threads) move(world, 1);
  const report = move(world, milliseconds);
  world.check();
  threads.stop();
  parentPort?.postMessage(report);
}

async function main(order: ScalingOrder): Promise<ScalingReport> {
  const setup: ThreadSetup = { order, barrier: new SharedArrayBuffer(CELLS.count * Int32Array.BYTES_PER_ELEMENT) };
  const workers = Array.from(
    { length: order.threads },
    () => new Worker(new URL(import.meta.url), { workerData: setup }),
  );
  const reports = await Promise.all(workers.map((worker) => once(worker, 'message') as Promise<[ThreadReport]>));
  const rates = reports.map(([{ packets, seconds }]) => packets / seconds);
  return { packetsPerSecond: rates.reduce((sum, rate) => sum + rate, 0) };
}

if (isMainThread) console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '') as ScalingOrder)));
else await runThread(workerData as ThreadSetup);
