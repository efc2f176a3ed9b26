/** Figures as tables: a row for each subject, a column for each measure, medians in the cells. */
import type { Figure, Measure, SectionName } from './figure.ts';
import { median, ratioToYardstick, relativeSpread } from './statistics.ts';

export interface Table {
  readonly section: SectionName;
  readonly title: string;
  /** The first names what the rows are. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** About the figures as a whole: how many rounds, how steady, what the ratios mean. */
  readonly note: string;
}

/** One table for each that the figures name, in the order they do. */
export function tablesOf(figures: readonly Figure[]): Table[] {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) {
    const key = `${figure.section}\n${figure.table}`;
    groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  return Array.from(groups.values(), tableOf);
}

function tableOf(figures: readonly Figure[]): Table {
  const [{ section, table }] = figures;
  const subjects = [...new Set(figures.map((figure) => figure.subject))];
  const measures = [...new Map(figures.map(({ measure }) => [measure.name, measure])).values()];
  const find = (subject: string, measure: Measure): Figure | undefined =>
    figures.find((figure) => figure.subject === subject && figure.measure.name === measure.name);
  return {
    section,
    title: table,
    header: ['', ...measures.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))],
    rows: subjects.map((subject) => [
      subject,
      ...measures.map((measure) => cell(find(subject, measure), new Set(subjects))),
    ]),
    note: noteOf(figures, new Set(subjects)),
  };
}

/** The ratio is shown where one can see in the table what it refers to. */
function cell(figure: Figure | undefined, subjects: ReadonlySet<string>): string {
  if (figure === undefined) return '-';
  const value = formatNumber(median(figure.rounds));
  const ratio = ratioToYardstick(figure);
  if (ratio === undefined || !isVisible(figure, subjects)) return value;
  return `${value} (${ratio.toFixed(2)}x)`;
}

function isVisible({ yardstick, subject }: Figure, subjects: ReadonlySet<string>): boolean {
  return yardstick !== undefined && yardstick.name !== subject && subjects.has(yardstick.name);
}

function noteOf(figures: readonly Figure[], subjects: ReadonlySet<string>): string {
  const rounds = Math.max(...figures.map((figure) => figure.rounds.length));
  if (rounds === 1) return `One round.${referenceNote(figures, subjects)}`;
  const steadiness = figures.filter(isWorthWords).map((figure) => ({ figure, spread: relativeSpread(figure.rounds) }));
  if (steadiness.length === 0) return `Medians of ${rounds} rounds.`;
  const worst = steadiness.reduce((a, b) => (b.spread > a.spread ? b : a));
  const usual = percent(median(steadiness.map(({ spread }) => spread)));
  const where = `${worst.figure.subject}, ${worst.figure.measure.name}`;
  return (
    `Medians of ${rounds} rounds; half the distance of the quartiles is ${usual} in the middle ` +
    `and ${percent(worst.spread)} at most (${where}).${referenceNote(figures, subjects)}`
  );
}

/** Of next to nothing a large part is nothing. */
function isWorthWords({ measure, rounds }: Figure): boolean {
  return Math.abs(median(rounds)) > (measure.floor ?? 0);
}

function referenceNote(figures: readonly Figure[], subjects: ReadonlySet<string>): string {
  const references = figures.filter((figure) => isVisible(figure, subjects)).map(({ yardstick }) => yardstick?.name);
  const names = [...new Set(references)];
  return names.length === 0 ? '' : ` Ratios in brackets: to ${names.join(' and ')} in the same round.`;
}

export function percent(part: number): string {
  const value = part * 100;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** Three digits that mean something; thousands set apart. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1);
  if (size < 100) return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size))));
  return Math.round(value).toLocaleString('en-US');
}

/** For a terminal. */
export function renderText({ title, header, rows, note }: Table): string {
  return `${title}\n${alignColumns([header, ...rows])}\n${note}\n`;
}

export function renderMarkdown({ title, header, rows, note }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return `**${title}**\n\n${[header, rule, ...rows].map(line).join('\n')}\n\n${note}\n`;
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}
