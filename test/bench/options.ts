/** Command line of the bench. */
import { parseArgs } from 'node:util';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { ENGINES, engineNamed } from '../support/engines/index.ts';

export const USAGE = `usage: npm run bench -- [options]

  --engines a,b      which to compare, both ends the same (default: all that are found)
  --rounds N         rounds, engines take turns within each (default 3)
  --seconds N        length of each iperf3 run (default 5)
  --offloads on|off  whether the cable takes UDP segmentation trains (default on)
  --json FILE        also write the results there
  --help

Engines: ${ENGINES.map((engine) => engine.name).join(', ')}. Needs root, iperf3, ping and ip.`;

export interface BenchOptions {
  readonly engines: readonly EngineAdapter[];
  readonly rounds: number;
  readonly seconds: number;
  readonly offloads: 'on' | 'off';
  readonly jsonPath: string | undefined;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: "${text}" is not a positive whole number`);
}

function chooseEngines(names: string | undefined): EngineAdapter[] {
  if (names === undefined) return ENGINES.filter((engine) => engine.unavailable() === undefined);
  const engines = names.split(',').map(engineNamed);
  for (const engine of engines) {
    const reason = engine.unavailable();
    if (reason !== undefined) throw new Error(reason);
  }
  return engines;
}

/** Undefined when help was asked for. Throws an Error with a plain complaint. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engines: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      offloads: { type: 'string', default: 'on' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { offloads } = values;
  if (offloads !== 'on' && offloads !== 'off') throw new Error(`--offloads: "${offloads}" is neither on nor off`);
  return {
    engines: chooseEngines(values.engines),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    offloads,
    jsonPath: values.json,
  };
}
