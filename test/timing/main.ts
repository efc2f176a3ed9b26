/**
 * `npm run timing`: whether comparisons of secrets and work with keys take the same time for all. A measurement,
 * not a unit test: a machine that is busy, or changes its clock, may show what is not there, and then a second
 * run decides. Exits with 1 where a difference is seen five times, or the leaky comparison is not seen.
 */
import { parseArgs } from 'node:util';
import { writeFigures } from '../support/figures.ts';
import { measure, repeatsFor } from './measurement.ts';
import type { TimingSubject } from './subjects.ts';
import { timingSubjects } from './subjects.ts';
import { LEAK, worstT } from './welch.ts';

const { values } = parseArgs({
  options: { measurements: { type: 'string', default: '100000' }, json: { type: 'string' } },
});

const MEASUREMENTS = Number(values.measurements);
const TRIES = 5;
/** The smallest of up to five: what is there is there each time. */
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
  const figures = results.map(({ name, leaks, t }) => ({
    what: name,
    figure: `|t| = ${t.toFixed(1)}; ${leaks ? 'leaks on purpose, and must be above' : 'a leak would be above'} ${LEAK}`,
  }));
  writeFigures(values.json, 'Timing', `npm run timing -- --measurements ${MEASUREMENTS}`, figures);
}
process.exitCode = results.every(({ isRight }) => isRight) ? 0 : 1;
