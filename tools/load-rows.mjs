/**
 * Rows for `assurance/load.json` out of what the bench has written about floods and many peers:
 *
 *     npm run bench -- --section floods,peers --json load.json && node tools/load-rows.mjs load.json
 *
 * What a file does not have, keeps the rows of before.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const TARGET = 'assurance/load.json';
const SECTION = 'Load and faults';
const BENCH = 'npm run bench -- --section';

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const rounded = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString('en-US');

/** One row for each table and subject of a section, its measures side by side. */
function rowsOfBench({ date, settings, figures }) {
  const groups = new Map();
  for (const { section, table, subject, measure, rounds } of figures) {
    if (section !== 'floods' && section !== 'peers') continue;
    const key = `${section}\n${table}\n${subject}`;
    const text = `${measure.name} ${rounded(median(rounds))} ${measure.unit}`;
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return Array.from(groups, ([key, texts]) => {
    const [section, table, subject] = key.split('\n');
    const command = `${BENCH} ${section} --rounds ${settings.rounds} --seconds ${settings.seconds}`;
    return { what: `${table}: ${subject}`, figure: texts.join('; '), command, date: date.slice(0, 10) };
  });
}

const fresh = process.argv.slice(2).flatMap((path) => rowsOfBench(read(path)));
const before = existsSync(TARGET) ? read(TARGET).rows : [];
const kept = before.filter(({ what }) => !fresh.some((row) => row.what === what));
mkdirSync('assurance', { recursive: true });
writeFileSync(TARGET, `${JSON.stringify({ format: 1, section: SECTION, rows: [...kept, ...fresh] }, undefined, 2)}\n`);
console.log(`${TARGET}: ${fresh.length} rows of now, ${kept.length} of before`);
