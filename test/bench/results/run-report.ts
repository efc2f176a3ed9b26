/** One run of the bench as a file: small enough to keep beside the code, and to read in a diff. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from './figure.ts';
import type { Machine } from './machine.ts';

/** Part of a call stack and how much of the time was spent in it. */
export interface StackWeight {
  /** Outermost first. */
  readonly stack: readonly string[];
  /** Of the whole, 0 to 1. */
  readonly weight: number;
}

export interface Flame {
  readonly title: string;
  readonly stacks: readonly StackWeight[];
}

export interface RunReport {
  readonly format: 1;
  readonly date: string;
  readonly machine: Machine;
  /** The options that decide what the figures mean, as the command line has them. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** What took part, as it names itself. */
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
  readonly flames: readonly Flame[];
}

/** Beyond this a figure is noise. */
const DIGITS = 4;

/** One figure and one stack a line. */
export function renderReport(report: RunReport): string {
  const { figures, flames, ...head } = report;
  const fields = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const flameTexts = flames.map(
    ({ title, stacks }) => `{"title": ${JSON.stringify(title)}, "stacks": ${list(stacks)}}`,
  );
  fields.push(`"figures": ${list(figures)}`, `"flames": [${flameTexts.join(',\n')}]`);
  return `{\n${fields.join(',\n')}\n}\n`;
}

function list(entries: readonly object[]): string {
  return entries.length === 0 ? '[]' : `[\n${entries.map((entry) => JSON.stringify(entry, shorten)).join(',\n')}\n]`;
}

function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;
}

export function writeReport(path: string, report: RunReport): void {
  writeFileSync(path, renderReport(report));
}

/** Throws an Error that names the file when it is no report of ours. */
export function readReport(path: string): RunReport {
  const report = parse(path);
  if (report.format === 1 && Array.isArray(report.figures)) return report as RunReport;
  throw new Error(`${path} is no result of this bench`);
}

function parse(path: string): Partial<RunReport> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<RunReport>;
  } catch (cause) {
    throw new Error(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
