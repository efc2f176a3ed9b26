/** The systemd unit as it is shipped: systemd understands it, it runs commands that exist, and it confines. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCommandName } from '../../src/cli/commands.ts';
import { CONFIG_DIRECTORIES } from '../../src/control/config/file.ts';
import { DEFAULT_RUNTIME_DIRECTORY } from '../../src/control/runtime-directory.ts';
import { findProgram, run } from '../support/command.ts';

/** Tests are run from the root of the repository. */
const UNIT = 'packaging/systemd/awg-vpn@.service';
const TEXT = readFileSync(UNIT, 'utf8');

/** Tenths of systemd's exposure level, which differs a little by its version; see docs/systemd.md. */
const EXPOSURE_LIMIT = 25;

const skip = findProgram('systemd-analyze') === undefined && 'needs systemd-analyze';

function settings(name: string): string[] {
  return [...TEXT.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');
}

test('systemd has nothing to say about the unit', { skip }, async (context) => {
  // The program need not be installed here, so that another one stands in for it.
  const directory = mkdtempSync(join(tmpdir(), 'awg-unit-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const copy = join(directory, 'awg-vpn@.service');
  writeFileSync(copy, TEXT.replace(/^(Exec\w+=)awg-vpn /gm, '$1/bin/true '));
  const { SYSTEMD_UNIT_PATH: _, ...environment } = process.env as Record<string, string>;
  assert.equal(
    await run('sh', ['-c', 'systemd-analyze verify --man=no "$1" 2>&1', 'sh', copy], { env: environment }),
    '',
  );
});

test('systemd finds it confined', { skip }, async () => {
  await run('systemd-analyze', ['security', '--offline=true', `--threshold=${EXPOSURE_LIMIT}`, UNIT]);
});

test('it starts and cleans up with commands that exist', () => {
  const lines = [...settings('ExecStart'), ...settings('ExecStopPost')];
  const used = lines.flatMap((line) => [...line.matchAll(/awg-vpn (\w+) /g)].map((match) => match[1]));
  assert.deepEqual(used, ['up', 'down']);
  for (const command of used) assert.ok(isCommandName(command), command);
});

test('it leaves what the program needs', () => {
  const runtime = settings('RuntimeDirectory').flatMap((line) => line.split(' ').map((name) => `/run/${name}`));
  assert.ok(runtime.includes(DEFAULT_RUNTIME_DIRECTORY));
  assert.ok(TEXT.includes(`${DEFAULT_RUNTIME_DIRECTORY}/$$1.json`), 'the record of a killed process');
  for (const directory of CONFIG_DIRECTORIES) assert.ok(TEXT.includes(`${directory}/wg0.conf`), directory);
  assert.deepEqual(settings('DeviceAllow'), ['/dev/net/tun rw']);
  assert.match(settings('CapabilityBoundingSet')[0] ?? '', /\bCAP_NET_ADMIN\b/);
  assert.deepEqual([settings('Type'), settings('NotifyAccess')], [['notify'], ['main']]);
});

test('the package has unit and manual', () => {
  const { files, man } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[]; man: string[] };
  assert.ok(files.includes('packaging'));
  for (const page of man) assert.ok(readFileSync(page, 'utf8').includes('.TH '), page);
});
