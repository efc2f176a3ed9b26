/**
 * Makes `docs/assurance.md` of what is in `assurance/`: `npm run assurance`. Every script that has figures to
 * show writes a file there (test/support/assurance.ts says what is in it), most with `--record`; the page is
 * never written by hand.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'assurance';
const PAGE = 'docs/assurance.md';
const FORMAT = 1;
const FIELDS = ['what', 'figure', 'command', 'date'];

const INTRODUCTION = `# Assurance

What has been tried, how much of it, and how to try it again. \`npm run assurance\` makes this page from the
files in \`${FOLDER}/\`, which the commands below write; figures are those of the machine that they ran on.
[testing.md](testing.md) says what each of them does.
`;

/** @throws Error that names the file and what is wrong with it */
function readResult(name) {
  const path = join(FOLDER, name);
  const complain = (complaint) => new Error(`${path}: ${complaint}`);
  let result;
  try {
    result = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw complain(error.message);
  }
  if (result?.format !== FORMAT) throw complain(`the format is ${JSON.stringify(result?.format)}, not ${FORMAT}`);
  if (typeof result.section !== 'string' || !Array.isArray(result.rows)) throw complain('section or rows are missing');
  for (const row of result.rows)
    for (const field of FIELDS) {
      if (typeof row[field] !== 'string') throw complain(`a row has no '${field}': ${JSON.stringify(row)}`);
    }
  return result;
}

/** Whatever is in a cell, the table stays one. */
const cell = (text) => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();

const row = ({ what, figure, command, date }) =>
  `| ${cell(what)} | ${cell(figure)} | \`${cell(command)}\` | ${cell(date)} |`;

const section = ({ section: title, rows }) =>
  [`## ${title}`, '', '| What | Figure | Again with | Of |', '|---|---|---|---|', ...rows.map(row), ''].join('\n');

function main() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  const results = names.map(readResult).sort((a, b) => a.section.localeCompare(b.section, 'en'));
  writeFileSync(PAGE, [INTRODUCTION, ...results.map(section)].join('\n'));
  console.log(`${PAGE}: ${results.length} sections, ${results.reduce((sum, { rows }) => sum + rows.length, 0)} rows`);
}

try {
  main();
} catch (error) {
  console.error(`assurance: ${error.message}`);
  process.exitCode = 1;
}
