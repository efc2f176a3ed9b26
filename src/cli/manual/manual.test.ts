import assert from 'node:assert/strict';
import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../../test/support/command.ts';
import { INTERFACE_KEYS } from '../../control/config/interface-keys.ts';
import { PEER_KEYS } from '../../control/config/peer-keys.ts';
import { COMMAND_NAMES } from '../commands.ts';
import type { ConfigSchema } from './config-page.ts';
import { manualPages } from './pages.ts';
import { RoffPage } from './roff.ts';

/** Tests are run from the root of the repository. */
const SCHEMA = JSON.parse(readFileSync('docs/config.schema.json', 'utf8')) as ConfigSchema;
const PAGES = await manualPages(SCHEMA);
const [mandoc, groff] = ['mandoc', 'groff'].map(findProgram);

for (const { file, text } of PAGES) {
  test(`man/${file} is what the commands say now`, () => {
    const path = join('man', file);
    assert.ok(existsSync(path), `${path} is missing: "npm run build:man" makes it`);
    assert.equal(readFileSync(path, 'utf8'), text, `${path} is out of date: "npm run build:man" makes it anew`);
  });

  test(`man/${file}: mandoc has nothing to say`, { skip: mandoc === undefined && 'needs mandoc' }, () => {
    const { stdout, status } = feed(mandoc, ['-Tlint', '-Wwarning'], text);
    assert.deepEqual([stdout, status], ['', 0]);
  });

  test(`man/${file}: groff has nothing to say`, { skip: groff === undefined && 'needs groff' }, () => {
    const { stdout, stderr } = feed(groff, ['-man', '-Tutf8', '-ww', '-Kutf8'], text);
    assert.equal(stderr, '');
    assert.match(stdout, /awg-vpn \d+\.\d+\.\d+ .*\d{4}-\d\d-\d\d/);
  });
}

function feed(program = '', args: readonly string[], input: string): SpawnSyncReturns<string> {
  return spawnSync(program, args, { input, encoding: 'utf8' });
}

test('every command and every key is in the manual', () => {
  const [program = '', config = ''] = PAGES.map(({ text }) => text);
  for (const name of COMMAND_NAMES) {
    assert.ok(program.includes(`.SS "awg\\-vpn ${name.replaceAll('-', '\\-')}`), name);
  }
  for (const { name } of [...INTERFACE_KEYS.values(), ...PEER_KEYS.values()])
    assert.ok(config.includes(`.B "${name}"\n`), name);
});

test('text stays text: requests, escapes and quotes mean nothing in it', () => {
  const title = { name: 'x', section: 1, date: '', source: '', manual: '' };
  const page = new RoffPage(title).paragraph(".so /etc/passwd\n'tis\\n").lines('say "a-b"', 'c').toString();
  assert.deepEqual(page.split('\n').slice(2), [
    '\\&.so /etc/passwd',
    '\\(aqtis\\en',
    '.B "say \\(dqa\\-b\\(dq"',
    '.br',
    '.B "c"',
    '',
  ]);
});
