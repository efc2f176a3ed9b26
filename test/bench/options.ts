/** Command line of the bench. */
import { parseArgs } from 'node:util';
import type { KernelName } from '../../src/kernels/kernel.ts';
import { KERNEL_NAMES } from '../../src/kernels/kernel.ts';
import { awgVpnEngine, awgVpnWith } from '../support/engines/awg-vpn.ts';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { ENGINES, engineNamed } from '../support/engines/index.ts';
import type { ProfileName } from './profiles.ts';
import { PROFILE_NAMES } from './profiles.ts';
import type { SectionName } from './results/figure.ts';
import { SECTION_NAMES } from './results/figure.ts';

/** What can be left out of the tunnel section, which takes longest. */
export const TUNNEL_MEASURES = ['tcp', 'udp', 'ping', 'idle'] as const;

export type TunnelMeasure = (typeof TUNNEL_MEASURES)[number];

export const USAGE = `usage: npm run bench -- [options]

  --section a,b      ${SECTION_NAMES.join(', ')}, or all (default tunnel)
  --rounds N         rounds; within each everything has its turn (default 3)
  --json FILE        also write the results there
  --compare FILE     say what got worse since that file; exit with 1 if anything did
  --results FILE     measure nothing, take the results of that file
  --report           measure nothing, write docs/performance.md from bench-baselines/
  --help

path and tunnel:
  --profile a,b      ${PROFILE_NAMES.join(', ')} (default: all in path, null in tunnel)
  --kernel NAME      AEAD (default: WebAssembly in path, the fastest in tunnel): ${KERNEL_NAMES.join(', ')}

tunnel, handshakes and peers:
  --workers N        of our daemon: 1, 2 or auto (default auto)
  --engines a,b      which to compare, both ends the same (default: all that are found)
  --seconds N        length of each iperf3 run (default 5)
  --offloads on|off  whether the cable takes UDP segmentation trains (default on)
  --measures a,b     ${TUNNEL_MEASURES.join(', ')} (default all)

Engines: ${ENGINES.map((engine) => engine.name).join(', ')}. They need root, iperf3, ping and ip.`;

export interface BenchOptions {
  readonly sections: readonly SectionName[];
  readonly engines: readonly EngineAdapter[];
  /** Undefined: what the section thinks best. */
  readonly profiles: readonly ProfileName[] | undefined;
  readonly kernel: KernelName | undefined;
  /** Of our daemon; undefined: what it chooses. */
  readonly workers: string | undefined;
  readonly measures: readonly TunnelMeasure[];
  readonly rounds: number;
  readonly seconds: number;
  readonly offloads: 'on' | 'off';
  readonly jsonPath: string | undefined;
  readonly comparePath: string | undefined;
  readonly resultsPath: string | undefined;
  readonly report: boolean;
}

const FLAGS = {
  section: { type: 'string', default: 'tunnel' },
  engines: { type: 'string' },
  profile: { type: 'string' },
  kernel: { type: 'string' },
  workers: { type: 'string' },
  measures: { type: 'string', default: TUNNEL_MEASURES.join(',') },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '5' },
  offloads: { type: 'string', default: 'on' },
  json: { type: 'string' },
  compare: { type: 'string' },
  results: { type: 'string' },
  report: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Undefined when help was asked for. Throws an Error with a plain complaint. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  if (values.help) return undefined;
  const kernel = values.kernel === undefined ? undefined : choice('kernel', values.kernel, KERNEL_NAMES);
  const workers = values.workers === undefined ? undefined : choice('workers', values.workers, ['1', '2', 'auto']);
  return {
    sections: values.section === 'all' ? SECTION_NAMES : choices('section', values.section, SECTION_NAMES),
    engines: chooseEngines(values.engines).map((engine) => withUpOptions(engine, { kernel, workers })),
    profiles: values.profile === undefined ? undefined : choices('profile', values.profile, PROFILE_NAMES),
    kernel,
    workers,
    measures: choices('measures', values.measures, TUNNEL_MEASURES),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    offloads: choice('offloads', values.offloads, ['on', 'off']),
    jsonPath: values.json,
    comparePath: values.compare,
    resultsPath: values.results,
    report: values.report,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: "${text}" is not a positive whole number`);
}

function choice<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new Error(`--${flag}: there is no "${text}", only ${names.join(', ')}`);
}

function choices<Name extends string>(flag: string, text: string, names: readonly Name[]): Name[] {
  return text.split(',').map((each) => choice(flag, each, names));
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

/** Our own engine, started as the options want it. */
function withUpOptions(engine: EngineAdapter, { kernel, workers }: Pick<BenchOptions, 'kernel' | 'workers'>) {
  if (engine !== awgVpnEngine || (kernel === undefined && workers === undefined)) return engine;
  const kernelOption = kernel === undefined ? [] : ['--kernel', kernel];
  const workersOption = workers === undefined ? [] : ['--workers', workers];
  return awgVpnWith(engine.name, [...kernelOption, ...workersOption]);
}
