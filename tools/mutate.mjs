/**
 * Whether the tests of the protocol core would notice: `npm run mutate`. Changes the core in one small place
 * at a time (mutation/mutants.mjs says how) and runs the tests that should care (mutation/targets.mjs) until
 * one fails. A mutant that no test kills is either a hole in the tests, or behaves like the original; the
 * latter are listed in mutation/equivalent.json, each with a reason that somebody has thought about.
 *
 *     --only TEXT     only files whose path has the text
 *     --jobs N        threads (default: as many as processors)
 *     --survivors     print each survivor (default: only where there are too few killed)
 *     --record        write the outcome to assurance/
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MutantPool } from './mutation/mutant-pool.mjs';
import { mutantsOf } from './mutation/mutants.mjs';
import { TARGETS } from './mutation/targets.mjs';

const REQUIRED_SHARE = 0.9;
const EQUIVALENT_FILE = 'tools/mutation/equivalent.json';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: `${availableParallelism()}` },
    survivors: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

function identity({ file, before, after }) {
  return `${file}: ${before}  =>  ${after}`;
}

function readEquivalents() {
  const { mutants } = JSON.parse(readFileSync(EQUIVALENT_FILE, 'utf8'));
  return new Map(mutants.map((mutant) => [identity(mutant), mutant.reason]));
}

function allMutants() {
  return TARGETS.filter(({ file }) => file.includes(values.only)).flatMap((target) =>
    mutantsOf(target.file, readFileSync(target.file, 'utf8')).map((mutant) => ({ target, mutant })),
  );
}

/** Per part and in all: { mutants, killed, late, equivalent, survived }. */
function tally(results, equivalents) {
  const table = new Map();
  for (const { target, mutant, outcome } of results) {
    const row = table.get(target.part) ?? { mutants: 0, killed: 0, late: 0, equivalent: 0, survived: 0 };
    const isEquivalent = outcome === 'survived' && equivalents.has(identity({ file: target.file, ...mutant }));
    row.mutants += 1;
    row[isEquivalent ? 'equivalent' : outcome] += 1;
    table.set(target.part, row);
  }
  const total = { mutants: 0, killed: 0, late: 0, equivalent: 0, survived: 0 };
  for (const row of table.values()) for (const key of Object.keys(total)) total[key] += row[key];
  return new Map([...table, ['all', total]]);
}

/** A mutant that does not come to an end is noticed by whoever waits for the tests. */
const share = ({ mutants, equivalent, survived }) => (mutants - equivalent - survived) / (mutants - equivalent);

const percent = (row) => `${(100 * share(row)).toFixed(1)} %`;

function printTable(table) {
  console.log('part                    mutants  killed  no end  equivalent  survived    score');
  for (const [part, row] of table) {
    const numbers = [row.mutants, row.killed, row.late, row.equivalent, row.survived];
    const widths = [9, 8, 8, 12, 10];
    const cells = numbers.map((number, index) => String(number).padStart(widths[index]));
    console.log(`${part.padEnd(22)}${cells.join('')}${percent(row).padStart(9)}`);
  }
}

function printSurvivors(results, equivalents) {
  for (const { target, mutant, outcome } of results) {
    if (outcome !== 'survived' || equivalents.has(identity({ file: target.file, ...mutant }))) continue;
    console.log(`${target.file}:${mutant.line} (${mutant.operator})\n    ${mutant.before}\n    ${mutant.after}`);
  }
}

/** Entries of the list that are no survivors: killed now, or gone. */
function staleEquivalents(results, equivalents) {
  const survivors = new Set(
    results
      .filter(({ outcome }) => outcome === 'survived')
      .map(({ target, mutant }) => identity({ file: target.file, ...mutant })),
  );
  const looked = new Set(results.map(({ target }) => target.file));
  return [...equivalents.keys()].filter((key) => looked.has(key.slice(0, key.indexOf(': '))) && !survivors.has(key));
}

function record(table, seconds) {
  const date = new Date().toISOString().slice(0, 10);
  const rows = [...table].map(([part, row]) => ({
    what: part === 'all' ? 'all parts together' : part,
    figure: `${row.killed + row.late} of ${row.mutants - row.equivalent} mutants killed, ${percent(row)} (${row.equivalent} equivalent)`,
    command: 'npm run mutate',
    date,
  }));
  mkdirSync('assurance', { recursive: true });
  const content = { format: 1, section: 'Mutation of the protocol core', rows };
  writeFileSync('assurance/mutation.json', `${JSON.stringify(content, undefined, 2)}\n`);
  console.log(`${seconds.toFixed(0)} s; written to assurance/mutation.json`);
}

async function main() {
  const began = performance.now();
  const mutants = allMutants();
  const pool = new MutantPool(Number(values.jobs), (done) => {
    if (done % 100 === 0) console.log(`${done} of ${mutants.length} mutants`);
  });
  const results = await pool.tryAll(mutants);
  const seconds = (performance.now() - began) / 1000;
  const equivalents = readEquivalents();
  const table = tally(results, equivalents);
  printTable(table);
  console.log(`${(mutants.length / seconds).toFixed(1)} mutants a second`);
  const isEnough = share(table.get('all')) >= REQUIRED_SHARE;
  if (values.survivors || !isEnough) printSurvivors(results, equivalents);
  const stale = staleEquivalents(results, equivalents);
  for (const entry of stale) console.log(`${EQUIVALENT_FILE} has one that is not among the survivors: ${entry}`);
  if (values.record) record(table, seconds);
  process.exitCode = isEnough && stale.length === 0 ? 0 : 1;
}

await main();
