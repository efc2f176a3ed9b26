import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withPriority, writesToJournal } from './journal.ts';

const PROGRAM = fileURLToPath(new URL(`./main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));
const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';

interface Run {
  readonly allowedIps: string;
  readonly format?: 'json';
  /** In place of the one that says that standard error is the journal. */
  readonly stream?: string;
}

/** What `up --check` writes to standard error, one line of it. */
function check(context: TestContext, { allowedIps, format, stream }: Run): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-journal-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const config = join(directory, 'wg0.conf');
  const peer = `[Peer]\nPublicKey = ${PUBLIC}\nAllowedIPs = ${allowedIps}\n`;
  writeFileSync(config, `[Interface]\nPrivateKey = ${PRIVATE}\n${peer}`, { mode: 0o600 });
  const journal = join(directory, 'journal');
  const descriptor = openSync(journal, 'w');
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  const env = { ...process.env, JOURNAL_STREAM: stream ?? `${dev}:${ino}` };
  const args = [PROGRAM, 'up', config, '--check', ...(format === undefined ? [] : ['--log-format', format])];
  spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', descriptor], env });
  closeSync(descriptor);
  return readFileSync(journal, 'utf8').replaceAll(config, 'FILE');
}

test('every line gets its priority in front', () => {
  assert.equal(withPriority('error', 'one\ntwo\n'), '<3>one\n<3>two\n');
  assert.equal(withPriority('debug', 'one'), '<7>one');
  assert.equal(withPriority('info', ''), '');
});

test('the journal is known by device and inode', () => {
  const { dev, ino } = fstatSync(2, { bigint: true });
  assert.equal(writesToJournal({ JOURNAL_STREAM: `${dev}:${ino}` }), true);
  for (const JOURNAL_STREAM of [undefined, '', `${dev}:${ino + 1n}`, 'x']) {
    assert.equal(writesToJournal({ JOURNAL_STREAM }), false);
  }
});

test('into the journal: priorities and no time; a log with JSON keeps it', (context) => {
  const warning = 'FILE:5: AllowedIPs = 10.0.0.1/24: has bits beyond the prefix length; 10.0.0.0/24 is used';
  const allowedIps = '10.0.0.1/24';
  assert.equal(check(context, { allowedIps }), `<4>${warning}\n`);
  assert.match(check(context, { allowedIps, stream: '1:1' }), /^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}FILE:5: /);
  const json = check(context, { allowedIps, format: 'json' });
  assert.match(json, /^<4>\{.*"time":.*\}\n$/);
  assert.equal((JSON.parse(json.slice('<4>'.length)) as { msg: string }).msg, warning);
});

test('into the journal: the last complaint is an error', (context) => {
  const complaint = 'awg-vpn: FILE:5: AllowedIPs = 1.2.3.4/33: "/33" is not a prefix length from 0 to 32';
  assert.equal(check(context, { allowedIps: '1.2.3.4/33' }), `<3>${complaint}\n`);
  assert.equal(check(context, { allowedIps: '1.2.3.4/33', stream: '' }), `${complaint}\n`);
});
