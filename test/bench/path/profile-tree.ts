/** A sampled call tree, sorted into stages or folded to stacks. */
import type { StackWeight } from '../results/run-report.ts';

export interface ProfileNode {
  readonly id: number;
  readonly name: string;
  readonly children: readonly number[];
  /** In this function itself. */
  readonly samples: number;
}

/** By name of a function: the innermost one that is here decides. */
export type StageTable = Readonly<Record<string, string>>;

export const OTHER_STAGE = 'other';

/** Of the whole; what is less is left out of a flame graph. */
const SMALLEST_WEIGHT = 0.003;
/** Inside of a kernel there are only numbers. */
const OPAQUE = '(wasm)';

type Visit = (stack: readonly string[], samples: number) => void;

/** Calls `visit` for every node below the functions called `root`, with the stack from there on. */
function walkBelow(nodes: readonly ProfileNode[], root: string, visit: Visit): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const walk = (node: ProfileNode, above: readonly string[]): void => {
    const stack = [...above, node.name];
    visit(stack, node.samples);
    for (const child of node.children) {
      const next = byId.get(child);
      if (next !== undefined) walk(next, stack);
    }
  };
  for (const node of nodes) if (node.name === root) walk(node, []);
}

/** Parts of the time below `root`, by stage. Every stage of the table is there, also those that took none. */
export function stageShares(nodes: readonly ProfileNode[], root: string, stages: StageTable): Record<string, number> {
  const samplesBy = new Map([...Object.values(stages), OTHER_STAGE].map((stage) => [stage, 0]));
  let total = 0;
  walkBelow(nodes, root, (stack, samples) => {
    const name = stack.findLast((each) => Object.hasOwn(stages, each));
    const stage = name === undefined ? OTHER_STAGE : (stages[name] ?? OTHER_STAGE);
    samplesBy.set(stage, (samplesBy.get(stage) ?? 0) + samples);
    total += samples;
  });
  return Object.fromEntries(Array.from(samplesBy, ([stage, samples]) => [stage, samples / total]));
}

/** Equal stacks together, kernels without their insides, weights relative to all below `root`. */
export function foldStacks(nodes: readonly ProfileNode[], root: string): StackWeight[] {
  const folded = new Map<string, { stack: readonly string[]; samples: number }>();
  let total = 0;
  walkBelow(nodes, root, (stack, samples) => {
    const end = stack.indexOf(OPAQUE);
    const visible = end < 0 ? stack : stack.slice(0, end);
    const key = visible.join('\n');
    folded.set(key, { stack: visible, samples: (folded.get(key)?.samples ?? 0) + samples });
    total += samples;
  });
  return [...folded.values()]
    .map(({ stack, samples }) => ({ stack, weight: samples / total }))
    .filter(({ weight }) => weight >= SMALLEST_WEIGHT);
}
