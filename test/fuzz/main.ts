/**
 * `npm run fuzz -- --target NAME --seconds N --seed S`: see docs/testing.md. Fuzzes the targets one after the
 * other, writes the corpus and the crashes, and exits with 1 when there were any.
 */
import { parseArgs } from 'node:util';
import { writeFigures } from '../support/figures.ts';
import { encodeInput, readInputs, writeInputs } from './engine/input-file.ts';
import { instrumentTree } from './engine/instrument.ts';
import type { SessionResult } from './session.ts';
import { runSession } from './session.ts';
import { corpusFile, crashFile, TARGET_NAMES } from './targets.ts';

const INSTRUMENTED = 'dist/instrumented';
/** The fakes in src/testing are what fuzzing is done with, so they are not counted. */
const COUNTED = ['protocol', 'kernels', 'crypto', 'platform', 'transport', 'dataplane', 'device', 'control'];
const USAGE = `usage: npm run fuzz -- [--target NAME[,NAME]] [--seconds N] [--executions N] [--seed S] [--keep] [--json FILE]
  --keep    writes the corpus back to test/fuzz/corpus
  --json    adds rows for docs/assurance.md
  targets:  ${TARGET_NAMES.join(' ')}`;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    executions: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

interface Outcome extends SessionResult {
  readonly target: string;
}

function chosenTargets(): string[] {
  const chosen = values.target?.split(',') ?? [...TARGET_NAMES];
  const stranger = chosen.find((name) => !TARGET_NAMES.includes(name));
  if (stranger === undefined && !values.help) return chosen;
  console.error(stranger === undefined ? USAGE : `there is no target "${stranger}"\n${USAGE}`);
  process.exit(values.help ? 0 : 2);
}

function budget(): { seed: number; seconds: number; executions: number } {
  const numbers = { seed: Number(values.seed), seconds: Number(values.seconds), executions: Number(values.executions) };
  const bad = Object.entries(numbers).find(([, value]) => Number.isNaN(value) || value < 0);
  if (bad === undefined) return numbers;
  console.error(`--${bad[0]} is not a number\n${USAGE}`);
  process.exit(2);
}

async function fuzz(target: string): Promise<Outcome> {
  const inputs = [...readInputs(corpusFile(target)), ...readInputs(crashFile(target))];
  const program = `${INSTRUMENTED}/test/fuzz/session-program.js`;
  const result = await runSession(program, { target, inputs, budget: budget() });
  const { executions, seconds, branches, corpus, crashes } = result;
  const rate = Math.round(executions / Math.max(seconds, 0.001));
  const coverage = `${branches.taken} of ${branches.all} branches`;
  console.log(`${target}: ${executions} executions (${rate}/s), ${coverage}, corpus ${corpus.length}`);
  for (const { input, message } of crashes) console.log(`  CRASH ${encodeInput(input)}\n  ${message}`);
  if (values.keep && crashes.length === 0) writeInputs(corpusFile(target), corpus);
  return { target, ...result };
}

function writeRows(path: string, outcomes: readonly Outcome[]): void {
  const { seconds, seed } = values;
  const figures = outcomes.map(({ target, executions, branches, corpus, crashes }) => ({
    what: `\`${target}\``,
    figure: `${executions} executions, ${branches.taken} of ${branches.all} branches, ${corpus.length} inputs kept, ${crashes.length} crashes`,
  }));
  writeFigures(path, 'Fuzzing', `npm run fuzz -- --seconds ${seconds} --seed ${seed}`, figures);
}

const targets = chosenTargets();
budget();
instrumentTree(
  'dist',
  INSTRUMENTED,
  COUNTED.map((folder) => `src/${folder}`),
);
const outcomes: Outcome[] = [];
for (const target of targets) outcomes.push(await fuzz(target));
if (values.json !== undefined) writeRows(values.json, outcomes);
const crashes = outcomes.reduce((sum, outcome) => sum + outcome.crashes.length, 0);
if (crashes > 0) console.log(`${crashes} crashes: put each line into test/fuzz/crashes/TARGET.txt with its mending`);
process.exitCode = crashes > 0 ? 1 : 0;
