/**
 * `npm run timing`: whether comparisons of secrets and work with keys take the same time for all. A measurement,
 * not a unit test: a machine that is busy, or changes its clock, may show what is not there, and then a second
 * run decides. Exits with 1 where a difference is seen three times, or the leaky comparison is not seen.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, repeatsFor } from './measurement.ts';
import type { TimingSubject } from './subjects.ts';
import { timingSubjects } from './subjects.ts';
import { LEAK, worstT } from './welch.ts';

const { values } = parseArgs({
  options: { measurements: { type: 'string', default: '100000' }, json: { type: 'string' } },
});

const MEASUREMENTS = Number(values.measurements);
const TRIES = 3;
/** The smallest of up to three: what is there is there each time. */
function judge(subject: TimingSubject): number {
  const repeats = repeatsFor(subject);
  // Curves take so long that fewer measurements have to do.
  const count = repeats > 1 ? MEASUREMENTS : Math.ceil(MEASUREMENTS / 10);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 1; attempt <= TRIES && least > LEAK; attempt++)
    least = Math.min(least, worstT(measure(subject, repeats, count, attempt)));
  return least;
}

if (!(MEASUREMENTS >= 1000)) {
  console.error('usage: npm run timing -- [--measurements N, 1000 or more] [--json FILE]');
  process.exit(2);
}
const results = timingSubjects().map((subject) => {
  const t = judge(subject);
  const isRight = t > LEAK === subject.leaks;
  console.log(
    `${isRight ? 'ok   ' : 'WRONG'} |t| = ${t.toFixed(1)}  ${subject.name}${subject.leaks ? ' (must be seen)' : ''}`,
  );
  return { ...subject, t, isRight };
});
if (values.json !== undefined) {
  const date = new Date().toISOString().slice(0, 10);
  const command = `npm run timing -- --measurements ${MEASUREMENTS}`;
  const rows = results.map(({ name, leaks, t }) => ({
    what: `timing of ${name}`,
    figure: `|t| = ${t.toFixed(1)} (${leaks ? 'leaks on purpose, to show that it is seen' : 'a leak shows'} above ${LEAK})`,
    command,
    date,
  }));
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ format: 1, section: 'Timing', rows }, undefined, 2)}\n`);
}
process.exitCode = results.every(({ isRight }) => isRight) ? 0 : 1;
