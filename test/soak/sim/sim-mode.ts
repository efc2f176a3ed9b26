/** Soaking in simulated worlds. */
import { readFileSync } from 'node:fs';
import { drawScenario, hoursOfSeed } from '../../sim/worlds/draw-scenario.ts';
import { describeFailure, smallestFailure } from '../../sim/worlds/failure-report.ts';
import type { Outcome } from '../../sim/worlds/run-scenario.ts';
import { runScenario } from '../../sim/worlds/run-scenario.ts';
import type { Scenario } from '../../sim/worlds/scenario.ts';
import { writeAssurance } from '../../support/assurance.ts';
import type { SoakMode } from '../mode.ts';
import type { SoakOptions } from '../options.ts';
import type { SimSum } from './sim-run.ts';
import { runSimulations } from './sim-run.ts';

const HOUR = 3_600_000;
const MIB = 2 ** 20;
const PROGRESS_EVERY_MS = 10_000;

export const simMode: SoakMode = {
  name: 'sim',
  about: 'worlds of many hosts under a virtual clock, with every kind of trouble',
  run: (options, print) => {
    const { onlySeed, scenario } = options;
    if (scenario !== undefined)
      return Promise.resolve(again(0, JSON.parse(readFileSync(scenario, 'utf8')) as Scenario, print));
    if (onlySeed !== undefined)
      return Promise.resolve(again(onlySeed, drawScenario(onlySeed, hoursOfSeed(onlySeed)), print));
    return soak(options, print);
  },
};

/** One scenario, and if it fails the least that fails like it. */
function again(seed: number, scenario: Scenario, print: (line: string) => void): boolean {
  const outcome = runScenario(scenario);
  if (outcome.violation === undefined)
    print(`all is well: ${describe(outcome)}, digest ${outcome.digest.toString(16)}`);
  else print(describeFailure(seed, outcome.violation, smallestFailure(scenario, outcome.violation)));
  return outcome.violation === undefined;
}

async function soak(options: SoakOptions, print: (line: string) => void): Promise<boolean> {
  let printedAt = performance.now();
  const sum = await runSimulations(options, (sofar) => {
    if (performance.now() - printedAt < PROGRESS_EVERY_MS) return;
    printedAt = performance.now();
    print(progressOf(sofar));
  });
  print(progressOf(sum));
  print(`${sum.scenarios} scenarios, seeds ${options.seed} and up: ${describe(sum.outcome)}`);
  print(`memory: ${memoryText(sum)}`);
  for (const { seed, violation } of sum.failed) {
    const smallest = smallestFailure(drawScenario(seed, hoursOfSeed(seed)), violation);
    print(describeFailure(seed, violation, smallest));
  }
  print(sum.failed.length === 0 ? 'every invariant held' : `${sum.failed.length} scenarios failed`);
  if (options.record) record(sum, options);
  return sum.failed.length === 0;
}

function progressOf({ outcome, minutes, memory, failed }: SimSum): string {
  const hours = outcome.lived / HOUR;
  const sample = memory.last;
  const held = sample === undefined ? '' : `, RSS ${mib(sample.rss)}, heap after collection ${mib(sample.heap)}`;
  return `${hours.toFixed(0)} h in ${minutes.toFixed(2)} min (${(hours / minutes).toFixed(0)} h/min)${held}, ${failed.length} failed`;
}

function describe(outcome: Outcome): string {
  const { lived, packets, packetBytes, datagrams, handshakes, recoveries, slowestRecovery } = outcome;
  const hours = (lived / HOUR).toFixed(1);
  const traffic = `${packets} packets (${mib(packetBytes)}) of ${datagrams} datagrams delivered, ${handshakes} handshakes`;
  return `${hours} h simulated, ${traffic}, ${recoveries} links back after trouble (slowest ${slowestRecovery} ms)`;
}

function memoryText({ memory }: SimSum): string {
  const [rss, heap] = [memory.slopeOf('rss'), memory.slopeOf('heap')];
  if (rss === undefined || heap === undefined) return 'too short a time to tell a slope';
  return `slope of RSS ${rss.toFixed(2)} MiB/min, of the heap after collection ${heap.toFixed(3)} MiB/min`;
}

function record(sum: SimSum, { seed }: SoakOptions): void {
  const { outcome, scenarios, minutes, failed } = sum;
  const command = `npm run soak -- --hours ${Math.floor(outcome.lived / HOUR)} --seed ${seed}`;
  const row = (what: string, figure: string) => ({ what, figure, command });
  const share = `${(100 * outcome.slowestShare).toFixed(0)} % of the bound`;
  writeAssurance('simulation', 'Simulated worlds', [
    row('simulated hours', `${(outcome.lived / HOUR).toFixed(0)} h in ${minutes.toFixed(1)} min`),
    row('scenarios, one seed each', `${scenarios}`),
    row('scenarios that broke an invariant', `${failed.length}`),
    row('packets delivered, and checked byte by byte', `${outcome.packets}`),
    row('handshakes completed', `${outcome.handshakes}`),
    row(
      'links that had to come back after trouble',
      `${outcome.recoveries}, the slowest in ${outcome.slowestRecovery} ms, ${share}`,
    ),
    row('memory', memoryText(sum)),
  ]);
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
