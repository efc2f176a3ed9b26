import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { pngPicture, readQr, terminalPicture } from '../../../test/support/qr-reader.ts';
import { parseConfig } from '../../control/config/parse.ts';
import { runCommandLine } from '../program.ts';

/** flock(2) is there on Linux only, and so is every server. */
const skip = process.platform === 'linux' ? false : 'Linux only';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for a server called wg0. */
class World {
  readonly folder: string;

  constructor(context: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'awg-server-'));
    context.after(() => rmSync(this.folder, { recursive: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** `wg0` stands for the path of its file. */
  async run(...args: readonly string[]): Promise<Outcome> {
    const output = { stdout: '', stderr: '' };
    const paths = args.map((arg) => (arg === 'wg0' ? this.path('wg0.conf') : arg));
    const code = await runCommandLine(paths, {
      stdin: (async function* () {})(),
      stdout: (text) => (output.stdout += text),
      // Where the tests' own output goes is not what they are about.
      stderr: (text) => (output.stderr += text.includes('writing a secret') ? '' : text),
      environment: { AWG_VPN_RUNTIME_DIR: this.path('run') },
    });
    return { code, ...output };
  }

  async init(...more: readonly string[]): Promise<Outcome> {
    const done = await this.run('init', 'server', '--name', 'wg0', '--endpoint', 'vpn.example.net', ...more);
    assert.equal(done.code, 0, done.stderr);
    return done;
  }
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

test('init writes a server and its first client for their owner alone, and shows the client in three forms', {
  skip,
}, async (context) => {
  const world = new World(context);
  const { stdout, stderr } = await world.init('--client', 'phone', '--like', 'dns');
  const client = world.read('wg0.clients/phone.conf');
  assert.ok(stdout.startsWith(`${client}\n`));
  const picture = stdout.slice(client.length + 1, stdout.indexOf('\nvpn://'));
  assert.equal(readQr(terminalPicture(picture, false)), client);
  assert.ok(/\n\nvpn:\/\/[\w-]+\n$/.test(stdout));
  assert.match(stderr, /start it with "awg-vpn up .*wg0\.conf", and let UDP port 53 through/);
  assert.deepEqual(
    ['wg0.conf', 'wg0.clients/phone.conf', 'wg0.clients'].map((name) => mode(world.path(name))),
    [0o600, 0o600, 0o700],
  );
  assert.equal(parseConfig(world.read('wg0.conf'), 'wg0.conf').masquerade, true);
});

test('init replaces nothing unless it is told to, and then all of it', { skip }, async (context) => {
  const world = new World(context);
  await world.init('--client', 'phone');
  const before = world.read('wg0.conf');
  const refused = await world.run('init', 'server', '--name', 'wg0', '--endpoint', 'x');
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(refused.stderr, /wg0\.conf: is there already; --force replaces/);
  assert.equal(world.read('wg0.conf'), before);
  await world.init('--client', 'laptop', '--force');
  assert.notEqual(world.read('wg0.conf'), before);
  assert.deepEqual(readdirSync(world.path('wg0.clients')).sort(), ['_defaults.json', 'laptop.conf']);
});

test('a file too long for one QR code is shown as a series, and said to be', { skip }, async (context) => {
  const world = new World(context);
  const prefixes = Array.from({ length: 250 }, (_, index) => `10.9.${index}.0/24`).join(',');
  const { stdout, stderr } = await world.init('--allowed-ips', prefixes);
  assert.ok(/\n1 of \d+\n/.test(stdout));
  assert.match(stderr, /too long for one QR code: these are for AmneziaVPN/);
});

test('add-peer remembers what init was told, and may be told otherwise', { skip }, async (context) => {
  const world = new World(context);
  await world.init('--like', 'sip', '--host', 'sip.example.com', '--dns', '9.9.9.9', '--keepalive', '0');
  const { stdout } = await world.run('add-peer', 'wg0', 'laptop', '--format', 'conf');
  assert.equal(stdout, world.read('wg0.clients/laptop.conf'));
  assert.match(stdout, /^DNS = 9\.9\.9\.9$/m);
  assert.match(stdout, /^Endpoint = vpn\.example\.net:5060$/m);
  assert.match(stdout, new RegExp(`^I1 = .*${Buffer.from('sip.example.com').toString('hex')}`, 'm'));
  assert.doesNotMatch(stdout, /PersistentKeepalive/);
  const wishes = '--endpoint [2001:db8::1] --dns none --allowed-ips 10.8.0.0/24 --keepalive 15 --like random';
  const other = await world.run('add-peer', 'wg0', 'nas', '--format', 'conf', ...wishes.split(' '));
  assert.match(
    other.stdout,
    /^Endpoint = \[2001:db8::1\]:5060\nAllowedIPs = 10\.8\.0\.0\/24\nPersistentKeepalive = 15$/m,
  );
  assert.doesNotMatch(other.stdout, /DNS|737970/);
});

test('list, export in each form, and remove-peer', { skip }, async (context) => {
  const world = new World(context);
  await world.init('--client', 'phone');
  const before = world.read('wg0.conf');
  await world.run('add-peer', 'wg0', 'guest', '--forget', '--format', 'link');
  const listed = await world.run('list', 'wg0');
  assert.match(listed.stdout, /^CLIENT +ADDRESSES .*\nphone +10\.\S+ \S+ .* yes +\S{44}\nguest .* no +\S{44}\n$/);
  const clients = JSON.parse((await world.run('list', 'wg0', '--json')).stdout) as Array<{
    name: string;
    stored: boolean;
  }>;
  assert.deepEqual(
    clients.map(({ name, stored }) => [name, stored]),
    [
      ['phone', true],
      ['guest', false],
    ],
  );

  const conf = world.read('wg0.clients/phone.conf');
  assert.equal((await world.run('export', 'wg0', 'phone')).stdout, conf);
  const code = await world.run('export', 'wg0', 'phone', '--format', 'qr');
  assert.equal(readQr(terminalPicture(code.stdout, false)), conf);
  const image = world.path('phone.png');
  assert.equal((await world.run('export', 'wg0', 'phone', '--output', image)).stdout, `${image}\n`);
  assert.equal(readQr(pngPicture(readFileSync(image))), conf);
  assert.equal(mode(image), 0o600);
  assert.equal((await world.run('export', 'wg0', 'phone', '--format', 'link', '--output', world.path('link'))).code, 0);
  const back = await world.run('convert', '--to', 'conf', world.path('link'));
  assert.equal(back.stdout, conf);
  assert.equal((await world.run('export', 'wg0', 'phone', '--format', 'all', '--output', world.path('x'))).code, 2);

  const unknown = await world.run('export', 'wg0', 'guest');
  assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /with --forget, and its private key is not known here/);
  assert.equal((await world.run('remove-peer', 'wg0', 'guest')).code, 0);
  assert.equal(world.read('wg0.conf').trimEnd(), before.trimEnd());
  assert.equal((await world.run('remove-peer', 'wg0', 'guest')).code, 2);
  const key = clients.find(({ name }) => name === 'phone') as { publicKey?: string } | undefined;
  assert.equal((await world.run('remove-peer', 'wg0', key?.publicKey ?? '')).code, 0);
  assert.deepEqual(readdirSync(world.path('wg0.clients')), ['_defaults.json']);
});

test('a running tunnel is asked to take the change over, and a refusal is said', { skip }, async (context) => {
  const world = new World(context);
  await world.init();
  mkdirSync(world.path('run'));
  const asked: string[] = [];
  const answers = ['{"ok":true,"result":null}\n', '{"ok":false,"error":{"code":"failed","message":"not now"}}\n'];
  const tunnel = createServer((socket) => {
    socket.on('data', (line) => {
      asked.push(line.toString());
      socket.end(answers.shift() ?? '');
    });
  }).listen(world.path('run/wg0.sock'));
  context.after(() => tunnel.close());
  const taken = await world.run('add-peer', 'wg0', 'one', '--format', 'conf');
  assert.match(taken.stderr, /the running tunnel "wg0" knows it already/);
  const refused = await world.run('remove-peer', 'wg0', 'one');
  assert.deepEqual([refused.code, asked], [0, ['{"method":"reload"}\n', '{"method":"reload"}\n']]);
  assert.match(refused.stderr, /warning: .*does not know it yet; run "awg-vpn reload wg0" \(.*not now\)/);
});

test('wrong options and broken files end with 2 and change nothing', { skip }, async (context) => {
  const world = new World(context);
  for (const args of [
    ['--port', '0'],
    ['--subnet', '10.0.0.0/33'],
    ['--subnet', '10.0.0.0/24,10.1.0.0/24'],
    ['--client', '../x'],
    ['--endpoint', 'a.example:51820'],
    ['--dns', 'dns.example'],
    ['--allowed-ips', '10.0.0.0'.repeat(2)],
    ['--keepalive', '-1'],
    ['--like', 'tcp'],
  ]) {
    const { code, stdout } = await world.run('init', 'server', '--name', 'wg0', '--endpoint', 'x.example', ...args);
    assert.deepEqual([code, stdout, readdirSync(world.folder)], [2, '', []], args.join(' '));
  }
  assert.equal((await world.run('init', 'client')).code, 2);
  assert.equal((await world.run('add-peer', 'wg0', 'x')).code, 2);
  await world.init('--client', 'phone');
  const broken = world.read('wg0.conf').replace('Masquerade = true', 'Masquerade = x');
  writeFileSync(world.path('wg0.conf'), broken);
  for (const args of [
    ['add-peer', 'wg0', 'x'],
    ['remove-peer', 'wg0', 'phone'],
    ['list', 'wg0'],
  ])
    assert.equal((await world.run(...args)).code, 2, args.join(' '));
  assert.equal(world.read('wg0.conf'), broken);
});
