/**
 * Moves packets through the data plane in memory and says how long it takes. A process of its own, so
 * that the code it runs is compiled for one profile and one kind of traffic, as in a daemon. Takes a
 * PathOrder as its argument and prints a PathReport.
 */
import { measureYardstick } from '../kernel/aead-bench.ts';
import { median } from '../results/statistics.ts';
import { allocators, heapGrowth } from './heap-growth.ts';
import type { PathOrder, PathReport } from './path-order.ts';
import { PathWorld } from './path-world.ts';
import { samplePath } from './sampled-path.ts';
import { VISIBLE } from './visible-kernels.ts';

const WARM_UP_MS = 300;

function warmUp(world: PathWorld): void {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) {
    world.moveOut();
    world.moveIn();
  }
  world.check();
}

/** Medians over batches. */
function time(world: PathWorld, milliseconds: number): { out: number; in: number } {
  const [outs, ins]: [number[], number[]] = [[], []];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const began = performance.now();
    world.moveOut();
    const between = performance.now();
    world.moveIn();
    outs.push(between - began);
    ins.push(performance.now() - between);
  }
  world.check();
  const each = (samples: number[]): number => (median(samples) * 1e6) / world.packetsPerBatch;
  return { out: each(outs), in: each(ins) };
}

async function main(order: PathOrder): Promise<PathReport> {
  const yardstick = measureYardstick();
  const world = new PathWorld(order, order.sampled === true ? VISIBLE : undefined);
  warmUp(world);
  if (order.sampled === true) {
    const sampled = await samplePath(world, order.milliseconds);
    return { out: Number.NaN, in: Number.NaN, heapBytes: Number.NaN, allocators: {}, yardstick, sampled };
  }
  const heapBytes = await heapGrowth(world);
  return { ...time(world, order.milliseconds), heapBytes, allocators: await allocators(world), yardstick };
}

console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '') as PathOrder)));
