/** The results as a table for people and as JSON for machines. */
import type { Measurement } from './measure.ts';
import { medianMeasurement } from './statistics.ts';

export interface EngineResult {
  readonly engine: string;
  readonly version: string;
  readonly rounds: readonly Measurement[];
}

export interface BenchConditions {
  readonly date: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly congestionControl: string;
  readonly offloads: 'on' | 'off';
  readonly seconds: number;
}

type Column = readonly [title: string, cell: (one: Measurement) => string];

const gigabits = (bits: number): string => (bits / 1e9).toFixed(2);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

const COLUMNS: readonly Column[] = [
  ['1 stream Gbit/s', (one) => gigabits(one.singleStreamBits)],
  ['4 streams Gbit/s', (one) => gigabits(one.fourStreamBits)],
  ['ping p50 ms', (one) => one.pingMedianMs.toFixed(3)],
  ['ping p99 ms', (one) => one.pingP99Ms.toFixed(3)],
  ['cores tx', (one) => one.senderCpu.toFixed(2)],
  ['cores rx', (one) => one.receiverCpu.toFixed(2)],
  ['peak MB tx', (one) => megabytes(one.senderPeakBytes)],
  ['peak MB rx', (one) => megabytes(one.receiverPeakBytes)],
  ['idle cores', (one) => one.idleCpu.toFixed(3)],
];

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}

/** Medians over rounds, and each engine's single stream relative to `baseline`. */
export function renderTable(results: readonly EngineResult[], baseline: string): string {
  const base = results.find((result) => result.engine === baseline);
  const reference = base === undefined ? Number.NaN : medianMeasurement(base.rounds).singleStreamBits;
  const header = ['engine', ...COLUMNS.map(([title]) => title), `vs ${baseline}`];
  const rows = results.map(({ engine, rounds }) => {
    const median = medianMeasurement(rounds);
    const ratio = `${(median.singleStreamBits / reference).toFixed(2)}x`;
    return [engine, ...COLUMNS.map(([, cell]) => cell(median)), ratio];
  });
  return alignColumns([header, ...rows]);
}

export function renderJson(conditions: BenchConditions, results: readonly EngineResult[]): string {
  const engines = results.map((result) => ({ ...result, median: medianMeasurement(result.rounds) }));
  return `${JSON.stringify({ conditions, engines }, undefined, 2)}\n`;
}
