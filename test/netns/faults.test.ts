/**
 * What the daemon does when the system fails it: calls that are refused, descriptors, memory and disk space
 * that run out, an interface that others play with, a clock that jumps. docs/faults.md has the table.
 */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../support/command.ts';
import { notBuilt } from '../support/engines/awg-vpn.ts';
import { generateKeyPair } from '../support/keys.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { sleep, waitFor } from '../support/wait.ts';
import type { DaemonEnd, DaemonPair } from './daemon-pair.ts';
import { AT_ONCE_MS, prepareDaemons, startBoth, waitForAnswer } from './daemon-pair.ts';
import type { Fault } from './faults/injection.ts';
import { Injection, injectionUnavailable } from './faults/injection.ts';
import { limitMemory, memoryLimitUnavailable } from './faults/memory-limit.ts';
import { SmallDisk } from './faults/small-disk.ts';

const skip = namespacesUnavailable() ?? notBuilt() ?? injectionUnavailable() ?? false;
const FAULT_MS = 1500;
/** After its start the data plane has descriptors of its own for a while, which it gives back. */
const REHEARSAL_MS = 4000;
/** An initiation is repeated after REKEY_TIMEOUT (5 s) and a third of a second of jitter. */
const REPETITION_MS = 8000;
const TUN = '/dev/net/tun';
const PAGE = 4096;
/** Where root of a container has not all rights, it may neither trace a confined daemon nor change its limits. */
const UNCONFINED = { options: ['--no-confine'] };

function scenario(name: string, body: (scope: Scope) => Promise<void>): void {
  test(name, { timeout: 90_000 }, async () => {
    const scope = new Scope();
    try {
      await body(scope);
    } finally {
      await scope.close();
    }
  });
}

async function connected(scope: Scope, options: Parameters<typeof prepareDaemons>[1] = {}): Promise<DaemonPair> {
  const pair = await prepareDaemons(scope, options);
  await startBoth(pair, UNCONFINED);
  await waitForAnswer(pair.initiator, pair.responder);
  return pair;
}

function inject(scope: Scope, { host, tunnel }: DaemonEnd, fault: Fault): Promise<Injection> {
  return Injection.begin(scope, host.namespace, tunnel.process.pid, fault);
}

async function pingsAnswered({ host }: DaemonEnd, to: DaemonEnd): Promise<number> {
  const { received } = await ping(host.namespace, to.inner[4], { count: 4, timeoutSeconds: 1 });
  return received;
}

/** The descriptor that the next file would get. */
function lowestFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  return free;
}

/** What is left of it would take more lines than we have patience for. */
function fillLastPage(path: string): void {
  appendFileSync(path, `${'.'.repeat(PAGE - 1 - (statSync(path).size % PAGE))}\n`);
}

/** Faults that pass: what they cost, and under which reason it is counted; none where nothing reaches us to be counted. */
const PASSING: readonly (Fault & { readonly reason?: string })[] = [
  { call: 'sendmmsg', error: 'ENOBUFS', reason: 'send-buffer-full' },
  { call: 'sendmmsg', error: 'ENETDOWN', reason: 'send-failed' },
  { call: 'sendmmsg', error: 'EIO', reason: 'send-failed' },
  { call: 'recvmmsg', error: 'ENETDOWN' },
  { call: 'recvmmsg', error: 'EIO' },
  { call: 'read', error: 'EIO', path: TUN },
  { call: 'writev', error: 'EIO', path: TUN, reason: 'tun-write-failed' },
];

/** Faults that do not: the daemon ends with 1, after words like these. */
const FATAL: readonly (Fault & { readonly says: RegExp })[] = [
  { call: 'recvmmsg', error: 'EBADF', says: /^awg-vpn: cannot receive from a UDP socket \(recvmmsg: EBADF, /m },
  { call: 'read', error: 'EBADF', path: TUN, says: /^awg-vpn: cannot read from the TUN device \(read: EBADF, /m },
  { call: 'read', error: 'EBADFD', path: TUN, says: /^awg-vpn: the TUN device was removed/m },
  // What a worker waits with: so it throws, as a defect in it would make it throw.
  { call: 'epoll_wait', error: 'EINVAL', says: /^awg-vpn: epoll_wait: EINVAL/m },
];

describe('faults of the system', { skip, concurrency: 3 }, () => {
  for (const fault of PASSING) {
    const { call, error, path = 'the sockets', reason } = fault;
    scenario(
      `${call} on ${path} fails with ${error} for a while: packets are lost, the tunnel is not`,
      async (scope) => {
        const { initiator, responder } = await connected(scope);
        const injection = await inject(scope, initiator, fault);
        assert.equal(await pingsAnswered(initiator, responder), 0);
        await sleep(FAULT_MS);
        await injection.end();
        await waitForAnswer(initiator, responder);
        const { drops } = await initiator.tunnel.report();
        if (reason !== undefined) assert.ok((drops[reason] ?? 0) > 0, JSON.stringify(drops));
      },
    );
  }

  for (const fault of FATAL) {
    const { call, error, path = 'the sockets', says } = fault;
    const where = call.startsWith('epoll') ? 'what a worker waits for' : path;
    scenario(`${call} on ${where} fails with ${error}: it says so, ends with 1, leaves nothing`, async (scope) => {
      const { initiator, responder } = await connected(scope, { initiatorRoutes: ['0.0.0.0/0', '::/0'] });
      await inject(scope, initiator, fault).catch(() => undefined);
      await pingsAnswered(initiator, responder);
      assert.equal((await initiator.tunnel.waitForEnd(5000)).code, 1, initiator.tunnel.process.output);
      assert.match(initiator.tunnel.process.output, says);
      await initiator.tunnel.assertNothingLeft();
    });
  }

  scenario('descriptors run out: the tunnel goes on, and answers again when there are some', async (scope) => {
    const { initiator, responder } = await connected(scope);
    const { pid } = initiator.tunnel.process;
    await sleep(REHEARSAL_MS);
    await run('prlimit', ['--pid', String(pid), `--nofile=${lowestFree(pid)}:`]);
    await assert.rejects(initiator.tunnel.report());
    assert.equal(await pingsAnswered(initiator, responder), 4);
    await run('prlimit', ['--pid', String(pid), '--nofile=1024:']);
    await waitFor('an answer to show', () => initiator.tunnel.report().catch(() => undefined));
    assert.equal(await pingsAnswered(initiator, responder), 4);
  });

  scenario('too few descriptors to begin with: it says so, ends with 1 and leaves nothing', async (scope) => {
    const { initiator } = await prepareDaemons(scope);
    const { tunnel } = initiator;
    let failures = 0;
    for (let limit = 44; limit <= 68; limit += 4) {
      await tunnel.launch({ through: ['prlimit', `--nofile=${limit}`] });
      const { process: daemon } = tunnel;
      await waitFor('either', () => daemon.hasExited || daemon.output.includes('is up ('), { timeoutMs: 15_000 });
      if (!daemon.hasExited) await tunnel.end('SIGTERM');
      else failures += 1;
      assert.ok([0, 1].includes(daemon.exitCode ?? -1), daemon.output);
      // Node.js that has no descriptor left to look for a module believes that it is not there.
      if (daemon.exitCode === 1) assert.match(daemon.output, /EMFILE|ERR_WORKER|Cannot find (package|module)/);
      await tunnel.assertNothingLeft();
    }
    assert.ok(failures > 0);
  });

  scenario('a full disk where the state goes: it does not start without, and goes all the same', async (scope) => {
    const { initiator, responder } = await prepareDaemons(scope, { initiatorRoutes: ['0.0.0.0/0'] });
    const disk = await SmallDisk.mount(scope);
    const environment = { AWG_VPN_RUNTIME_DIR: disk.path };
    disk.fill();
    await initiator.tunnel.launch({ environment });
    assert.equal((await initiator.tunnel.waitForEnd(10_000)).code, 1);
    assert.match(initiator.tunnel.process.output, /^awg-vpn: cannot write down what is to be undone, in .*ENOSPC/m);
    await initiator.tunnel.assertNothingLeft();
    disk.clear();
    await responder.tunnel.start();
    await initiator.tunnel.start({ environment });
    await waitForAnswer(initiator, responder);
    disk.fill();
    assert.equal(await pingsAnswered(initiator, responder), 4);
    assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0, initiator.tunnel.process.output);
    await initiator.tunnel.assertNothingLeft();
    assert.deepEqual(readdirSync(disk.path), ['amneziawg', 'filler'], 'the folder of UAPI sockets is for all tunnels');
  });

  scenario('a full disk where the log goes: nothing but lines is lost, and it says how many', async (scope) => {
    const { initiator, responder } = await prepareDaemons(scope);
    const disk = await SmallDisk.mount(scope);
    const log = join(disk.path, 'log');
    await responder.tunnel.start();
    await initiator.tunnel.launch({ through: ['sh', '-c', `exec "$@" 2>>${log}`, 'sh'] });
    await waitForAnswer(initiator, responder, 20_000);
    fillLastPage(log);
    disk.fill();
    // Each forgotten session is a few lines.
    for (let round = 0; round < 2; round += 1) {
      await initiator.tunnel.reload({ ...initiator.settings, listenPort: 51821 + round });
      await waitForAnswer(initiator, responder, REPETITION_MS);
      assert.equal(initiator.tunnel.process.hasExited, false);
    }
    disk.clear();
    await initiator.tunnel.reload({ ...initiator.settings, listenPort: 51830 });
    await waitForAnswer(initiator, responder, REPETITION_MS);
    assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0);
    assert.match(readFileSync(log, 'utf8'), /\d+ lines? of this log could not be written/);
  });

  for (const routes of [undefined, ['0.0.0.0/0', '::/0']] as const) {
    const title = routes === undefined ? 'plain routes' : 'a default route';
    scenario(`the interface is set down and up again, with ${title}: its routes come back`, async (scope) => {
      const { initiator, responder } = await connected(scope, routes === undefined ? {} : { initiatorRoutes: routes });
      const { namespace } = initiator.host;
      await namespace.ip('link', 'set', initiator.tunnel.interfaceName, 'down');
      assert.equal(await pingsAnswered(initiator, responder), 0);
      const saysDown = (): boolean => initiator.tunnel.process.output.includes('was set down');
      await waitFor('the daemon to notice', saysDown, { explain: () => initiator.tunnel.process.output });
      await namespace.ip('link', 'set', initiator.tunnel.interfaceName, 'up');
      for (const family of [4, 6] as const) await waitForAnswer(initiator, responder, AT_ONCE_MS, family);
      assert.match(initiator.tunnel.process.output, /is up again, with its addresses and routes/);
    });
  }

  scenario(
    'the cable goes with the namespace at its other end: the daemon waits, and ends when told',
    async (scope) => {
      const { initiator, responder } = await connected(scope);
      await responder.tunnel.end('SIGKILL');
      await responder.host.namespace.delete();
      await waitFor(
        'the cable to be gone',
        async () => !(await initiator.host.namespace.ip('-o', 'link')).includes('wire'),
      );
      assert.equal(await pingsAnswered(initiator, responder), 0);
      assert.equal(initiator.tunnel.process.hasExited, false);
      assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0);
      await initiator.tunnel.assertNothingLeft();
    },
  );

  scenario('its own namespace is deleted under it: it goes on, and with its end everything is gone', async (scope) => {
    const { initiator, responder } = await connected(scope);
    await initiator.host.namespace.delete();
    assert.equal(await pingsAnswered(responder, initiator), 4);
    assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0);
    const isGone = async (): Promise<boolean> => !(await responder.host.namespace.ip('-o', 'link')).includes('wire');
    await waitFor('the namespace to be gone with its cable', isGone);
  });

  scenario('the wall clock jumps a day on and back again: sessions live, and new ones come about', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    // The daemon takes the time of day from this one function; only the timestamps of handshakes depend on it.
    const jump = 'const now = Date.now; let step = 0; Date.now = () => now() + step;';
    const onSignal = "process.on('SIGUSR2', () => { step = step === 0 ? 86_400_000 : 0; });";
    await responder.tunnel.start();
    const module = `data:text/javascript,${encodeURIComponent(jump + onSignal)}`;
    await initiator.tunnel.start({ environment: { NODE_OPTIONS: `--import=${module}` } });
    await waitForAnswer(initiator, responder);
    for (let port = 51821; port < 51824; port += 1) {
      initiator.tunnel.process.signal('SIGUSR2');
      assert.equal(await pingsAnswered(initiator, responder), 4);
      await initiator.tunnel.reload({ ...initiator.settings, listenPort: port });
      await waitForAnswer(initiator, responder, REPETITION_MS);
    }
    assert.equal((await responder.tunnel.report()).drops['stale-timestamp'] ?? 0, 0);
  });

  const noLimit = memoryLimitUnavailable();
  if (noLimit === undefined) {
    scenario('a thousand peers in 160 MB: enough', async (scope) => {
      const { initiator, responder } = await prepareDaemons(scope);
      const others = Array.from({ length: 1000 }, (_, index) => ({
        publicKey: generateKeyPair().publicKey,
        allowedIps: [`10.203.${index >> 8}.${index & 255}/32`],
      }));
      initiator.tunnel.configure({ ...initiator.settings, peers: [...initiator.settings.peers, ...others] });
      await responder.tunnel.start();
      const group = limitMemory(scope, 160 << 20);
      await initiator.tunnel.launch({});
      group.add(initiator.tunnel.process.pid);
      await initiator.tunnel.waitUntilUp();
      await waitForAnswer(initiator, responder);
      await transfer(scope, initiator, responder, { inner: 4, bytes: 64 << 20 });
      assert.equal((await initiator.tunnel.report()).peers.length, 1001);
    });
  }
  test('memory can be limited here', { skip: noLimit ?? false }, () => undefined);
});
