/**
 * Runs compiled tests: `node tools/run-tests.mjs <kind>... [--only text]`.
 *
 *     unit      beside the sources, and everything under test/ that is in none of the others
 *     sim       simulated networks under a virtual clock
 *     netns     real daemons in network namespaces; root
 *     interop   the same against other implementations; root and their binaries on PATH
 *     all       all of these
 *
 * A test that cannot run here skips itself and says why; the reasons are listed at the end. With
 * CI=true or REQUIRE_ALL=1 a skipped test fails the run. `--only` keeps the files whose path has the text.
 *
 * With RUN_AGAIN=1 a file with failures is run once more, by itself, when all others are done: a machine that
 * was busy for a moment is no fault of ours, but it is told at the end which tests needed it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';

const MINUTE = 60_000;

/** How a test begins its diagnostic about what it left out without a skip; repeated in the summary. */
const NOT_RUN = 'not run: ';

const PARALLEL = availableParallelism();

/** Tests that own interfaces, ports and the processor run one file at a time. */
const KINDS = {
  unit: { folders: ['src', 'test'], concurrency: PARALLEL, timeout: 5 * MINUTE, verbose: false },
  sim: { folders: ['test/sim'], concurrency: PARALLEL, timeout: 10 * MINUTE, verbose: true },
  netns: { folders: ['test/netns'], concurrency: 1, timeout: 15 * MINUTE, verbose: true },
  interop: { folders: ['test/interop'], concurrency: 1, timeout: 25 * MINUTE, verbose: true },
};

/** Compiled tests under `folder` whose source still exists: `dist` may hold leftovers. */
function compiledTests(folder) {
  const root = join('dist', folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .filter((path) => path.endsWith('.test.js'))
    .filter((path) => existsSync(join(folder, path.replace(/\.js$/, '.ts'))))
    .map((path) => join(root, path))
    .sort();
}

/** The files of a kind; a folder that another kind names belongs to that one alone. */
function filesOf(kind) {
  const others = Object.keys(KINDS).filter((other) => other !== kind);
  const taken = others.flatMap((other) => KINDS[other].folders.filter((folder) => folder.includes('/')));
  const files = KINDS[kind].folders.flatMap(compiledTests);
  return files.filter((path) => !taken.some((folder) => path.startsWith(join('dist', folder, '/'))));
}

function location(data) {
  return data.file ? `${relative('.', data.file)}${data.line ? `:${data.line}` : ''}` : '';
}

/** A suite fails with what it holds, which has been told already. */
function isConsequence(data) {
  return data.details.error?.failureType === 'subtestsFailed';
}

function printFailure(data) {
  const error = data.details.error;
  console.log(`✖ ${data.name}  (${location(data)})`);
  console.log(inspect(error?.cause ?? error, { depth: 4 }).replace(/^/gm, '    '));
}

function emptyOutcome() {
  return { passed: 0, failed: 0, failures: [], skipped: [], notRun: [] };
}

/** What to do with each event of the runner; `outcomes` collects what came of each file. */
function handlers(outcomes, verbose) {
  const outcomeOf = ({ file, name }) => {
    const path = file === undefined ? name : relative('.', file);
    if (!outcomes.has(path)) outcomes.set(path, emptyOutcome());
    return outcomes.get(path);
  };
  return {
    'test:pass': (data) => {
      const skipped = data.skip !== undefined;
      if (data.details.type === 'suite' && !skipped) return;
      if (skipped) outcomeOf(data).skipped.push({ name: data.name, reason: String(data.skip) });
      else outcomeOf(data).passed += 1;
      const mark = skipped ? '–' : '✔';
      if (verbose) console.log(`${mark} ${data.name} (${Math.round(data.details.duration_ms)} ms)`);
    },
    'test:fail': (data) => {
      if (data.details.type !== 'suite') outcomeOf(data).failed += 1;
      if (isConsequence(data)) return;
      printFailure(data);
      outcomeOf(data).failures.push(`${data.name}  (${location(data)})`);
    },
    'test:diagnostic': (data) => {
      if (data.message.startsWith(NOT_RUN)) outcomeOf(data).notRun.push(data.message);
    },
    'test:stderr': (data) => process.stderr.write(data.message),
    'test:stdout': (data) => verbose && process.stdout.write(data.message),
  };
}

async function runFiles(files, { concurrency, timeout, verbose }) {
  const outcomes = new Map();
  const handle = handlers(outcomes, verbose);
  for await (const { type, data } of run({ files, concurrency, timeout })) handle[type]?.(data);
  return outcomes;
}

const countOf = ({ passed, failed, skipped }) => passed + failed + skipped.length;

/**
 * Puts a second outcome in the place of each bad one; returns what failed the first time only. A test that
 * stands in a shared suite is reported under that suite's file, which says nothing by itself: it stays failed.
 */
async function runAgain(outcomes, files, how) {
  const unsteady = [];
  for (const [path, first] of outcomes) {
    if (first.failed === 0 || !files.includes(path)) continue;
    console.log(`once more: ${path}`);
    const second = (await runFiles([path], { ...how, concurrency: 1 })).get(path);
    if (second === undefined || countOf(second) < countOf(first)) continue;
    outcomes.set(path, second);
    if (second.failed === 0) unsteady.push(...first.failures);
  }
  return unsteady;
}

async function runKind(kind, only) {
  const files = filesOf(kind).filter((path) => path.includes(only));
  if (files.length === 0) return { kind, files: 0, unsteady: [], ...emptyOutcome() };
  const outcomes = await runFiles(files, KINDS[kind]);
  const unsteady = process.env.RUN_AGAIN === '1' ? await runAgain(outcomes, files, KINDS[kind]) : [];
  const all = [...outcomes.values()];
  const sum = (pick) => all.reduce((total, outcome) => total + pick(outcome), 0);
  return {
    kind,
    files: files.length,
    unsteady,
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    failures: all.flatMap(({ failures }) => failures),
    skipped: all.flatMap(({ skipped }) => skipped),
    notRun: all.flatMap(({ notRun }) => notRun),
  };
}

function printSkipped(tallies) {
  const reasons = new Map();
  for (const { skipped } of tallies) {
    for (const { name, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  for (const [reason, names] of reasons) {
    console.log(`skipped (${reason === 'true' ? 'no reason given' : reason}): ${names.join('; ')}`);
  }
}

/** The exit code: failures, an empty selection, and (where everything must run) skips count. */
function verdict(tallies, requireAll) {
  const sum = (pick) => tallies.reduce((total, tally) => total + pick(tally), 0);
  if (sum((tally) => tally.failed) > 0) return 1;
  if (sum((tally) => tally.files) === 0) {
    console.error('no compiled tests found: run `npm run build` first');
    return 1;
  }
  if (requireAll && sum((tally) => tally.skipped.length) > 0) {
    console.error('tests were skipped although all of them must run here (CI or REQUIRE_ALL is set)');
    return 1;
  }
  return 0;
}

function parseArguments(args) {
  const flag = args.indexOf('--only');
  const only = flag === -1 ? '' : (args[flag + 1] ?? '');
  const kinds = (flag === -1 ? args : args.slice(0, flag)).flatMap((kind) =>
    kind === 'all' ? Object.keys(KINDS) : [kind],
  );
  const unknown = kinds.find((kind) => !(kind in KINDS));
  if (unknown !== undefined || kinds.length === 0) {
    console.error(`usage: run-tests.mjs ${Object.keys(KINDS).join('|')}|all [--only text]`);
    process.exit(2);
  }
  return { kinds, only };
}

async function main() {
  const { kinds, only } = parseArguments(process.argv.slice(2));
  const requireAll = process.env.CI === 'true' || process.env.REQUIRE_ALL === '1';
  const tallies = [];
  for (const kind of kinds) tallies.push(await runKind(kind, only));
  printSkipped(tallies);
  for (const { kind, files, passed, failed, failures, unsteady, skipped, notRun } of tallies) {
    console.log(`${kind}: ${passed} passed, ${failed} failed, ${skipped.length} skipped, ${files} files`);
    for (const sentence of notRun) console.log(`${kind}: ${sentence}`);
    for (const failure of failures) console.log(`${kind}: failed: ${failure}`);
    for (const failure of unsteady) console.log(`${kind}: unsteady, passed when it was run again: ${failure}`);
  }
  process.exitCode = verdict(tallies, requireAll);
}

await main();
