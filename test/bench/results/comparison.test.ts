import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures, regressions } from './comparison.ts';
import type { Figure, Measure } from './figure.ts';

const SPEED: Measure = { name: 'speed', unit: 'Gbit/s', better: 'higher' };
const COST: Measure = { name: 'cost', unit: 'ns', better: 'lower' };

function figure(measure: Measure, rounds: readonly number[], more: Partial<Figure> = {}): Figure {
  return { section: 'path', table: 'way out', subject: 'ours', measure, rounds, ...more };
}

function verdict(before: Figure, after: Figure): string | undefined {
  return compareFigures([before], [after]).compared[0]?.verdict;
}

test('a cost that rose clearly, and a speed that fell clearly, are regressions', () => {
  assert.equal(verdict(figure(COST, [100, 101, 102]), figure(COST, [110, 111, 112])), 'worse');
  assert.equal(verdict(figure(SPEED, [4, 4.1, 4.2]), figure(SPEED, [3.5, 3.6, 3.7])), 'worse');
});

test('the other direction is an improvement', () => {
  assert.equal(verdict(figure(COST, [110, 111, 112]), figure(COST, [100, 101, 102])), 'better');
  assert.equal(verdict(figure(SPEED, [3.5, 3.6, 3.7]), figure(SPEED, [4, 4.1, 4.2])), 'better');
});

test('up to 5 % is nothing, however steady the rounds', () => {
  assert.equal(verdict(figure(COST, [100, 100, 100]), figure(COST, [104, 104, 104])), 'unchanged');
  assert.equal(verdict(figure(COST, [100, 100, 100]), figure(COST, [106, 106, 106])), 'worse');
});

test('a larger difference is noise where the middle halves of the rounds touch', () => {
  assert.equal(verdict(figure(COST, [80, 100, 140]), figure(COST, [90, 115, 150])), 'noise');
});

test('one wild round does not hide a regression, and does not make one', () => {
  assert.equal(verdict(figure(COST, [100, 101, 102, 103, 500]), figure(COST, [120, 121, 122, 123, 124])), 'worse');
  assert.equal(verdict(figure(COST, [100, 101, 102, 103, 104]), figure(COST, [100, 101, 102, 103, 900])), 'unchanged');
});

test('with one or two rounds nobody knows', () => {
  assert.equal(verdict(figure(COST, [100, 100]), figure(COST, [200, 200])), 'too few rounds');
});

test('with a yardstick in both runs a busier machine is no regression', () => {
  const before = figure(COST, [100, 100, 100], { yardstick: { name: 'OpenSSL', rounds: [50, 50, 50] } });
  const busier = figure(COST, [200, 210, 220], { yardstick: { name: 'OpenSSL', rounds: [100, 105, 110] } });
  const slower = figure(COST, [120, 120, 120], { yardstick: { name: 'OpenSSL', rounds: [50, 50, 50] } });
  assert.equal(verdict(before, busier), 'unchanged');
  assert.equal(verdict(before, slower), 'worse');
  assert.equal(compareFigures([before], [slower]).compared[0]?.relative, true);
});

test('a yardstick of our own hides nothing', () => {
  const rows = (rounds: readonly number[]): Figure[] => [
    figure(COST, rounds, { subject: 'one', yardstick: { name: 'one', rounds } }),
    figure(COST, rounds, { subject: 'two', yardstick: { name: 'one', rounds } }),
  ];
  const { compared } = compareFigures(rows([100, 100, 100]), rows([200, 200, 200]));
  assert.deepEqual(
    compared.map(({ verdict, relative }) => [verdict, relative]),
    [
      ['worse', false],
      ['worse', false],
    ],
  );
});

test('without a common yardstick the figures themselves are compared', () => {
  const before = figure(COST, [100, 100, 100], { yardstick: { name: 'OpenSSL', rounds: [50, 50, 50] } });
  const [compared] = compareFigures([before], [figure(COST, [200, 200, 200])]).compared;
  assert.deepEqual([compared?.verdict, compared?.relative, compared?.worsening], ['worse', false, 1]);
});

test('below the floor of its measure a difference is nothing', () => {
  const idle: Measure = { ...COST, floor: 0.1 };
  assert.equal(verdict(figure(idle, [0.01, 0.01, 0.01]), figure(idle, [0.05, 0.05, 0.05])), 'unchanged');
  assert.equal(verdict(figure(idle, [0.01, 0.01, 0.01]), figure(idle, [0.5, 0.5, 0.5])), 'worse');
});

test('something that was zero and is not any more is a regression', () => {
  assert.equal(verdict(figure(COST, [0, 0, 0]), figure(COST, [0, 0, 0])), 'unchanged');
  assert.equal(verdict(figure(COST, [0, 0, 0]), figure(COST, [1, 1, 1])), 'worse');
});

test('what only one run has is named, what is not ours is left out', () => {
  const foreign = figure(SPEED, [1, 1, 1], { subject: 'theirs', foreign: true });
  const before = [figure(COST, [1, 1, 1]), foreign];
  const after = [figure(SPEED, [1, 1, 1]), { ...foreign, rounds: [0.1, 0.1, 0.1] }];
  const comparison = compareFigures(before, after);
  assert.deepEqual(comparison, {
    compared: [],
    missing: ['path / way out / ours / cost'],
    added: ['path / way out / ours / speed'],
  });
  assert.deepEqual(regressions(comparison), []);
});
