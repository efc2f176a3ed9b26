/**
 * `npm run bench`: tunnel implementations side by side on one machine. Engines take turns within
 * each round, so that what else the machine does hits all alike. Ratios travel, absolutes do not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { measureEngine } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { parseBenchOptions, USAGE } from './options.ts';
import type { BenchConditions, EngineResult } from './report.ts';
import { renderJson, renderTable } from './report.ts';

/** What everything is compared with where it takes part; otherwise the first engine. */
const BASELINE = 'wireguard-go';

function conditions(options: BenchOptions): BenchConditions {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    kernel: release(),
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.version,
    congestionControl: readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim(),
    offloads: options.offloads,
    seconds: options.seconds,
  };
}

async function measureAll(options: BenchOptions): Promise<EngineResult[]> {
  const rounds = new Map(options.engines.map((engine) => [engine.name, [] as EngineResult['rounds'][number][]]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const engine of options.engines) {
      const measured = await measureEngine(engine, options);
      rounds.get(engine.name)?.push(measured);
      console.log(`round ${round}: ${engine.name} ${(measured.singleStreamBits / 1e9).toFixed(2)} Gbit/s`);
    }
  }
  return Promise.all(
    options.engines.map(async (engine) => ({
      engine: engine.name,
      version: await engine.version(),
      rounds: rounds.get(engine.name) ?? [],
    })),
  );
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === undefined) return console.log(USAGE);
  const reason = namespacesUnavailable();
  if (reason !== undefined) throw new Error(reason);
  const about = conditions(options);
  console.log(`${about.cpu}, ${about.cores} cores, Linux ${about.kernel}, Node ${about.node}`);
  console.log(`TCP congestion control ${about.congestionControl}, UDP offloads on the cable ${about.offloads}`);
  const results = await measureAll(options);
  const baseline = results.some(({ engine }) => engine === BASELINE) ? BASELINE : (results[0]?.engine ?? '');
  console.log(`\nmedians of ${options.rounds} rounds, ${options.seconds} s each\n${renderTable(results, baseline)}`);
  for (const { engine, version } of results) console.log(`${engine}: ${version}`);
  if (options.jsonPath !== undefined) writeFileSync(options.jsonPath, renderJson(about, results));
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
