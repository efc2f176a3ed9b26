/** A steward whose daemon has fallen into the wrong hands. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { LastingEffect } from '../../device/lasting-effect.ts';
import { readState, StateFile } from '../state/state-file.ts';
import { StewardDuties } from './steward-duties.ts';
import type { ConfigReading, StewardOrder } from './steward-orders.ts';

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const RULE: LastingEffect = { kind: 'rule', rule: { family: 4, priority: 32000, table: 999 } };

function world(context: TestContext, ...lines: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'awg-steward-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const configFile = join(directory, 'wg7.conf');
  writeFileSync(configFile, `[Interface]\nPrivateKey = ${KEY}\n${lines.join('\n')}\n`, { mode: 0o600 });
  const claimed = StateFile.claim(directory, 'wg7', configFile);
  assert.ok(claimed);
  const socket = join(directory, 'wg7.sock');
  const carrierMemory = join(directory, 'memory', 'wg7.json');
  const setup = { name: 'wg7', runtimeDirectory: directory, configFile, sockets: [socket], carrierMemory };
  const state = readState(directory, 'wg7');
  assert.ok(state);
  const duties = new StewardDuties(setup, StateFile.takeOver(directory, state));
  return { directory, configFile, socket, carrierMemory, duties };
}

async function refused(duties: StewardDuties, order: unknown): Promise<void> {
  await assert.rejects(duties.perform(order as StewardOrder), { code: 'refused' });
}

test('it records what a daemon does, and nothing that names a command or a file of others', async (context) => {
  const { directory, duties } = world(context);
  await duties.perform({ order: 'record', effect: RULE });
  assert.match(readFileSync(join(directory, 'wg7.json'), 'utf8'), /"priority":32000/);
  for (const effect of [
    { kind: 'command', command: 'rm -rf /' },
    { kind: 'setting', path: '/etc/passwd', previous: 'x' },
    { kind: 'setting', path: '/proc/sys/net/../kernel/core_pattern', previous: '|/tmp/x' },
    { kind: 'nft-table', table: 'filter; flush ruleset' },
    { kind: 'nft-table', table: 'filter' },
    { kind: 'nft-table', table: 'awg-vpn-wg8' },
    { kind: 'resolvconf', record: 'tun.wg8' },
    { kind: 'setting', path: '/proc/sys/net/ipv4/ip_forward', previous: '1'.repeat(2000) },
    null,
  ])
    await refused(duties, { order: 'record', effect });
});

test('it makes the rules of the packet filter itself, from nothing but addresses and numbers', async (context) => {
  const { duties } = world(context);
  const address = { address: { $bytes: 'CgAAAQ==' }, length: 24 };
  const content = { networks: [], addresses: [address], defaultFamilies: [4], mark: 51820 };
  for (const wrong of [
    { mark: '1; } table ip x {' },
    { mark: -1 },
    { mark: 2 ** 32 },
    { addresses: [{ address: '10.0.0.1; accept', length: 24 }] },
    { addresses: [{ ...address, length: '24; accept' }] },
    { addresses: [{ address: { $bytes: 'CgAA' }, length: 24 }] },
    { networks: [{ ...address, length: 33 }] },
    { networks: Array.from({ length: 2000 }, () => address) },
    { defaultFamilies: ['4; accept'] },
    { defaultFamilies: undefined },
  ])
    await refused(duties, { order: 'write-filter', content: { ...content, ...wrong } });
  for (const wrong of [undefined, null, 7, 'flush ruleset', []])
    await refused(duties, { order: 'write-filter', content: wrong });
});

test('its record does not grow without end', async (context) => {
  const { duties } = world(context);
  const effect = (priority: number): LastingEffect => ({ kind: 'rule', rule: { family: 4, priority, table: 9 } });
  await assert.rejects(
    async () => {
      for (let priority = 0; priority < 500; priority++)
        await duties.perform({ order: 'record', effect: effect(priority) });
    },
    { code: 'refused', message: /full/ },
  );
});

test('it undoes and forgets what is in the record, and nothing else', async (context) => {
  const { directory, duties } = world(context);
  await refused(duties, { order: 'undo', effect: RULE });
  await refused(duties, { order: 'forget', effect: RULE });
  await duties.perform({ order: 'record', effect: RULE });
  await duties.perform({ order: 'release' });
  assert.ok(existsSync(join(directory, 'wg7.json')), 'kept while there is something to undo');
  await duties.perform({ order: 'forget', effect: { ...RULE } });
  await duties.perform({ order: 'release' });
  assert.equal(existsSync(join(directory, 'wg7.json')), false);
});

test('it takes no order that it does not know, and no names', async (context) => {
  const { directory, socket, duties } = world(context);
  const bystander = join(directory, 'bystander');
  writeFileSync(bystander, '');
  writeFileSync(socket, '');
  await refused(duties, { order: 'run', command: 'id' });
  await duties.perform({ order: 'remove-sockets', sockets: [bystander] } as StewardOrder);
  assert.deepEqual([existsSync(bystander), existsSync(socket)], [true, false]);
});

test('it reads the configuration and the files that it names, with the reason for those that it cannot', async (context) => {
  const { directory, configFile, duties } = world(
    context,
    'ListenTLS = 4443',
    'TLSCertificate = server.pem',
    'TLSKey = missing.pem',
  );
  writeFileSync(join(directory, 'server.pem'), 'certificate', { mode: 0o644 });
  const { file, others } = (await duties.perform({ order: 'read-config' })) as ConfigReading;
  assert.equal(file.path, configFile);
  assert.match(file.text, /ListenTLS/);
  assert.deepEqual(
    new Map(others.map(([path, content]) => [path, 'text' in content ? content.text : content.code])),
    new Map([
      [join(directory, 'server.pem'), 'certificate'],
      [join(directory, 'missing.pem'), 'ENOENT'],
    ]),
  );
});

test('it writes one file of limited size, and follows no link to another', async (context) => {
  const { directory, carrierMemory, duties } = world(context);
  await duties.perform({ order: 'remember-carriers', text: '{}\n' });
  const precious = join(directory, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, `${carrierMemory}.${process.pid}`);
  await duties.perform({ order: 'remember-carriers', text: 'new\n' });
  assert.deepEqual([readFileSync(carrierMemory, 'utf8'), readFileSync(precious, 'utf8')], ['new\n', 'precious']);
  await refused(duties, { order: 'remember-carriers', text: 'x'.repeat((1 << 20) + 1) });
});
