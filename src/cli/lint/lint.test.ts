import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { LintFinding } from '../../control/lint/lint-finding.ts';
import { runCommandLine } from '../program.ts';

async function lint(
  context: TestContext,
  text: string,
  options: readonly string[] = [],
  mode = 0o600,
): Promise<{ code: number; stdout: string; stderr: string; path: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'awg-lint-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'wg0.conf');
  writeFileSync(path, text);
  chmodSync(path, mode);
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommandLine(['lint', path, ...options], {
    stdin: (async function* () {})(),
    stdout: (each) => out.push(each),
    stderr: (each) => err.push(each),
    environment: {},
  });
  return { code, stdout: out.join(''), stderr: err.join(''), path };
}

const KEY = Buffer.alloc(32, 1).toString('base64');
const SERVER = `[Interface]\nPrivateKey = ${KEY}\nListenPort = 1\nAddress = 10.0.0.1/24\n`;

test('notes end with 0, warnings with 0 or, when strict, 1, errors with 2', async (context) => {
  const notes = await lint(context, SERVER);
  assert.deepEqual([notes.code, notes.stderr], [0, '']);
  assert.match(notes.stdout, /wg0\.conf: 2 notes\n$/);
  assert.equal((await lint(context, SERVER, ['--strict'])).code, 0);
  assert.equal((await lint(context, SERVER, [], 0o644)).code, 0);
  assert.equal((await lint(context, SERVER, ['--strict'], 0o644)).code, 1);
  assert.equal((await lint(context, `${SERVER}Adress = 1\n`, ['--strict'])).code, 2);
});

test('a finding is a line with its place, and a fix under it', async (context) => {
  const { stdout, path } = await lint(context, `${SERVER}Adress = 1\n`);
  const expected = `${path}:5: error: "Adress": is not a known key; did you mean Address? [config-unknown-key]\n    fix: correct or remove the line\n`;
  assert.ok(stdout.startsWith(expected), stdout);
});

test('JSON has the same, and the path counts', async (context) => {
  const { stdout, path } = await lint(context, `${SERVER}MTU = 1420\n`, ['--json', '--path-mtu', '1400']);
  const findings = JSON.parse(stdout) as LintFinding[];
  const mtu = findings.find(({ code }) => code === 'mtu-fragments');
  assert.deepEqual([mtu?.severity, mtu?.file, mtu?.line, mtu?.key], ['warning', path, 5, 'MTU']);
  assert.match(mtu?.fix ?? '', /MTU = 1320/);
});

test('wrong usage', async (context) => {
  for (const options of [
    ['--path-mtu', 'x'],
    ['--path-mtu', '100'],
    ['--carrier', 'pigeon'],
  ]) {
    assert.equal((await lint(context, SERVER, options)).code, 2, options.join(' '));
  }
});
