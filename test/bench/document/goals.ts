/** What we set out to reach, and what the figures say about it. */
import type { Figure, SectionName } from '../results/figure.ts';
import { median } from '../results/statistics.ts';
import { CABLE_WITHOUT_OFFLOADS } from '../tunnel/tunnel-section.ts';

/** Which figure: a cell of a table. */
interface Cell {
  readonly section: SectionName;
  readonly table: string;
  readonly subject: string;
  readonly measure: string;
}

interface Goal {
  readonly title: string;
  readonly own: Cell;
  /** The ratio to the best of these counts; without them the figure itself. */
  readonly against: readonly Cell[];
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly unit: string;
}

export interface JudgedGoal {
  readonly title: string;
  /** For people. */
  readonly goal: string;
  /** Median over rounds of the ratio to the best other of the round, or of the figure itself. */
  readonly value: number;
  readonly unit: string;
  /** Subject that was the hardest to beat; undefined where there is no other. */
  readonly against: string | undefined;
  readonly met: boolean;
}

const OURS = 'awg-vpn';
const GO_ENGINES = ['wireguard-go', 'amneziawg-go'] as const;
const PEERS = [...GO_ENGINES, 'boringtun-cli'] as const;

function compared(
  title: string,
  [section, table, measure]: readonly [SectionName, string, string],
  others: readonly string[],
  [bound, target]: readonly ['at least' | 'at most', number],
  own = OURS,
): Goal {
  const cell = (subject: string): Cell => ({ section, table, measure, subject });
  return { title, own: cell(own), against: others.map(cell), bound, target, unit: 'x' };
}

const WITHOUT_OFFLOADS = `TCP${CABLE_WITHOUT_OFFLOADS}`;
const IDLE_CPU: Cell = { section: 'tunnel', table: 'Resources', subject: OURS, measure: 'idle CPU' };
const crowded = (measure: string): Cell => ({ section: 'peers', table: 'One TCP stream', subject: OURS, measure });

const GOALS: readonly Goal[] = [
  compared('TCP, 1 stream', ['tunnel', 'TCP', '1 stream'], GO_ENGINES, ['at least', 2]),
  compared('TCP, 4 streams', ['tunnel', 'TCP', '4 streams'], GO_ENGINES, ['at least', 2]),
  compared('TCP, both ways', ['tunnel', 'TCP', 'both ways'], GO_ENGINES, ['at least', 2]),
  compared(
    'TCP, 1 stream, AWG 3.1',
    ['tunnel', 'TCP', '1 stream'],
    ['amneziawg-go, AWG 3.1'],
    ['at least', 2],
    `${OURS}, AWG 3.1`,
  ),
  compared('TCP, 1 stream, against boringtun', ['tunnel', 'TCP', '1 stream'], ['boringtun-cli'], ['at least', 2]),
  compared('CPU per GB', ['tunnel', 'Resources', 'CPU per GB'], PEERS, ['at most', 0.6]),
  compared('TCP, 1 stream, no offloads', ['tunnel', WITHOUT_OFFLOADS, '1 stream'], PEERS, ['at least', 1.2]),
  compared('UDP of 64 bytes', ['tunnel', 'UDP without loss', '64 B'], PEERS, ['at least', 1]),
  compared('UDP of 1200 bytes', ['tunnel', 'UDP without loss', '1200 B'], PEERS, ['at least', 1]),
  ...['idle p50', 'idle p99', 'loaded p50', 'loaded p99'].map((measure) =>
    compared(`Ping, ${measure}`, ['tunnel', 'Ping', measure], PEERS, ['at most', 1]),
  ),
  compared('Memory under load', ['tunnel', 'Resources', 'RSS peak'], ['amneziawg-go'], ['at most', 0.3]),
  { title: 'Idle CPU', own: IDLE_CPU, against: [], bound: 'at most', target: 0.2, unit: '% of a core' },
  compared('Handshakes answered', ['handshakes', 'Daemons', 'daemon'], ['wireguard-go'], ['at least', 0.5]),
  {
    title: 'TCP with 1,000 peers against 1',
    own: crowded('1,000 peers'),
    against: [crowded('1 peer')],
    bound: 'at least',
    target: 0.95,
    unit: 'x',
  },
  compared(
    'Two workers',
    ['workers', 'Way of packets in memory', 'both ways'],
    ['1 worker'],
    ['at least', 1.7],
    '2 workers',
  ),
];

/** Those of the goals that the figures say something about. */
export function judgeGoals(figures: readonly Figure[]): JudgedGoal[] {
  return GOALS.flatMap((goal) => judge(goal, figures) ?? []);
}

function judge(goal: Goal, figures: readonly Figure[]): JudgedGoal | undefined {
  const { title, unit, bound, target } = goal;
  const own = find(figures, goal.own);
  const others = goal.against.flatMap((cell) => find(figures, cell) ?? []);
  if (own === undefined || (goal.against.length > 0 && others.length === 0)) return undefined;
  const value = median(own.rounds.map((each, round) => each / bestOf(others, round, bound)));
  return {
    title,
    goal: `${bound} ${target} ${unit}`,
    value,
    unit,
    against: hardest(goal, others),
    met: bound === 'at least' ? value >= target : value <= target,
  };
}

function find(figures: readonly Figure[], { section, table, subject, measure }: Cell): Figure | undefined {
  return figures.find(
    (figure) =>
      figure.section === section &&
      figure.table === table &&
      figure.subject === subject &&
      figure.measure.name === measure,
  );
}

/** 1 where nothing is to be compared with. */
function bestOf(others: readonly Figure[], round: number, bound: Goal['bound']): number {
  if (others.length === 0) return 1;
  const values = others.map(({ rounds }) => rounds[round] ?? Number.NaN);
  return bound === 'at least' ? Math.max(...values) : Math.min(...values);
}

function hardest({ bound, own }: Goal, others: readonly Figure[]): string | undefined {
  const sorted = [...others].sort((a, b) => median(a.rounds) - median(b.rounds));
  const best = bound === 'at least' ? sorted.at(-1) : sorted[0];
  return best?.subject === own.subject ? best.measure.name : best?.subject;
}
