import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../support/figures.ts';
import { recordFigures } from '../support/figures.ts';
import { kernelSubjects } from '../support/kernel-subject.ts';
import type { SecretsFound } from './wiping-program.ts';

const PROGRAM = fileURLToPath(new URL('./wiping-program.js', import.meta.url));

/** What must be found while the tunnel is up: otherwise not finding it afterwards would show nothing. */
const MUST_BE_THERE = ['private key', 'preshared key', 'transport keys'];

function secretsFound(kernel: string): SecretsFound[] {
  const output = execFileSync(process.execPath, ['--expose-gc', PROGRAM, kernel], { encoding: 'utf8' });
  return JSON.parse(output) as SecretsFound[];
}

const figures: Figure[] = [];
after(() =>
  recordFigures('secrets', 'Secrets left in memory', 'node tools/run-tests.mjs unit --only secrets/wiping', figures),
);

function summary(found: readonly SecretsFound[]): string {
  const kinds = found.map(({ name, count }) => `${count} ${name}`);
  return `of ${kinds.join(', ')}: none after the end`;
}

describe('in all memory of a process', {
  skip: existsSync('/proc/self/mem') ? false : 'there is no /proc/self/mem',
}, () => {
  // The reference is left out: noble makes copies of the key that nobody can reach (docs/testing.md).
  for (const { name } of kernelSubjects().filter((subject) => subject.name !== 'reference')) {
    test(`nothing is left of the secrets of a tunnel that has ended, with the ${name} kernel`, () => {
      const found = secretsFound(name);
      for (const kind of MUST_BE_THERE) {
        const during = found.find((secret) => secret.name === kind)?.during ?? [];
        assert.ok(during.length > 0, `the search finds the ${kind} while it is in use`);
      }
      for (const { name: kind, count, after: left } of found) assert.deepEqual(left, [], `${count} ${kind}`);
      figures.push({ what: `the ${name} kernel, Node ${process.versions.node}`, figure: summary(found) });
    });
  }
});
