import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measure } from './figure.ts';
import { FigureSet, heldAgainst } from './figure.ts';

const SPEED: Measure = { name: 'speed', unit: 'Gbit/s', better: 'higher' };
const DELAY: Measure = { name: 'delay', unit: 'ms', better: 'lower' };
const at = (subject: string) => ({ section: 'tunnel', table: 'TCP', subject }) as const;

test('rounds of one figure come together, in order, and figures stay in the order they began in', () => {
  const set = new FigureSet();
  for (const round of [1, 2]) {
    set.add(at('a'), SPEED, round);
    set.add(at('b'), SPEED, 10 * round);
    set.add(at('a'), DELAY, 100 * round);
  }
  const found = set.list().map(({ subject, measure, rounds }) => [subject, measure.name, rounds]);
  assert.deepEqual(found, [
    ['a', 'speed', [1, 2]],
    ['b', 'speed', [10, 20]],
    ['a', 'delay', [100, 200]],
  ]);
});

test('a yardstick is kept round by round, beside the figure', () => {
  const set = new FigureSet();
  set.add(at('a'), SPEED, 1, { name: 'other', value: 5 });
  set.add(at('a'), SPEED, 2, { name: 'other', value: 6 });
  assert.deepEqual(set.list()[0]?.yardstick, { name: 'other', rounds: [5, 6] });
});

test('a row of the table can be the yardstick of all others, for what it was measured in', () => {
  const set = new FigureSet();
  set.add(at('ours'), SPEED, 4);
  set.add(at('theirs'), SPEED, 2);
  set.add(at('ours'), DELAY, 1);
  const [speed, , delay] = heldAgainst(set.list(), 'theirs');
  assert.deepEqual(speed?.yardstick, { name: 'theirs', rounds: [2] });
  assert.equal(delay?.yardstick, undefined);
});

test('a row with fewer rounds is no yardstick', () => {
  const set = new FigureSet();
  set.add(at('ours'), SPEED, 4);
  set.add(at('ours'), SPEED, 4);
  set.add(at('theirs'), SPEED, 2);
  assert.equal(heldAgainst(set.list(), 'theirs')[0]?.yardstick, undefined);
});
