/** Soaking real daemons in network namespaces, in real time: see `rig-soak.ts` for what happens to them. */
import { pathToFileURL } from 'node:url';
import { writeAssurance } from '../../support/assurance.ts';
import { programPath } from '../../support/child-program.ts';
import { notBuilt } from '../../support/engines/awg-vpn.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import { Scope } from '../../support/scope.ts';
import type { SoakMode } from '../mode.ts';
import type { SoakOptions } from '../options.ts';
import type { SoakResult } from './rig-soak.ts';
import { QUICK, RigSoak } from './rig-soak.ts';

const DEFAULT_MINUTES = 60;
/** MiB a minute of one daemon's heap, beyond which it is said to grow: 2 MiB an hour, for code that gets compiled. */
const GROWTH_LIMIT = 2 / 60;
/** In a shorter run a slope says more about when garbage was collected than about leaks. */
const SHORTEST_FOR_SLOPE_MINUTES = 30;
const MIB = 2 ** 20;
const PROBE = pathToFileURL(programPath('heap-probe-program', import.meta.url)).href;

type Results = Readonly<Record<string, SoakResult>>;

export const rigMode: SoakMode = {
  name: 'rig',
  about: `real daemons in network namespaces, ${DEFAULT_MINUTES} minutes unless told otherwise; needs root`,
  async run(options, print) {
    const unavailable = namespacesUnavailable() ?? notBuilt();
    if (unavailable !== undefined) throw new Error(unavailable);
    const results = await soak(Number.isFinite(options.minutes) ? options.minutes : DEFAULT_MINUTES);
    for (const [name, result] of Object.entries(results)) print(`${name}: ${describe(result)}`);
    const failures = Object.entries(results).flatMap(([name, result]) => [
      ...result.failures,
      ...growthOf(name, result),
    ]);
    for (const failure of failures) print(failure);
    if (options.record) record(results, options);
    return failures.length === 0;
  },
};

async function soak(minutes: number): Promise<Results> {
  const scope = new Scope();
  process.env.NODE_OPTIONS = `--import=${PROBE}`;
  try {
    const [quick, plain] = [await RigSoak.start(scope, 'quick', QUICK), await RigSoak.start(scope, 'plain', {})];
    const [quickResult, plainResult] = await Promise.all([quick.run(minutes), plain.run(minutes)]);
    return { 'AWG 3.1, rekeys every few seconds': quickResult, 'WireGuard, rekeys every two minutes': plainResult };
  } finally {
    await scope.close();
  }
}

function growthOf(name: string, { minutes, heapSlopes }: SoakResult): string[] {
  if (minutes < SHORTEST_FOR_SLOPE_MINUTES) return [];
  return heapSlopes
    .filter((slope) => slope !== undefined && slope > GROWTH_LIMIT)
    .map((slope) => `${name}: the heap grows by ${slope?.toFixed(3)} MiB a minute`);
}

function describe(result: SoakResult): string {
  const { minutes, transfers, bytes, handshakes, roamed, carrierChanges, pingsSent, pingsReceived } = result;
  return (
    `${minutes.toFixed(1)} minutes, ${transfers} transfers (${Math.round(bytes / MIB)} MiB) with checksums, ` +
    `${handshakes} handshakes, ${roamed} other ports, ${carrierChanges} changes of carrier, ` +
    `${pingsReceived} of ${pingsSent} pings; heaps after collection grew by ${slopesText(result.heapSlopes)} ` +
    `MiB a minute, resident sets by ${slopesText(result.slopes)}; ${result.failures.length} failures`
  );
}

function slopesText(slopes: readonly (number | undefined)[]): string {
  return slopes.map((slope) => slope?.toFixed(3) ?? 'an unknown number of').join(' and ');
}

function record(results: Results, { minutes }: SoakOptions): void {
  const length = Number.isFinite(minutes) ? ` --minutes ${minutes}` : '';
  const rows = Object.entries(results).map(([name, result]) => ({
    what: name,
    figure: describe(result),
    command: `npm run soak -- --mode rig${length}`,
  }));
  writeAssurance('soak-rig', 'Soak in the rig', rows);
}
