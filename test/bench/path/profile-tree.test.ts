import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProfileNode } from './profile-tree.ts';
import { foldStacks, stageShares } from './profile-tree.ts';

const NODES: readonly ProfileNode[] = [
  { id: 1, name: '(root)', children: [2, 8], samples: 5 },
  { id: 2, name: 'moveOut', children: [3, 6], samples: 1 },
  { id: 3, name: 'flush', children: [4], samples: 10 },
  { id: 4, name: 'seal', children: [5], samples: 2 },
  { id: 5, name: '(wasm)', children: [7], samples: 50 },
  { id: 6, name: 'unknown', children: [], samples: 7 },
  { id: 7, name: '(wasm)', children: [], samples: 30 },
  { id: 8, name: 'moveIn', children: [9], samples: 0 },
  { id: 9, name: 'seal', children: [], samples: 1000 },
];

test('time goes to the innermost function that has a stage; the other way does not count', () => {
  const stages = { flush: 'cut', seal: 'seal', split: 'split' };
  assert.deepEqual(stageShares(NODES, 'moveOut', stages), { cut: 0.1, seal: 0.82, split: 0, other: 0.08 });
});

test('stacks end where a kernel begins, and small ones are left out', () => {
  const stacks = foldStacks(NODES, 'moveOut');
  assert.deepEqual(stacks, [
    { stack: ['moveOut'], weight: 0.01 },
    { stack: ['moveOut', 'flush'], weight: 0.1 },
    { stack: ['moveOut', 'flush', 'seal'], weight: 0.82 },
    { stack: ['moveOut', 'unknown'], weight: 0.07 },
  ]);
  const many = NODES.map((node) => (node.id === 2 ? { ...node, samples: 100_000 } : node));
  assert.deepEqual(
    foldStacks(many, 'moveOut').map(({ stack }) => stack),
    [['moveOut']],
  );
});
