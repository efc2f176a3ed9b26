/**
 * A server from nothing: `init server`, `up`, and a client with the file that came out of it reaches a
 * third machine that knows the server only. What the server changed is gone after its end.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BackgroundProcess } from '../support/command.ts';
import { NetworkNamespace, namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import { waitFor } from '../support/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const skip = namespacesUnavailable();

const INTERNET = ['198.51.100.9', '2001:db8:5::9'] as const;

/** Values that the kernel changes along with forwarding, set so that a loss would show. */
const HARDENED = ['net.ipv4.conf.all.accept_redirects=0', 'net.ipv4.conf.uplink.forwarding=1'];
const SETTINGS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.accept_redirects',
  'net.ipv4.conf.uplink.forwarding',
  'net.ipv4.conf.default.forwarding',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.uplink.forwarding',
];

const scope = new Scope();
let folder: string;
let server: NetworkNamespace;
let client: NetworkNamespace;
let internet: NetworkNamespace;

before(async () => {
  if (skip !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'awg-server-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  scope.defer(folder, remove, remove);
  [server, client, internet] = [
    await NetworkNamespace.create(scope),
    await NetworkNamespace.create(scope),
    await NetworkNamespace.create(scope),
  ];
  await connect(client, 'wan', ['192.0.2.2/24'], 'inside', ['192.0.2.1/24']);
  await connect(internet, 'wan', [`${INTERNET[0]}/24`, `${INTERNET[1]}/64`], 'uplink', [
    '198.51.100.1/24',
    '2001:db8:5::1/64',
  ]);
  await server.run('sysctl', ['-q', '-w', ...HARDENED]);
  await waitFor('the cables to settle', hasSettled);
});
after(() => scope.close());

/** Link-local addresses come by themselves, after a while. */
async function hasSettled(): Promise<boolean> {
  const usable = await server.ip('-6', '-o', 'addr', 'show', 'scope', 'link', '-tentative');
  return usable.trim().split('\n').length === 2;
}

/** A cable from another namespace to the server. */
async function connect(
  other: NetworkNamespace,
  otherName: string,
  otherAddresses: readonly string[],
  serverName: string,
  serverAddresses: readonly string[],
): Promise<void> {
  await server.ip('link', 'add', serverName, 'type', 'veth', 'peer', 'name', otherName, 'netns', other.name);
  for (const [namespace, name, addresses] of [
    [other, otherName, otherAddresses],
    [server, serverName, serverAddresses],
  ] as const) {
    const nodad = (address: string): string => (address.includes(':') ? 'nodad' : '');
    await namespace.ipBatch([
      ...addresses.map((address) => `addr add ${address} dev ${name} ${nodad(address)}`),
      `link set ${name} up`,
    ]);
  }
}

function environment(namespace: NetworkNamespace): Record<string, string> {
  return { AWG_VPN_RUNTIME_DIR: join(folder, namespace.name) };
}

function awg(namespace: NetworkNamespace, ...args: string[]): Promise<string> {
  return namespace.run(process.execPath, [PROGRAM, ...args], { env: environment(namespace) });
}

async function up(namespace: NetworkNamespace, path: string): Promise<BackgroundProcess> {
  const command = [PROGRAM, 'up', path, '--log-format', 'text'];
  const daemon = namespace.spawn(process.execPath, command, environment(namespace), scope);
  const isUp = (): boolean => {
    assert.ok(!daemon.hasExited, daemon.output);
    return daemon.output.includes('is up (');
  };
  await waitFor(`${path} to be up`, isUp, { timeoutMs: 20_000, explain: () => daemon.output });
  return daemon;
}

async function end(daemon: BackgroundProcess): Promise<void> {
  await daemon.stop('SIGTERM');
  assert.equal(daemon.exitCode, 0, daemon.output);
}

/** What must be after the end as it was before. */
async function serverState(): Promise<string> {
  const texts = [
    await server.run('nft', ['list', 'ruleset']),
    await server.run('sysctl', SETTINGS),
    await server.ip('rule'),
    await server.ip('-o', 'link'),
    await server.ip('route', 'show', 'table', 'all'),
  ];
  return texts.join('\n').replaceAll(/(expires|valid_lft) \w+/g, '');
}

/** How many of two pings each of the third machine's addresses answered. */
async function answers(): Promise<number[]> {
  const reports = INTERNET.map((address) =>
    ping(client, address, { count: 2, intervalSeconds: 0.2, timeoutSeconds: 1 }),
  );
  return (await Promise.all(reports)).map(({ received }) => received);
}

function file(name: string): string {
  return join(folder, name);
}

test('a client reaches the internet through a new server, over both families, until it is removed', {
  skip,
}, async () => {
  const original = await serverState();
  const path = file('gate.conf');
  await awg(server, 'init', 'server', '--name', path, '--client', 'phone', '--endpoint', '192.0.2.1', '--dns', 'none');
  const daemon = await up(server, path);
  assert.match(await server.run('nft', ['list', 'tables']), /^table inet awg-vpn-gate$/m);
  const phone = await up(client, file('gate.clients/phone.conf'));
  assert.deepEqual(await answers(), [2, 2]);
  const [listed] = JSON.parse(await awg(server, 'list', path, '--json')) as Array<{ name: string; sentBytes: number }>;
  assert.equal(listed?.name, 'phone');
  assert.ok(listed.sentBytes > 0);
  await end(phone);

  await awg(server, 'add-peer', path, 'laptop', '--format', 'qr');
  await end(daemon);
  assert.equal(await serverState(), original);
  const second = await up(server, path);
  const exported = file('home.conf');
  await awg(server, 'export', path, 'laptop', '--output', exported);
  const laptop = await up(client, exported);
  assert.deepEqual(await answers(), [2, 2]);

  await awg(server, 'remove-peer', path, 'laptop');
  await end(second);
  const third = await up(server, path);
  assert.deepEqual(await answers(), [0, 0]);
  await end(laptop);
  await end(third);
  assert.equal(await serverState(), original);
});

test('after SIGKILL, down takes the table and the settings back', { skip }, async () => {
  const original = await serverState();
  const path = file('killed.conf');
  await awg(server, 'init', 'server', '--name', path, '--endpoint', '192.0.2.1');
  const daemon = await up(server, path);
  await daemon.stop('SIGKILL');
  const left = await serverState();
  assert.match(left, /awg-vpn-killed/);
  assert.match(left, /ip_forward = 1/);
  await awg(server, 'down', path);
  assert.equal(await serverState(), original);
});

test('forwarding stays on for another server until that one ends too', { skip }, async () => {
  const [one, other] = [file('one.conf'), file('other.conf')];
  await awg(server, 'init', 'server', '--name', one, '--endpoint', '192.0.2.1', '--subnet', '10.90.1.0/24');
  await awg(
    server,
    'init',
    'server',
    '--name',
    other,
    '--endpoint',
    '192.0.2.1',
    '--subnet',
    '10.90.2.0/24',
    '--force',
  );
  const original = await serverState();
  const first = await up(server, one);
  const second = await up(server, other);
  await end(second);
  assert.match(await serverState(), /ip_forward = 1[\s\S]*/);
  assert.doesNotMatch(await server.run('nft', ['list', 'tables']), /awg-vpn-other/);
  await end(first);
  assert.equal(await serverState(), original);
});

test('a foreign chain that drops what is forwarded gets a warning', { skip }, async () => {
  const path = file('strict.conf');
  await awg(server, 'init', 'server', '--name', path, '--endpoint', '192.0.2.1');
  await server.setFirewall('table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }');
  const daemon = await up(server, path);
  assert.match(daemon.output, /warn .*the chain "FORWARD" of the table "ip filter" drops forwarded packets/);
  await end(daemon);
  assert.match(await server.run('nft', ['list', 'ruleset']), /^table ip filter \{[^}]*\}\s*\}\s*$/);
  await server.setFirewall('');
});

test('without nft a server does not start, says why, and leaves nothing', { skip }, async () => {
  const path = file('bare.conf');
  await awg(server, 'init', 'server', '--name', path, '--endpoint', '192.0.2.1');
  const original = await serverState();
  const hidden = `for folder in /usr/sbin /usr/local/sbin; do mount -t tmpfs none $folder; done; exec "$@"`;
  const start = ['-m', 'sh', '-c', hidden, 'sh', process.execPath, PROGRAM, 'up', path];
  await assert.rejects(
    server.run('unshare', start, { env: environment(server) }),
    /cannot write the table "awg-vpn-bare": there is no program "nft"; install the package "nftables"/,
  );
  assert.equal(await serverState(), original);
});

test('two commands at once give out different addresses', { skip }, async () => {
  const path = file('busy.conf');
  await awg(server, 'init', 'server', '--name', path, '--endpoint', '192.0.2.1');
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => awg(server, 'add-peer', path, name, '--format', 'conf')));
  const addresses = [...readFileSync(path, 'utf8').matchAll(/^AllowedIPs = (\S+),/gm)].map(([, each]) => each);
  assert.deepEqual(
    addresses.sort(),
    [2, 3, 4, 5, 6].map((host) => `10.8.0.${host}/32`),
  );
});

test('what init and add-peer write is what wg takes', { skip }, async () => {
  const path = file('plain.conf');
  await awg(
    server,
    'init',
    'server',
    '--plain',
    '--name',
    path,
    '--client',
    'phone',
    '--endpoint',
    '192.0.2.1',
    '--no-nat',
  );
  const stripped = await server.run('wg-quick', ['strip', file('plain.clients/phone.conf')]);
  writeFileSync(file('stripped'), stripped);
  assert.match(stripped, /^Endpoint = 192\.0\.2\.1:\d+$/m);
  assert.doesNotMatch(readFileSync(path, 'utf8'), /Masquerade|^H1/m);
});
