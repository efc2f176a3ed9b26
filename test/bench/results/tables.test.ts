import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from './figure.ts';
import { heldAgainst } from './figure.ts';
import { formatNumber, renderMarkdown, renderText, tablesOf } from './tables.ts';

const SPEED = { name: 'one stream', unit: 'Gbit/s', better: 'higher' } as const;
const DELAY = { name: 'ping', unit: 'ms', better: 'lower' } as const;
const at = (subject: string) => ({ section: 'tunnel', table: 'TCP', subject }) as const;

const FIGURES: readonly Figure[] = heldAgainst(
  [
    { ...at('ours'), measure: SPEED, rounds: [4, 4.2, 3.8] },
    { ...at('ours'), measure: DELAY, rounds: [0.3, 0.3, 0.3] },
    { ...at('theirs'), measure: SPEED, rounds: [2, 2, 2] },
  ],
  'theirs',
);

test('one row a subject, one column a measure, medians, and ratios to a row that can be seen', () => {
  const [table] = tablesOf(FIGURES);
  assert.deepEqual(table?.header, ['', 'one stream, Gbit/s', 'ping, ms']);
  assert.deepEqual(table?.rows, [
    ['ours', '4.00 (2.00x)', '0.300'],
    ['theirs', '2.00', '-'],
  ]);
});

test('the note says how steady the rounds were and what the ratios refer to', () => {
  const [table] = tablesOf(FIGURES);
  assert.equal(
    table?.note,
    'Medians of 3 rounds; half the distance of the quartiles is 0.0 % in the middle and 2.5 % at most ' +
      '(ours, one stream). Ratios in brackets: to theirs in the same round.',
  );
});

test('figures of different tables do not mix', () => {
  const other: Figure = { section: 'kernel', table: 'TCP', subject: 'ours', measure: SPEED, rounds: [1] };
  const tables = tablesOf([...FIGURES, other]);
  assert.deepEqual(
    tables.map(({ section, title, rows }) => [section, title, rows.length]),
    [
      ['tunnel', 'TCP', 2],
      ['kernel', 'TCP', 1],
    ],
  );
  assert.equal(tables[1]?.note, 'One round.');
});

test('text is aligned, Markdown is a table', () => {
  const [table] = tablesOf(FIGURES);
  assert.ok(table !== undefined);
  assert.match(renderText(table), /^ours {10}4\.00 \(2\.00x\) {5}0\.300$/m);
  assert.match(
    renderMarkdown(table),
    /^\*\*TCP\*\*\n\n\| {2}\| one stream, Gbit\/s \| ping, ms \|\n\| --- \| ---: \| ---: \|\n/,
  );
});

test('numbers have three digits that mean something', () => {
  const texts = [0, 0.00042, 0.0123, 0.5, 1.234, 12.34, 99.96, 123.4, 12345.6, Number.NaN].map(formatNumber);
  assert.deepEqual(texts, ['0', '4.2e-4', '0.0123', '0.500', '1.23', '12.3', '100.0', '123', '12,346', '-']);
});

test('how unsteady something is that hardly exists is not told', () => {
  const measure = { ...DELAY, floor: 1 };
  const [table] = tablesOf([
    { ...at('tiny'), measure, rounds: [0, 0.5, 0] },
    { ...at('large'), measure, rounds: [10, 11, 12] },
  ]);
  assert.match(table?.note ?? '', /4\.5 % at most \(large, ping\)/);
});
