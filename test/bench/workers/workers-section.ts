/**
 * `--section workers`: our daemon with one data-plane worker, with one for each direction, with threads
 * that help these, and as it chooses itself; before that, what two threads move on this machine when they
 * need nothing but it.
 */

import { askProgram, programPath } from '../../support/child-program.ts';
import { awgVpn, awgVpnEngine, awgVpnWith } from '../../support/engines/awg-vpn.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import type { BenchOptions } from '../options.ts';
import type { Measure } from '../results/figure.ts';
import { FigureSet, heldAgainst } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { measureSubject } from '../tunnel/measured-pair.ts';
import type { ScalingOrder, ScalingReport } from './scaling-order.ts';

const PROGRAM = programPath('scaling-program', import.meta.url);
const SCALING_MS = 1000;
const COUNTS = ['1', '2', '4', 'auto'] as const;
const MOVED: Measure = { name: 'both ways', unit: 'packets/s', better: 'higher', floor: 1000 };

const IN_MEMORY = [
  { subject: '1 worker', threads: 1, helpers: 0 },
  { subject: '1 worker, 1 thread to encrypt', threads: 1, helpers: 1 },
  { subject: '2 workers', threads: 2, helpers: 0 },
];

const rowOf = (workers: string): string => (workers === '1' ? '1 worker' : `${workers} workers`);

async function unavailable(): Promise<string | undefined> {
  const reason = namespacesUnavailable() ?? awgVpnEngine.unavailable();
  if (reason !== undefined) return reason;
  const help = await awgVpn(['up', '--help']);
  return help.includes('--workers') ? undefined : 'awg-vpn up has no --workers';
}

async function measureThreads(figures: FigureSet): Promise<void> {
  for (const { subject, ...threads } of IN_MEMORY) {
    const order: ScalingOrder = { ...threads, profile: 'null', milliseconds: SCALING_MS };
    const { packetsPerSecond } = await askProgram<ScalingReport>(PROGRAM, order);
    figures.add({ section: 'workers', table: 'Way of packets in memory', subject }, MOVED, packetsPerSecond);
  }
}

async function measureDaemons(figures: FigureSet, options: BenchOptions): Promise<void> {
  for (const profile of options.profiles ?? ['null' as const]) {
    for (const workers of COUNTS) {
      const subject = { engine: awgVpnWith(rowOf(workers), ['--workers', workers]), profile };
      for (const { table, measure, value } of await measureSubject(subject, options)) {
        const disguise = profile === 'null' ? '' : `, AWG ${profile}`;
        figures.add({ section: 'workers', table: `${table}${disguise}`, subject: rowOf(workers) }, measure, value);
      }
    }
  }
}

export const workersSection: Section = {
  name: 'workers',
  unavailable,
  async run(options, progress) {
    const figures = new FigureSet();
    for (let round = 1; round <= options.rounds; round += 1) {
      await measureThreads(figures);
      await measureDaemons(figures, options);
      progress(`workers: round ${round}`);
    }
    return { figures: heldAgainst(figures.list(), rowOf('1')) };
  },
};
