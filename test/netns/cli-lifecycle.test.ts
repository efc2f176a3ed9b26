/** A tunnel from `up` to its end, whichever way it ends: the namespace is afterwards as it was before. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TunnelReport } from '../../src/control/report.ts';
import { formatPrefix } from '../../src/protocol/address-text.ts';
import { CliWorld, namespaceState } from '../support/cli-world.ts';
import { enterPrivateNamespace, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';
import { waitFor } from '../support/wait.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const skip = skipWithoutRoot;
const world = new CliWorld();

before(enterPrivateNamespace);
after(() => world.close());

function config(name: string, ...more: readonly string[]): string {
  return configFor(name, '0.0.0.0/0, ::/0, 192.0.2.0/24, 10.99.0.0/24', more);
}

function configFor(name: string, allowedIps: string, more: readonly string[] = []): string {
  return world.config(
    name,
    '[Interface]',
    `PrivateKey = ${PRIVATE}`,
    'Address = 10.99.0.1/24, fd99::1/64',
    'S4 = 20',
    ...more,
    '[Peer]',
    `PublicKey = ${PUBLIC}`,
    `AllowedIPs = ${allowedIps}`,
    'Endpoint = 127.0.0.1:5555',
  );
}

async function show(name: string): Promise<TunnelReport> {
  return JSON.parse((await world.run(['show', name, '--json'])).stdout) as TunnelReport;
}

test('a full tunnel: addresses, MTU, routes and rules come, down takes all of it away', { skip }, async () => {
  const original = namespaceState();
  const tunnel = await world.up(config('awgfull', 'ListenPort = 4711'));
  const during = namespaceState();
  const added = during.filter((line) => !original.includes(line));
  for (const line of [
    'link awgfull mtu 1400 up',
    'address awgfull 10.99.0.1/24',
    'address awgfull fd99::1/64',
    'src_valid_mark 1',
  ]) {
    assert.ok(added.includes(line), `${line} is missing from\n${added.join('\n')}`);
  }
  for (const route of ['0.0.0.0/0 table 51820', '::/0 table 51820', '192.0.2.0/24 table 254', '10.99.0.0/24 table 254'])
    assert.ok(added.includes(`route ${route}`), route);
  const rules = withNetlink((netlink) => netlink.listRules()).filter(
    (rule) => rule.priority === 32764 || rule.priority === 32765,
  );
  assert.deepEqual(
    rules.map(({ family, table, fwmark, invert }) => ({ family, table, fwmark, invert })),
    [
      { family: 4, table: 254, fwmark: undefined, invert: false },
      { family: 4, table: 51820, fwmark: 51820, invert: true },
      { family: 6, table: 254, fwmark: undefined, invert: false },
      { family: 6, table: 51820, fwmark: 51820, invert: true },
    ],
  );
  const report = await show('awgfull');
  assert.deepEqual(
    [report.listenPort, report.fwmark, report.mtu, report.peers[0]?.endpoint],
    [4711, 51820, 1400, '127.0.0.1:5555'],
  );
  const down = await world.run(['down', 'awgfull']);
  assert.deepEqual([down.code, down.stdout, down.stderr], [0, '', '']);
  assert.equal((await tunnel.outcome).code, 0);
  assert.deepEqual(namespaceState(), original);
  assert.deepEqual(world.runtimeFiles(), []);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends a tunnel cleanly`, { skip }, async () => {
    const original = namespaceState();
    const tunnel = await world.up(config('awgsig'));
    tunnel.kill(signal);
    const { code, stderr } = await tunnel.outcome;
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`stopping: ${signal}\\n.*stopped\\n$`));
    assert.deepEqual(namespaceState(), original);
    assert.deepEqual(world.runtimeFiles(), []);
  });
}

test('after SIGKILL, down removes what is left', { skip }, async () => {
  const original = namespaceState();
  const tunnel = await world.up(config('awgkill'));
  tunnel.kill('SIGKILL');
  await tunnel.outcome;
  assert.notDeepEqual(namespaceState(), original, 'rules outlive their process');
  assert.equal((await world.run(['show', 'awgkill'])).code, 1);
  const down = await world.run(['down', 'awgkill']);
  assert.deepEqual(
    [down.code, down.stderr],
    [0, 'awg-vpn: tunnel "awgkill" had been killed; its traces are removed\n'],
  );
  assert.deepEqual(namespaceState(), original);
  assert.deepEqual(world.runtimeFiles(), []);
  assert.equal((await world.run(['down', 'awgkill'])).code, 1);
});

test('after SIGKILL, the next up takes over', { skip }, async () => {
  const original = namespaceState();
  const path = config('awgagain');
  const first = await world.up(path);
  first.kill('SIGKILL');
  await first.outcome;
  const second = await world.up(path);
  assert.match(second.stderr, /was killed; cleaned up after it/);
  second.kill('SIGTERM');
  assert.equal((await second.outcome).code, 0);
  assert.deepEqual(namespaceState(), original);
});

test('a second up of the same name is refused and leaves the first alone', { skip }, async () => {
  const path = config('awgtwice');
  const first = await world.up(path);
  const during = namespaceState();
  const second = await world.run(['up', path]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^awg-vpn: tunnel "awgtwice" is already running \(process \d+\)\n$/);
  assert.deepEqual(namespaceState(), during);
  assert.equal((await show('awgtwice')).name, 'awgtwice');
  first.kill('SIGTERM');
  assert.equal((await first.outcome).code, 0);
});

test('two full tunnels keep their tables, marks and rules apart, in whatever order they end', { skip }, async () => {
  const original = namespaceState();
  const first = await world.up(config('awgone'));
  const second = await world.up(configFor('awgtwo', '0.0.0.0/0, ::/0'));
  assert.deepEqual([(await show('awgone')).fwmark, (await show('awgtwo')).fwmark], [51820, 51821]);
  assert.match((await world.run(['show'])).stdout, /interface: awgone\n.*\ninterface: awgtwo\n/s);
  first.kill('SIGTERM');
  await first.outcome;
  assert.ok(namespaceState().includes('src_valid_mark 1'), 'the second one needs it still');
  assert.equal(withNetlink((netlink) => netlink.listRules(4)).filter((rule) => rule.table === 51821).length, 1);
  second.kill('SIGTERM');
  await second.outcome;
  assert.deepEqual(
    namespaceState().filter((line) => !line.startsWith('src_valid_mark')),
    original.filter((line) => !line.startsWith('src_valid_mark')),
  );
});

test('Table = off adds no routes, a number puts all of them there', { skip }, async () => {
  for (const [table, expected] of [
    ['off', 0],
    ['777', 4],
  ] as const) {
    const tunnel = await world.up(config('awgtable', `Table = ${table}`));
    const routes = withNetlink((netlink) => [...netlink.listRoutes(777), ...netlink.listRoutes(51820)]);
    assert.equal(routes.length, expected, routes.map((route) => formatPrefix(route.prefix)).join());
    assert.equal(withNetlink((netlink) => netlink.listRules()).length, 5, 'no rules of ours');
    tunnel.kill('SIGTERM');
    await tunnel.outcome;
  }
});

test('a signal while a name is being resolved ends the start', { skip }, async () => {
  const original = namespaceState();
  const path = world.config(
    'awgdns',
    '[Interface]',
    `PrivateKey = ${PRIVATE}`,
    '[Peer]',
    `PublicKey = ${PUBLIC}`,
    'Endpoint = vpn.example.com:51820',
  );
  const tunnel = world.start(['up', path]);
  await waitFor('a retry', () => /trying again in/.test(tunnel.stderr) || tunnel.hasEnded, {
    timeoutMs: 30_000,
    explain: () => tunnel.stderr,
  });
  const down = await world.run(['down', 'awgdns']);
  assert.equal(down.code, 0, down.stderr);
  assert.equal((await tunnel.outcome).code, 0, tunnel.stderr);
  assert.deepEqual(namespaceState(), original);
  assert.deepEqual(world.runtimeFiles(), []);
});

test('a route that is taken by another tunnel fails the second one alone', { skip }, async () => {
  const first = await world.up(configFor('awgone', '192.0.2.0/24'));
  const during = namespaceState();
  const second = await world.run(['up', configFor('awgtwo', '0.0.0.0/0, 192.0.2.0/24')]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^awg-vpn: cannot add route 192\.0\.2\.0\/24/);
  assert.deepEqual(namespaceState(), during);
  first.kill('SIGTERM');
  await first.outcome;
});

test('the interface deleted by someone else ends the tunnel with a failure', { skip }, async () => {
  const original = namespaceState();
  const tunnel = await world.up(config('awggone'));
  withNetlink((netlink) => netlink.deleteLink(netlink.linkIndex('awggone')));
  const { code, stderr } = await tunnel.outcome;
  assert.equal(code, 1, stderr);
  assert.deepEqual(namespaceState(), original);
  assert.deepEqual(world.runtimeFiles(), []);
});
