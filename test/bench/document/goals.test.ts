import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from '../results/figure.ts';
import { judgeGoals } from './goals.ts';

function tcp(subject: string, rounds: readonly number[]): Figure {
  const measure = { name: '1 stream', unit: 'Gbit/s', better: 'higher' } as const;
  return { section: 'tunnel', table: 'TCP', subject, measure, rounds };
}

const goalNamed = (figures: readonly Figure[], title: string) =>
  judgeGoals(figures).find((goal) => goal.title === title);

test('the best other of each round counts, whichever it is', () => {
  const figures = [tcp('awg-vpn', [4, 4, 4]), tcp('wireguard-go', [1, 2, 1]), tcp('amneziawg-go', [2, 1, 2])];
  const goal = goalNamed(figures, 'TCP, 1 stream');
  assert.deepEqual([goal?.value, goal?.met, goal?.against], [2, true, 'amneziawg-go']);
});

test('one that is beaten by less is missed', () => {
  assert.equal(goalNamed([tcp('awg-vpn', [3]), tcp('wireguard-go', [2])], 'TCP, 1 stream')?.met, false);
});

test('for costs it is the cheapest other', () => {
  const measure = { name: 'CPU per GB', unit: 's', better: 'lower' } as const;
  const cost = (subject: string, rounds: number[]): Figure => ({
    ...tcp(subject, rounds),
    table: 'Resources',
    measure,
  });
  const goal = goalNamed([cost('awg-vpn', [2]), cost('wireguard-go', [8]), cost('boringtun-cli', [4])], 'CPU per GB');
  assert.deepEqual([goal?.value, goal?.met, goal?.against], [0.5, true, 'boringtun-cli']);
});

test('a goal with no figures is not judged, and an absolute one needs no other', () => {
  assert.deepEqual(judgeGoals([tcp('awg-vpn', [4])]), []);
  const measure = { name: 'idle CPU', unit: '% of a core', better: 'lower' } as const;
  const idle = { ...tcp('awg-vpn', [0.1]), table: 'Resources', measure };
  assert.deepEqual(goalNamed([idle], 'Idle CPU'), {
    title: 'Idle CPU',
    goal: 'at most 0.2 % of a core',
    value: 0.1,
    unit: '% of a core',
    against: undefined,
    met: true,
  });
});

test('many peers are held against few', () => {
  const measure = (name: string) => ({ name, unit: 'Gbit/s', better: 'higher' }) as const;
  const crowd = (name: string, rounds: number[]): Figure => ({
    ...tcp('awg-vpn', rounds),
    section: 'peers',
    table: 'One TCP stream',
    measure: measure(name),
  });
  const goal = goalNamed([crowd('1 peer', [2]), crowd('1,000 peers', [1.8])], 'TCP with 1,000 peers against 1');
  assert.deepEqual([goal?.value, goal?.met, goal?.against], [0.9, false, '1 peer']);
});
