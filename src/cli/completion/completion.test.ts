import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { findProgram } from '../../../test/support/command.ts';
import type { CompletionQuestion } from '../../../test/support/shell-completion.ts';
import { complete } from '../../../test/support/shell-completion.ts';
import { COMMAND_NAMES, loadAllCommands } from '../commands.ts';
import { LOG_LEVELS } from '../log.ts';
import { buildProgram } from '../program.ts';
import type { Shell } from './command.ts';
import { SCRIPTS } from './command.ts';
import { commandWords } from './command-words.ts';

const SHELLS = Object.keys(SCRIPTS) as Shell[];

const NO_CONTEXT = {
  stdin: (async function* () {})(),
  stdout: () => undefined,
  stderr: () => undefined,
  environment: {},
};

const PROGRAM = commandWords(buildProgram(NO_CONTEXT, await loadAllCommands()));
const EVERY_COMMAND = [...COMMAND_NAMES, 'help'].sort();

interface World {
  readonly ask: (line: string) => Promise<string[]>;
}

/** Two configurations in the directories that are searched, one beside us, and two running tunnels. */
function world(context: TestContext, shell: Shell): World {
  const directory = mkdtempSync(join(tmpdir(), 'awg-completion-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const [first, second, running, here] = ['first', 'second', 'running', 'here'].map((name) => join(directory, name));
  for (const folder of [first, second, running, here]) mkdirSync(folder ?? '');
  for (const file of [
    'first/home.conf',
    'first/notes.txt',
    'second/office.conf',
    'running/wg0.sock',
    'running/wg1.sock',
  ])
    writeFileSync(join(directory, file), '');
  writeFileSync(join(directory, 'here/travel.conf'), '');
  writeFileSync(join(directory, 'here/readme.txt'), '');
  const script = join(directory, 'script');
  writeFileSync(
    script,
    SCRIPTS[shell](PROGRAM, { configurations: [first ?? '', second ?? ''], tunnels: '/nonexistent' }),
  );
  const question: Omit<CompletionQuestion, 'line'> = {
    script,
    directory: here ?? '',
    environment: { AWG_VPN_RUNTIME_DIR: running ?? '' },
  };
  return { ask: (line) => complete(shell, { ...question, line }) };
}

for (const shell of SHELLS) {
  const skip = findProgram(shell) === undefined && `needs ${shell}`;

  test(`${shell}: commands, by what has been typed of them`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    assert.deepEqual(await ask('awg-vpn '), EVERY_COMMAND);
    assert.deepEqual(await ask('awg-vpn gen'), ['genkey', 'genprofile', 'genpsk']);
  });

  test(`${shell}: options of the command, and of the program in front of it`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    assert.deepEqual(await ask('awg-vpn up --log'), ['--log-endpoints', '--log-file', '--log-format', '--log-level']);
    assert.deepEqual(await ask('awg-vpn show wg0 --j'), ['--json']);
    assert.ok((await ask('awg-vpn --v')).includes('--version'));
  });

  test(`${shell}: choices of an option, after a blank and after =`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    assert.deepEqual(await ask('awg-vpn up --log-level '), [...LOG_LEVELS].sort());
    assert.deepEqual(await ask('awg-vpn up home --log-level=w'), ['warn']);
    assert.deepEqual(await ask('awg-vpn completion '), [...SHELLS].sort());
  });

  test(`${shell}: configurations by name and by path, behind options too`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    const offered = await ask('awg-vpn up --log-level debug --check ');
    assert.deepEqual(offered, ['home', 'office', 'travel.conf']);
    assert.deepEqual(await ask('awg-vpn up o'), ['office']);
  });

  test(`${shell}: running tunnels`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    assert.deepEqual(await ask('awg-vpn down '), ['wg0', 'wg1']);
    assert.deepEqual(await ask('awg-vpn show --json '), ['wg0', 'wg1']);
  });

  test(`${shell}: files`, { skip }, async (context) => {
    const { ask } = world(context, shell);
    assert.deepEqual(await ask('awg-vpn convert --to json '), ['readme.txt', 'travel.conf']);
    assert.deepEqual(await ask('awg-vpn qr --output r'), ['readme.txt']);
  });
}

test('the words of the program are those of its help', () => {
  const up = PROGRAM.subcommands.find(({ path }) => path[0] === 'up');
  assert.deepEqual(
    up?.arguments.map(({ candidates }) => candidates.kind),
    ['configurations'],
  );
  const levels = up?.options.find(({ flags }) => flags.includes('--log-level'));
  assert.deepEqual(levels?.value, { name: 'level', candidates: { kind: 'words', words: LOG_LEVELS } });
});
