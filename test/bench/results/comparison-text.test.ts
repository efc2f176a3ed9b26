import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures } from './comparison.ts';
import { renderComparison } from './comparison-text.ts';
import type { Figure } from './figure.ts';

function cost(subject: string, rounds: readonly number[]): Figure {
  const measure = { name: 'per packet', unit: 'ns', better: 'lower' } as const;
  return { section: 'path', table: 'way out', subject, measure, rounds };
}

test('the worst comes first, then noise and gains; what did not change is only counted', () => {
  const before = ['a', 'b', 'c', 'd', 'e'].map((subject) => cost(subject, [100, 100, 100]));
  const after = [
    cost('a', [110, 110, 110]),
    cost('b', [150, 150, 150]),
    cost('c', [50, 50, 50]),
    cost('d', [100, 100, 100]),
    cost('e', [80, 120, 160]),
    cost('f', [1, 1, 1]),
  ];
  assert.deepEqual(renderComparison(compareFigures(before, after), 'old.json').split('\n'), [
    'Compared with old.json:',
    '  50 % worse: path / way out / b / per packet: 100 -> 150 ns',
    '  10 % worse: path / way out / a / per packet: 100 -> 110 ns',
    '  20 % worse (noise): path / way out / e / per packet: 100 -> 120 ns',
    '  50 % better: path / way out / c / per packet: 100 -> 50.0 ns',
    '  not measured then  path / way out / f / per packet',
    '5 figures: 1 unchanged, 2 worse, 1 noise, 1 better',
  ]);
});
