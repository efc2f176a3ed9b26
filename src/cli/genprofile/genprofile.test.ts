import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../control/config/parse.ts';
import { createPreset } from '../../control/presets/preset.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { runCommandLine } from '../program.ts';
import { renderLines } from './render.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function genprofile(...args: readonly string[]): Promise<Outcome> {
  const output = { stdout: '', stderr: '' };
  const code = await runCommandLine(['genprofile', ...args], {
    stdin: (async function* () {})(),
    stdout: (text) => (output.stdout += text),
    stderr: (text) => (output.stderr += text),
    environment: {},
  });
  return { code, ...output };
}

function keysIn(text: string): string[] {
  return [...text.matchAll(/^(\w+) = /gm)].map(([, key = '']) => key);
}

test('prints lines that [Interface] takes, shared ones first', async () => {
  const { code, stdout, stderr } = await genprofile('--like', 'sip');
  assert.deepEqual([code, stderr], [0, '']);
  const config = parseConfig(`[Interface]\nPrivateKey = ${'A'.repeat(43)}=\n${stdout}`, 'wg0.conf');
  assert.deepEqual(config.warnings, []);
  assert.equal(config.profile.signatures.length, 2);
  const [shared = '', own = ''] = stdout.split('These may differ');
  assert.deepEqual(keysIn(shared), ['S1', 'S2', 'S3', 'S4', 'H1', 'H2', 'H3', 'H4']);
  assert.deepEqual(keysIn(own), ['Jc', 'Jmin', 'Jmax', 'I1', 'I2']);
  assert.match(stdout, /^# AmneziaWG 2\.0, each handshake opens like SIP with [\w.]+\.\n/);
  assert.match(stdout, /^# SIP looks most natural with ListenPort = 5060 on the server\.$/m);
});

test('every run gives something else', async () => {
  assert.notEqual((await genprofile()).stdout, (await genprofile()).stdout);
});

test('1.0 says that it imitates nothing', async () => {
  const { stdout } = await genprofile('--like', 'quic', '--generation', '1.0');
  assert.match(stdout, /^# AmneziaWG 1\.0, junk before each handshake\.\n/);
  assert.match(stdout, /has no signature packets \(I1-I5\): nothing here looks like QUIC/);
  assert.ok(!keysIn(stdout).includes('I1'));
});

test('the secret of 3.x is called one', async () => {
  const { stdout } = await genprofile('--generation', '3.1');
  assert.match(stdout, /^# HeaderProtectionKey is a secret/m);
  assert.match(stdout, /^HeaderProtectionKey = [\w+/]{43}=$/m);
});

test('--json has the same values for programs', async () => {
  const { stdout } = await genprofile('--like', 'dns', '--host', 'Host.Example', '--generation', '3.0', '--json');
  const report = JSON.parse(stdout) as Record<string, unknown>;
  const { like, generation, host, port, mustMatch, parameters } = report;
  assert.deepEqual([like, generation, host, port], ['dns', '3.0', 'host.example', 53]);
  assert.deepEqual(mustMatch, ['S1', 'S2', 'S3', 'S4', 'H1', 'H2', 'H3', 'H4', 'HeaderProtectionKey']);
  assert.match((parameters as { I1: string }).I1, /^<r 2><b 0x0100000100000000000004686f7374/);
});

test('both forms come from one preset, and nothing is lost on the way', () => {
  const preset = createPreset({ like: 'quic', generation: '3.1' }, new SeededRandom(3));
  const text = `[Interface]\nPrivateKey = ${'A'.repeat(43)}=\n${renderLines(preset)}`;
  const { profile } = parseConfig(text, 'wg0.conf');
  assert.equal(JSON.stringify(profile), JSON.stringify(buildProfile(preset.parameters).profile));
});

test('wrong choices end with 2', async () => {
  const longHost = `${`${'a'.repeat(60)}.`.repeat(4)}example`;
  for (const args of [
    ['--like', 'tcp'],
    ['--generation', '4.0'],
    ['--host', 'a b'],
    ['--like', 'sip', '--host', longHost],
    ['--seed', '1'],
    ['extra'],
  ]) {
    const { code, stdout, stderr } = await genprofile(...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /^awg-vpn: /);
  }
});
