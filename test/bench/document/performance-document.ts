/**
 * `npm run bench:report`: docs/performance.md, written from the results in bench-baselines/. Nothing
 * in it is typed by hand, so that no figure outlives the run it comes from.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../results/figure.ts';
import { keyOf, SECTION_NAMES } from '../results/figure.ts';
import { machineLine } from '../results/machine.ts';
import type { Flame, RunReport } from '../results/run-report.ts';
import { readReport } from '../results/run-report.ts';
import { formatNumber, renderMarkdown, tablesOf } from '../results/tables.ts';
import { renderFlame } from './flame-graph.ts';
import { judgeGoals } from './goals.ts';
import { HOW_TO_READ, SECTION_TEXTS, WHY_MISSED } from './texts.ts';

const BASELINES = 'bench-baselines';
const DOCUMENT = 'docs/performance.md';
const PICTURES = 'docs/performance';

export interface NamedReport {
  readonly file: string;
  readonly report: RunReport;
}

/** Writes the document and its pictures; returns their paths. Throws when there are no results. */
export function writePerformanceDocument(): string[] {
  const reports = readBaselines();
  if (reports.length === 0) throw new Error(`there are no results in ${BASELINES}: npm run bench -- --json FILE`);
  const pictures = newestFlames(reports);
  rmSync(PICTURES, { recursive: true, force: true });
  mkdirSync(PICTURES, { recursive: true });
  for (const flame of pictures) writeFileSync(join(PICTURES, pictureName(flame)), renderFlame(flame));
  writeFileSync(DOCUMENT, renderDocument(reports));
  return [DOCUMENT, ...pictures.map((flame) => join(PICTURES, pictureName(flame)))];
}

function readBaselines(): NamedReport[] {
  const files = readdirSync(BASELINES).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => ({ file, report: readReport(join(BASELINES, file)) }));
}

export function renderDocument(reports: readonly NamedReport[]): string {
  const figures = newestFigures(reports);
  const parts = [
    '# Performance',
    `Written by \`npm run bench:report\` from the results in \`${BASELINES}/\`; do not edit.`,
    HOW_TO_READ,
    '## Where the figures come from',
    ...reports.map(renderOrigin),
    ...renderGoals(figures),
    ...SECTION_NAMES.flatMap((section) => renderSection(section, figures, newestFlames(reports))),
  ];
  return `${parts.join('\n\n').trimEnd()}\n`;
}

function renderOrigin({ file, report }: NamedReport): string {
  const { date, machine, settings, versions } = report;
  const options = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  const engines = Object.values(versions);
  return [
    `**${file}**, ${date.slice(0, 10)}: ${machineLine(machine)}.`,
    `Settings: ${options.join(', ')}.${engines.length === 0 ? '' : ` Took part: ${engines.join('; ')}.`}`,
  ].join(' ');
}

function renderGoals(figures: readonly Figure[]): string[] {
  const goals = judgeGoals(figures);
  if (goals.length === 0) return [];
  const rows = goals.map(({ title, goal, value, unit, against, met }) => {
    const found = `${formatNumber(value)} ${unit}`;
    return `| ${title} | ${goal} | ${found} | ${against ?? ''} | ${met ? 'yes' : '**no**'} |`;
  });
  const head = '| Measure | Goal | Found | against | met |\n| --- | --- | ---: | --- | --- |';
  return ['## Goals', `${head}\n${rows.join('\n')}`, WHY_MISSED];
}

function renderSection(
  section: (typeof SECTION_NAMES)[number],
  figures: readonly Figure[],
  flames: readonly Flame[],
): string[] {
  const tables = tablesOf(figures.filter((figure) => figure.section === section));
  if (tables.length === 0) return [];
  const { title, text } = SECTION_TEXTS[section];
  const pictures = section === 'path' ? flames.map(renderPicture) : [];
  return [`## ${title}`, text, ...tables.map((table) => renderMarkdown(table).trimEnd()), ...pictures];
}

function renderPicture(flame: Flame): string {
  return `![${flame.title}](performance/${pictureName(flame)})`;
}

function pictureName({ title }: Flame): string {
  return `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;
}

/** A figure that is in several files counts where it was measured last. */
function newestFigures(reports: readonly NamedReport[]): Figure[] {
  const figures = byDate(reports).flatMap(({ report }) => report.figures);
  return [...new Map(figures.map((figure) => [keyOf(figure), figure])).values()];
}

function newestFlames(reports: readonly NamedReport[]): Flame[] {
  const flames = byDate(reports).flatMap(({ report }) => report.flames);
  return [...new Map(flames.map((flame) => [flame.title, flame])).values()];
}

function byDate(reports: readonly NamedReport[]): NamedReport[] {
  return [...reports].sort((a, b) => a.report.date.localeCompare(b.report.date));
}
