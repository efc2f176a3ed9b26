/**
 * `npm run bench`: what everything costs, alone, together and next to other implementations. What
 * takes part takes turns within each round. Ratios travel, absolute figures do not.
 */
import { carriersSection } from './carriers/carriers-section.ts';
import { writePerformanceDocument } from './document/performance-document.ts';
import { floodsSection } from './floods/floods-section.ts';
import { handshakesSection } from './handshakes/handshakes-section.ts';
import { kernelSection } from './kernel/kernel-section.ts';
import type { BenchOptions } from './options.ts';
import { parseBenchOptions, USAGE } from './options.ts';
import { pathSection } from './path/path-section.ts';
import { peersSection } from './peers/peers-section.ts';
import { compareFigures, regressions } from './results/comparison.ts';
import { renderComparison } from './results/comparison-text.ts';
import { describeMachine, isSameMachine, machineLine } from './results/machine.ts';
import type { RunReport } from './results/run-report.ts';
import { readReport, writeReport } from './results/run-report.ts';
import { renderText, tablesOf } from './results/tables.ts';
import type { Section, SectionResult } from './section.ts';
import { tunnelSection } from './tunnel/tunnel-section.ts';
import { workersSection } from './workers/workers-section.ts';

const SECTIONS: readonly Section[] = [
  kernelSection,
  pathSection,
  tunnelSection,
  handshakesSection,
  peersSection,
  workersSection,
  carriersSection,
  floodsSection,
];

async function runSections(options: BenchOptions): Promise<SectionResult[]> {
  const results: SectionResult[] = [];
  for (const section of SECTIONS.filter(({ name }) => options.sections.includes(name))) {
    const reason = await section.unavailable();
    if (reason === undefined) results.push(await section.run(options, (line) => console.log(line)));
    else if (options.sections.length === 1) throw new Error(`${section.name}: ${reason}`);
    else console.log(`${section.name}: left out, ${reason}`);
  }
  return results;
}

/** What decides the meaning of the figures. */
function settingsOf(options: BenchOptions): RunReport['settings'] {
  const { sections, rounds, seconds, offloads, profiles, kernel, workers } = options;
  return {
    sections: sections.join(','),
    rounds,
    seconds,
    offloads,
    ...(profiles && { profiles: profiles.join(',') }),
    ...(kernel && { kernel }),
    ...(workers === undefined ? {} : { workers }),
  };
}

async function measure(options: BenchOptions): Promise<{ report: RunReport; failures: readonly string[] }> {
  const machine = describeMachine();
  console.log(machineLine(machine));
  const results = await runSections(options);
  const report: RunReport = {
    format: 1,
    date: new Date().toISOString(),
    machine,
    settings: settingsOf(options),
    versions: Object.assign({}, ...results.map(({ versions }) => versions ?? {})) as Record<string, string>,
    figures: results.flatMap(({ figures }) => figures),
    flames: results.flatMap(({ flames }) => flames ?? []),
  };
  return { report, failures: results.flatMap(({ failures }) => failures ?? []) };
}

/** Returns whether nothing got worse. */
function compareWith(path: string, report: RunReport): boolean {
  const before = readReport(path);
  const comparison = compareFigures(before.figures, report.figures);
  console.log(renderComparison(comparison, path));
  if (!isSameMachine(before.machine, report.machine)) {
    console.log('The two runs come from different machines: trust what was compared through a yardstick only.');
  }
  return regressions(comparison).length === 0;
}

async function main(): Promise<boolean> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return true;
  }
  if (options.report) {
    for (const path of writePerformanceDocument()) console.log(`wrote ${path}`);
    return true;
  }
  const { resultsPath } = options;
  const { report, failures } =
    resultsPath === undefined ? await measure(options) : { report: readReport(resultsPath), failures: [] };
  for (const table of tablesOf(report.figures)) console.log(`\n${renderText(table)}`);
  for (const [engine, version] of Object.entries(report.versions)) console.log(`${engine}: ${version}`);
  if (options.jsonPath !== undefined) writeReport(options.jsonPath, report);
  for (const failure of failures) console.error(`bench: ${failure}`);
  const isSound = options.comparePath === undefined || compareWith(options.comparePath, report);
  return isSound && failures.length === 0;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
