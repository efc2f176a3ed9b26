/** Command line of the soak. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { SoakMode } from './mode.ts';

export interface SoakOptions {
  readonly mode: string;
  /** Ends when so many hours have been lived through, or so many minutes have passed; whichever is given. */
  readonly hours: number;
  readonly minutes: number;
  readonly workers: number;
  readonly seed: number;
  /** Nothing but this seed. */
  readonly onlySeed: number | undefined;
  /** Nothing but the scenario of this file. */
  readonly scenario: string | undefined;
  /** Write what was found to assurance/. */
  readonly record: boolean;
}

const FLAGS = {
  mode: { type: 'string', default: 'sim' },
  hours: { type: 'string' },
  minutes: { type: 'string' },
  workers: { type: 'string', default: `${availableParallelism()}` },
  seed: { type: 'string', default: '1' },
  'only-seed': { type: 'string' },
  scenario: { type: 'string' },
  record: { type: 'boolean', default: false },
} as const;

const DEFAULT_HOURS = 100;

export function usageOf(modes: readonly SoakMode[]): string {
  return `usage: npm run soak -- [options]

  --mode NAME        ${modes.map(({ name, about }) => `${name}: ${about}`).join('\n                     ')}
  --hours N          until so many simulated hours have been lived through (default ${DEFAULT_HOURS})
  --minutes N        for so many minutes of real time
  --workers N        threads (default: as many as there are processors)
  --seed N           the first seed (default 1)
  --only-seed N      that seed and no other, and if it fails the least that fails like it
  --scenario FILE    the scenario of this file and no other
  --record           write the outcome to assurance/
  --help`;
}

/** @throws RangeError that quotes what is wrong */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({ args: [...args], options: FLAGS, strict: true });
  const forever = Number.POSITIVE_INFINITY;
  const [hours, minutes] = [values.hours, values.minutes];
  return {
    mode: values.mode,
    hours: hours === undefined ? (minutes === undefined ? DEFAULT_HOURS : forever) : positive('--hours', hours),
    minutes: minutes === undefined ? forever : positive('--minutes', minutes),
    workers: whole('--workers', values.workers, 1),
    seed: whole('--seed', values.seed, 0),
    onlySeed: values['only-seed'] === undefined ? undefined : whole('--only-seed', values['only-seed'], 0),
    scenario: values.scenario,
    record: values.record,
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${flag} '${text}' is not a number above 0`);
}

function whole(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value < 2 ** 32) return value;
  throw new RangeError(`${flag} '${text}' is not a whole number from ${least} up`);
}
