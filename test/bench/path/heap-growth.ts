/** What the way of a packet leaves on the JavaScript heap: it should be nothing. */
import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PathWorld } from './path-world.ts';

/** Over which the growth is spread. */
const PACKETS = 200_000;
/**
 * What V8 keeps for itself, such as code it compiles anew, grows the heap too, but not every time; what
 * a packet leaves is there every time. So the least of them counts. A collection in between spoils one.
 */
const ATTEMPTS = 5;
/** Until V8 has told of its collections. */
const TELL_MS = 20;
const SAMPLE_BYTES = 1024;
/** Functions named, largest first. */
const NAMED = 4;

function move(world: PathWorld): number {
  const batches = Math.ceil(PACKETS / world.packetsPerBatch);
  for (let batch = 0; batch < batches; batch += 1) {
    world.moveOut();
    world.moveIn();
  }
  return batches * world.packetsPerBatch;
}

/** Bytes per packet, with nothing collected meanwhile. Throws when that cannot be had. */
export async function heapGrowth(world: PathWorld): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    collect();
    least = Math.min(least, await growthOnce(world));
  }
  if (least === Infinity) throw new Error('the heap is collected all the time: give its young generation more room');
  return least;
}

/** Infinity when there was a collection. */
async function growthOnce(world: PathWorld): Promise<number> {
  await sleep(TELL_MS);
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  const packets = move(world);
  const grown = process.memoryUsage().heapUsed - before;
  await sleep(TELL_MS);
  observer.disconnect();
  return collections === 0 ? grown / packets : Infinity;
}

/** Which functions allocate, bytes per packet, largest first. Slows down what it looks at. */
export async function allocators(world: PathWorld): Promise<Record<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const packets = move(world);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const totals = new Map<string, number>();
  addAllocations(profile.head, totals);
  const rows = [...totals].sort(([, a], [, b]) => b - a).slice(0, NAMED);
  return Object.fromEntries(rows.map(([name, bytes]) => [name, bytes / packets]));
}

function addAllocations(node: HeapProfiler.SamplingHeapProfileNode, totals: Map<string, number>): void {
  const { functionName, url } = node.callFrame;
  const name = `${functionName || '(anonymous)'} (${url.slice(url.lastIndexOf('/') + 1) || 'engine'})`;
  totals.set(name, (totals.get(name) ?? 0) + node.selfSize);
  for (const child of node.children) addAllocations(child, totals);
}
