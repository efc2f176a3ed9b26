/**
 * What a live daemon has given away, what that is worth against somebody who has taken it over, and that
 * everything works without it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TunnelReport } from '../../src/control/report.ts';
import { readState } from '../../src/control/state/state-file.ts';
import { threadStatuses } from '../../src/platform/linux/confinement/thread-status.ts';
import type { CliProcess } from '../support/cli-world.ts';
import { CliWorld, namespaceState } from '../support/cli-world.ts';
import { machineSnapshot, snapshotDifferences } from '../support/machine-snapshot.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { SystemPrograms } from '../support/system-programs.ts';
import { waitFor } from '../support/wait.ts';

const skip = skipWithoutRoot;
const world = new CliWorld();
const PROBE = fileURLToPath(
  new URL(`../support/confined-probe-program.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

const NOBODY = 65534;
const NET_BIND_SERVICE = 1n << 10n;
const NET_ADMIN = 1n << 12n;
const [EPERM, EACCES] = [1, 13];

/** What the probe prints: errno by attempt, 0 for what succeeded. */
interface ProbeReport {
  readonly main: Readonly<Record<string, number>>;
  readonly worker: Readonly<Record<string, number>>;
  readonly later: string;
  readonly canRead: boolean;
}

before(enterPrivateNamespace);
after(() => world.close());

function lines(listenPort: number, ...more: readonly string[]): string[] {
  return [
    '[Interface]',
    'PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
    'Address = 10.99.0.1/24',
    `ListenPort = ${listenPort}`,
    ...more,
    '[Peer]',
    'PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=',
  ];
}

/** In the section of the interface. */
function linesWith(...own: readonly string[]): string[] {
  const [head = '', ...rest] = lines(0);
  return [head, ...own, ...rest];
}

async function filter(): Promise<string> {
  return (await promisify(execFile)('nft', ['list', 'ruleset'])).stdout;
}

async function report(name: string): Promise<TunnelReport> {
  return JSON.parse((await world.run(['show', name, '--json'])).stdout) as TunnelReport;
}

async function end(tunnel: CliProcess): Promise<string> {
  tunnel.kill('SIGTERM');
  const { code, stderr } = await tunnel.outcome;
  assert.equal(code, 0, stderr);
  return stderr;
}

test('no thread of a running tunnel has more than it needs', { skip }, async () => {
  const tunnel = await world.up(world.config('awgcfa', ...lines(0, 'ListenTCP = 4443')));
  const threads = threadStatuses(tunnel.pid);
  assert.ok(threads.length > 8, 'Node.js has threads of its own');
  for (const thread of threads) {
    const { uids, gids, groups, permitted, effective, noNewPrivileges, seccomp } = thread;
    assert.deepEqual([...new Set([...uids, ...gids, ...groups])], [NOBODY], thread.name);
    assert.deepEqual([noNewPrivileges, seccomp], [true, 2], thread.name);
    assert.equal((permitted | effective) & ~NET_ADMIN, 0n, thread.name);
    if (permitted !== 0n) assert.equal(thread.bounding, NET_ADMIN, thread.name);
  }
  const able = threads.filter(({ effective }) => effective !== 0n);
  assert.equal(able.length, 2, 'the control thread, and the one that opens streams');
  assert.match(readFileSync(`/proc/${tunnel.pid}/limits`, 'latin1'), /^Max core file size +0 +0 /m);
  assert.match(tunnel.stderr, /confined: user nobody, CAP_NET_ADMIN, no new privileges, system calls filtered/);
  await end(tunnel);
});

test('a process of the same user can neither read its memory nor its environment', { skip }, async () => {
  const tunnel = await world.up(world.config('awgcfb', ...lines(0)));
  const folder = `/proc/${tunnel.pid}`;
  const script = ['mem', 'environ', 'maps'].map((file) => `head -c 1 ${folder}/${file}`).join('; ');
  const outcome = promisify(execFile)('/bin/sh', ['-c', `${script}; ls ${folder}/fd`], { uid: NOBODY, gid: NOBODY });
  await assert.rejects(outcome, ({ stdout, stderr }: { stdout: string; stderr: string }) => {
    assert.equal(stdout, '');
    assert.equal(stderr.match(/Permission denied/g)?.length, 4, stderr);
    return true;
  });
  await end(tunnel);
});

test('who takes a confined process over gets nowhere, in any thread', { skip }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROBE]);
  const { main, worker, later, canRead } = JSON.parse(stdout) as ProbeReport;
  const allowed = ['tcp socket', 'route socket'];
  const byPermissions = ['read of /etc/shadow', 'write to /etc/passwd', 'open of /dev/mem'];
  for (const outcomes of [main, worker]) {
    for (const [what, errno] of Object.entries(outcomes)) {
      const expected = allowed.includes(what) ? [0] : byPermissions.includes(what) ? [EACCES, 2] : [EPERM];
      assert.ok(expected.includes(errno), `${what}: errno ${errno}`);
    }
  }
  assert.deepEqual([later, canRead], ['runs', true], 'threads can still be started, and files read');
});

test('a confined tunnel reloads a file that only root can read, by command and by signal', { skip }, async () => {
  const original = namespaceState();
  const path = world.config('awgcfc', ...lines(4711));
  const tunnel = await world.up(path);
  // A default route: a rule in the record of root, a setting of the kernel, marked sockets.
  writeFileSync(path, [...lines(4712), 'AllowedIPs = 0.0.0.0/0', 'Endpoint = 127.0.0.1:5555'].join('\n'));
  const reload = await world.run(['reload', 'awgcfc']);
  assert.deepEqual([reload.code, reload.stderr], [0, '']);
  const { listenPort, fwmark } = await report('awgcfc');
  assert.deepEqual([listenPort, fwmark], [4712, 51820]);
  assert.ok(namespaceState().includes('src_valid_mark 1'));
  writeFileSync(path, lines(4713).join('\n'));
  tunnel.kill('SIGHUP');
  await waitFor('the reload', async () => (await report('awgcfc')).listenPort === 4713);
  writeFileSync(path, lines(4713, 'Nonsense = 1').join('\n'));
  const wrong = await world.run(['reload', 'awgcfc']);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, /Nonsense/);
  await end(tunnel);
  assert.deepEqual([namespaceState(), world.runtimeFiles()], [original, []]);
});

test('ports below 1024 can be bound again, and only then is there a capability for it', { skip }, async () => {
  const path = world.config('awgcfd', ...lines(443));
  const tunnel = await world.up(path);
  const held = threadStatuses(tunnel.pid).map(({ permitted }) => permitted);
  assert.ok(held.includes(NET_ADMIN | NET_BIND_SERVICE));
  writeFileSync(path, lines(444).join('\n'));
  assert.equal((await world.run(['reload', 'awgcfd'])).code, 0);
  assert.equal((await report('awgcfd')).listenPort, 444);
  await end(tunnel);
});

test('the steward ends with its daemon, however that ends', { skip }, async () => {
  const tunnel = await world.up(world.config('awgcfe', ...lines(0)));
  const steward = childOf(tunnel.pid);
  assert.notEqual(steward, undefined, 'there is one');
  tunnel.kill('SIGKILL');
  await waitFor('the end of the steward', () => !isRunning(steward ?? 0));
  assert.equal((await world.run(['down', 'awgcfe'])).code, 0);
});

test('a steward that is killed is missed, and what it would have undone is kept for down', { skip }, async () => {
  const original = namespaceState();
  const config = world.config('awgcff', ...lines(0), 'AllowedIPs = 0.0.0.0/0', 'Endpoint = 127.0.0.1:5555');
  const tunnel = await world.up(config);
  process.kill(childOf(tunnel.pid) ?? 0, 'SIGKILL');
  await waitFor('the warning', () => tunnel.stderr.includes('the steward is gone'));
  tunnel.kill('SIGTERM');
  const { code, stderr } = await tunnel.outcome;
  assert.equal(code, 1);
  assert.match(stderr, /not everything could be undone/);
  assert.equal((await world.run(['down', 'awgcff'])).code, 0);
  assert.deepEqual([namespaceState(), world.runtimeFiles()], [original, []]);
});

test('directories may be named from where we are, although the steward works elsewhere', { skip }, async () => {
  const path = world.config('awgcfh', ...lines(0));
  const [file, directory] = [path, world.runtimeDirectory].map((each) => relative(process.cwd(), each));
  const tunnel = world.start(['up', file ?? ''], { environment: { AWG_VPN_RUNTIME_DIR: directory ?? '' } });
  await waitFor('the tunnel', () => tunnel.stderr.includes('is up ('), { explain: () => tunnel.stderr });
  assert.equal((await world.run(['reload', 'awgcfh'])).code, 0);
  await end(tunnel);
  assert.deepEqual(world.runtimeFiles(), []);
});

test('what programs have to do at the end keeps its rights, and says so; they run', { skip }, async () => {
  const mark = join(world.directory, 'marked');
  for (const [own, reason] of [
    [`PreDown = touch ${mark}`, 'PreDown runs programs as root at the end'],
    [`PostDown = touch ${mark}`, 'PostDown runs programs as root at the end'],
    ['SaveConfig = true', 'SaveConfig writes the file at the end'],
  ] as const) {
    const path = world.config('awgcfi', ...linesWith(own));
    const tunnel = await world.up(path);
    assert.deepEqual(tunnel.stderr.match(/not confined: .*/g), [`not confined: ${reason}`]);
    const [first] = threadStatuses(tunnel.pid);
    assert.deepEqual([first?.uids[0], first?.seccomp, childOf(tunnel.pid)], [0, 0, undefined]);
    assert.match(readFileSync(`/proc/${tunnel.pid}/limits`, 'latin1'), /^Max core file size +0 +0 /m);
    await end(tunnel);
    if (own.includes('touch')) rmSync(mark);
    else assert.match(readFileSync(path, 'utf8'), /ListenPort = [1-9]/);
  }
});

test('a confined tunnel takes its name servers back, and refuses to reload what it cannot do', { skip }, async () => {
  const programs = new SystemPrograms(world.directory);
  const { environment } = programs;
  const original = machineSnapshot(world.runtimeDirectory, programs.records);
  const dns = 'DNS = 10.98.0.53';
  const path = world.config('awgcfj', ...linesWith(dns, 'PostUp = id -u'));
  const tunnel = await world.up(path, { environment });
  assert.deepEqual(threadStatuses(tunnel.pid)[0]?.uids, [NOBODY, NOBODY, NOBODY, NOBODY]);
  assert.ok(existsSync(join(programs.records, 'interfaces', 'awgcfj')));
  for (const [own, complaint] of [
    [[dns, 'PostDown = true'], 'PostDown runs programs'],
    [[dns, 'PreDown = true'], 'PreDown runs programs'],
    [[dns, 'SaveConfig = true'], 'SaveConfig writes the file'],
    [['DNS = 10.98.0.54'], 'DNS is another one'],
    [[], 'DNS is another one'],
  ] as const) {
    writeFileSync(path, linesWith('MTU = 1333', ...own).join('\n'));
    const { code, stderr } = await world.run(['reload', 'awgcfj'], { environment });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`nothing was changed: ${complaint}.*given away the rights`));
  }
  assert.notEqual((await report('awgcfj')).mtu, 1333);
  writeFileSync(path, linesWith('MTU = 1333', dns).join('\n'));
  assert.equal((await world.run(['reload', 'awgcfj'], { environment })).code, 0);
  assert.equal((await report('awgcfj')).mtu, 1333);
  await end(tunnel);
  assert.deepEqual(snapshotDifferences(original, machineSnapshot(world.runtimeDirectory, programs.records)), []);
});

test('the packet filter follows a confined tunnel, also one that is killed', { skip }, async () => {
  const original = machineSnapshot(world.runtimeDirectory);
  const path = world.config('awgcfk', ...linesWith());
  const tunnel = await world.up(path);
  assert.doesNotMatch(await filter(), /awg-vpn-awgcfk/);
  const full = [...lines(0), 'AllowedIPs = 0.0.0.0/0', 'Endpoint = 127.0.0.1:5555'];
  writeFileSync(path, full.join('\n'));
  const reload = await world.run(['reload', 'awgcfk']);
  assert.equal(reload.code, 0, reload.stderr);
  assert.match(await filter(), /table inet awg-vpn-awgcfk \{.*daddr 10\.99\.0\.1 /s);
  writeFileSync(path, full.join('\n').replace('10.99.0.1/24', '10.99.0.7/24'));
  assert.equal((await world.run(['reload', 'awgcfk'])).code, 0);
  assert.match(await filter(), /daddr 10\.99\.0\.7 /);
  tunnel.kill('SIGKILL');
  await tunnel.outcome;
  assert.equal((await world.run(['down', 'awgcfk'])).code, 0);
  assert.deepEqual(snapshotDifferences(original, machineSnapshot(world.runtimeDirectory)), []);
});

test('in the background it is confined as well, and nobody waits for its steward', { skip }, async () => {
  const log = join(world.directory, 'awgcfl.log');
  const path = world.config('awgcfl', ...linesWith('PostUp = id -u'));
  const up = await world.run(['up', '-d', '--log-file', log, '--uapi', 'both', path]);
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, /^0$/m);
  assert.match(up.stderr, /confined: user nobody/);
  const { pid } = readState(world.runtimeDirectory, 'awgcfl')?.process ?? {};
  assert.deepEqual(threadStatuses(pid)[0]?.uids, [NOBODY, NOBODY, NOBODY, NOBODY]);
  assert.equal((await world.run(['down', 'awgcfl'])).code, 0);
  assert.match(readFileSync(log, 'utf8'), /stopped\n/);
  assert.deepEqual(world.runtimeFiles(), []);
});

test('each part can be left out, and a user that is not there is quoted', { skip }, async () => {
  const path = world.config('awgcfg', ...lines(0));
  const bare = world.start(['up', path, '--no-confine']);
  await waitFor('the tunnel', () => bare.stderr.includes('is up ('), { explain: () => bare.stderr });
  assert.deepEqual(threadStatuses(bare.pid)[0]?.uids, [0, 0, 0, 0]);
  assert.equal(childOf(bare.pid), undefined);
  await end(bare);
  const unfiltered = world.start(['up', path, '--no-seccomp', '--user', '1234:1235']);
  await waitFor('the tunnel', () => unfiltered.stderr.includes('is up ('), { explain: () => unfiltered.stderr });
  const [first] = threadStatuses(unfiltered.pid);
  assert.deepEqual([first?.uids[0], first?.gids[0], first?.seccomp], [1234, 1235, 0]);
  await end(unfiltered);
  const unknown = await world.run(['up', path, '--user', 'no-such-user']);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /"no-such-user"/);
});

function childOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return /^\d+/.exec(text) === null ? undefined : Number.parseInt(text, 10);
}

function isRunning(pid: number): boolean {
  return (
    readdirSync('/proc').includes(String(pid)) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  );
}
