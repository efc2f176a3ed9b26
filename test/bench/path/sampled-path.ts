/**
 * Where the time of a packet goes: V8's sampling profiler over the whole journey, its stacks sorted
 * into the stages that docs/architecture.md tells of. Nothing is slowed down by looking at the clock.
 */
import { Session } from 'node:inspector/promises';
import { basename } from 'node:path';
import type { SampledPath } from './path-order.ts';
import type { PathWorld } from './path-world.ts';
import type { ProfileNode } from './profile-tree.ts';
import { foldStacks, stageShares } from './profile-tree.ts';
import { IN_STAGES, OUT_STAGES } from './stages.ts';

/** Seldom enough that taking a sample does not slow down what is sampled. */
const SAMPLING_MICROSECONDS = 400;
/** Batches between two looks at the clock. */
const BATCHES = 50;

export async function samplePath(world: PathWorld, milliseconds: number): Promise<SampledPath> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await session.post('Profiler.start');
  movePackets(world, milliseconds);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const nodes: ProfileNode[] = profile.nodes.map(({ id, callFrame, children, hitCount }) => ({
    id,
    name: frameName(callFrame.functionName, callFrame.url),
    children: children ?? [],
    samples: hitCount ?? 0,
  }));
  return {
    out: stageShares(nodes, 'moveOut', OUT_STAGES),
    in: stageShares(nodes, 'moveIn', IN_STAGES),
    outStacks: foldStacks(nodes, 'moveOut'),
    inStacks: foldStacks(nodes, 'moveIn'),
  };
}

function movePackets(world: PathWorld, milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      world.moveOut();
      world.moveIn();
    }
  }
}

/** `outbound-batch #claim`: file and function. Compiled kernels and the engine itself are in brackets. */
function frameName(name: string, url: string): string {
  if (url.startsWith('wasm:')) return '(wasm)';
  if (url === '' || url.startsWith('node:')) return name.startsWith('(') ? name : `(${name || 'anonymous'})`;
  const file = basename(url).replace(/\.[jt]s$/, '');
  return OWN_FILES.has(file) ? name : `${file} ${name || '(anonymous)'}`;
}

/** Of the bench itself: the function alone says enough. */
const OWN_FILES = new Set(['path-world', 'visible-kernels', 'replay-devices']);
