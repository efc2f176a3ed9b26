/** The configuration socket over the life of a tunnel, whichever way it ends. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CliProcess } from '../support/cli-world.ts';
import { CliWorld, namespaceState } from '../support/cli-world.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { uapiConverse } from '../support/uapi-client.ts';
import { waitFor } from '../support/wait.ts';

const skip = skipWithoutRoot;
const world = new CliWorld();

before(enterPrivateNamespace);
after(() => world.close());

function config(name: string): string {
  const key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
  return world.config(name, '[Interface]', `PrivateKey = ${key}`, 'Address = 10.98.0.1/24');
}

async function up(file: string, ...options: readonly string[]): Promise<CliProcess> {
  const tunnel = world.start(['up', file, ...options]);
  await waitFor('the tunnel to come up', () => tunnel.stderr.includes('is up (') || tunnel.hasEnded, {
    timeoutMs: 30_000,
    explain: () => tunnel.stderr,
  });
  assert.ok(!tunnel.hasEnded, tunnel.stderr);
  return tunnel;
}

function socketOf(name: string, folder: 'amneziawg' | 'wireguard' = 'amneziawg'): string {
  return join(world.runtimeDirectory, folder, `${name}.sock`);
}

test('it is where awg looks, where wg looks, in both places or in none', { skip }, async () => {
  for (const [uapi, expected] of [
    [[], [true, false]],
    [
      ['--uapi', 'wireguard'],
      [false, true],
    ],
    [
      ['--uapi', 'both'],
      [true, true],
    ],
    [
      ['--uapi', 'none'],
      [false, false],
    ],
  ] as const) {
    const tunnel = await up(config('awgplace'), ...uapi);
    const paths = [socketOf('awgplace'), socketOf('awgplace', 'wireguard')];
    assert.deepEqual(paths.map(existsSync), expected, uapi.join(' '));
    for (const path of paths.filter(existsSync)) {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(statSync(join(path, '..')).mode & 0o777, 0o755);
    }
    const shown = await world.run(['show', 'awgplace', 'listen-port']);
    assert.equal(shown.code, uapi[1] === 'none' ? 1 : 0, shown.stderr);
    assert.equal((await world.run(['down', 'awgplace'])).code, 0);
    assert.equal((await tunnel.outcome).code, 0);
    assert.deepEqual(world.runtimeFiles(), []);
  }
});

test('after SIGKILL, down removes it', { skip }, async () => {
  const tunnel = await up(config('awgkilled'), '--uapi', 'both');
  tunnel.kill('SIGKILL');
  await tunnel.outcome;
  assert.ok(existsSync(socketOf('awgkilled')));
  assert.equal((await world.run(['show', 'interfaces'])).stdout, '');
  assert.equal((await world.run(['down', 'awgkilled'])).code, 0);
  assert.deepEqual(world.runtimeFiles(), []);
});

test('after SIGKILL, the next up replaces it', { skip }, async () => {
  const killed = await up(config('awgagain'));
  killed.kill('SIGKILL');
  await killed.outcome;
  const tunnel = await up(config('awgagain'));
  assert.match(await uapiConverse(socketOf('awgagain'), 'get=1\n\n'), /^private_key=.*errno=0\n\n$/s);
  tunnel.kill('SIGTERM');
  await tunnel.outcome;
});

test('one that somebody answers is not taken from them, and nothing is changed', { skip }, async () => {
  const original = namespaceState();
  mkdirSync(join(world.runtimeDirectory, 'amneziawg'), { recursive: true });
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(socketOf('awgtaken'), resolve));
  const { code, stderr } = await world.run(['up', config('awgtaken')]);
  assert.equal(code, 1);
  assert.match(stderr, /awgtaken\.sock: another process answers there/);
  assert.deepEqual(namespaceState(), original);
  assert.ok(existsSync(socketOf('awgtaken')));
  await new Promise((resolve) => server.close(resolve));
});

test('where it cannot be had the tunnel lives all the same, and says so', { skip }, async () => {
  const folder = join(world.runtimeDirectory, 'amneziawg');
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, '');
  const tunnel = await up(config('awgnowhere'));
  assert.match(tunnel.stderr, /amneziawg.*cannot be created.*other programs will not find this tunnel there/);
  assert.equal((await world.run(['show', 'awgnowhere', '--json'])).code, 0);
  const { code, stderr } = await world.run(['show', 'awgnowhere']);
  assert.deepEqual([code, stderr], [1, 'awg-vpn: tunnel "awgnowhere" has no configuration socket: see "up --uapi"\n']);
  tunnel.kill('SIGTERM');
  await tunnel.outcome;
  rmSync(folder);
});

test('what a set changes is there at once, and what it is refused is in the log', { skip }, async () => {
  const tunnel = await up(config('awgchange'));
  const before = (await world.run(['showconf', 'awgchange'])).stdout;
  const set = await world.run(['set', 'awgchange', 'listen-port', '4711', 's1', '70000']);
  assert.equal(set.code, 1);
  assert.equal((await world.run(['showconf', 'awgchange'])).stdout, before);
  await waitFor('the log to say why', () => /s1=.*70000.*: is not a number from 0 to 65535/.test(tunnel.stderr), {
    explain: () => `${set.stderr}${tunnel.stderr}`,
  });
  assert.equal((await world.run(['set', 'awgchange', 'listen-port', '4711'])).code, 0);
  assert.equal((await world.run(['show', 'awgchange', 'listen-port'])).stdout, '4711\n');
  tunnel.kill('SIGTERM');
  await tunnel.outcome;
});
