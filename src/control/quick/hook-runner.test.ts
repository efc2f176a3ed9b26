import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { parseConfig } from '../config/parse.ts';
import type { HookJournal, HookRecord } from '../state/tunnel-state.ts';
import { NO_HOOKS_DUE } from '../state/tunnel-state.ts';
import { HookRunner } from './hook-runner.ts';

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-hooks-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function runner(journal: HookJournal = { hooks: NO_HOOKS_DUE }, name = 'wg0') {
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  return { warnings, runner: new HookRunner({ name, file: 'x.conf', journal, onNotice: () => undefined, onWarning }) };
}

const hook = (command: string, line = 1) => ({ command, line });
const never = new AbortController().signal;

test('what is running is on record before it begins, and no longer when it has ended', async (context) => {
  const seen: Array<HookRecord['running']> = [];
  const journal: HookJournal = {
    get hooks() {
      return { ...NO_HOOKS_DUE };
    },
    set hooks(hooks: HookRecord) {
      seen.push(hooks.running);
    },
  };
  const path = join(folder(context), 'pid');
  await runner(journal).runner.runUp('PreUp', [hook(`echo $$ > ${path}`)], never);
  assert.deepEqual([seen.length, String(seen[0]?.pid), seen[1]], [2, readFileSync(path, 'utf8').trim(), undefined]);
});

test('if the record cannot be written, the command never begins', async (context) => {
  const path = join(folder(context), 'begun');
  const journal: HookJournal = {
    get hooks() {
      return NO_HOOKS_DUE;
    },
    set hooks(_hooks: HookRecord) {
      throw new Error('disk full');
    },
  };
  await assert.rejects(runner(journal).runner.runUp('PreUp', [hook(`touch ${path}`)], never), /disk full/);
  await new Promise((resolve) => spawn('sleep', ['0.2']).once('exit', resolve));
  assert.ok(!existsSync(path));
});

test('down hooks all run, whatever fails, and are due until they have run', async (context) => {
  const path = join(folder(context), 'diary');
  const journal = { hooks: { ...NO_HOOKS_DUE, PostDown: [hook('exit 3', 4), hook(`echo %i > ${path}`, 5)] } };
  const { runner: hooks, warnings } = runner(journal);
  await hooks.runDown('PostDown');
  assert.equal(readFileSync(path, 'utf8'), 'wg0\n');
  assert.deepEqual([warnings, journal.hooks], [['x.conf:4: PostDown: ended with 3'], NO_HOOKS_DUE]);
});

test('no value of a configuration but a hook reaches the shell', async (context) => {
  const path = join(folder(context), 'evil');
  const text = (value: string): string =>
    `[Interface]\nPrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=\n${value}\n`;
  for (const value of ['DNS', 'Address', 'Table', 'MTU', 'FwMark', 'ListenPort'].flatMap((name) => [
    `${name} = $(touch ${path})`,
    `${name} = \`touch ${path}\``,
    `${name} = 1;touch ${path}`,
    `${name} = 1.1.1.1|touch`,
    `${name} = %i;x`,
  ]))
    assert.throws(() => parseConfig(text(value), 'x.conf'), { name: 'ConfigError' }, value);
  // And what stands for %i is a name of an interface, or nothing runs.
  const { runner: hooks } = runner({ hooks: NO_HOOKS_DUE }, `a;touch ${path}`);
  await assert.rejects(hooks.runUp('PostUp', [hook('echo %i')], never), { code: 'hook-failed' });
  assert.ok(!existsSync(path));
});
