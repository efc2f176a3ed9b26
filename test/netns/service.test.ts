/** `up` as a service: what a service manager hears from it, and what it does not hear from one that hangs. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CliProcess } from '../support/cli-world.ts';
import { CliWorld } from '../support/cli-world.ts';
import { BackgroundProcess, findProgram } from '../support/command.ts';
import { FakeServiceManager } from '../support/fake-service-manager.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { Scope } from '../support/scope.ts';
import { waitFor } from '../support/wait.ts';

const WATCHDOG_MICROSECONDS = 400_000;
/** How long an injected hang holds a worker, in microseconds: longer than the test. */
const HANG = 60_000_000;

const skip = skipWithoutRoot;
const world = new CliWorld();

before(enterPrivateNamespace);
after(() => world.close());

interface Service {
  readonly manager: FakeServiceManager;
  readonly tunnel: CliProcess;
}

async function startService(name: string, address: string, workers: string): Promise<Service> {
  const config = world.config(
    name,
    '[Interface]',
    'PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
    '[Peer]',
    'PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=',
  );
  const manager = new FakeServiceManager(address);
  const environment = { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: String(WATCHDOG_MICROSECONDS) };
  const tunnel = world.start(['up', config, '--workers', workers], { environment });
  await waitFor('READY=1', () => manager.has('READY=1') || tunnel.hasEnded, { explain: () => tunnel.stderr });
  return { manager, tunnel };
}

for (const [workers, kind] of [
  ['1', 'path'],
  ['2', 'abstract name'],
] as const) {
  test(`a manager at a ${kind} hears of a tunnel with ${workers} worker(s): ready, alive, stopping`, {
    skip,
  }, async () => {
    const address = kind === 'path' ? join(world.directory, 'notify') : `@awg-vpn-notify-${process.pid}`;
    const { manager, tunnel } = await startService(`awgsvc${workers}`, address, workers);
    assert.ok(tunnel.stderr.includes('is up ('), 'ready when packets flow, not before');
    await waitFor('five signs of life', () => manager.count('WATCHDOG=1') >= 5);
    assert.ok(manager.has('STATUS=0 of 1 peer connected'));
    tunnel.kill('SIGTERM');
    assert.equal((await tunnel.outcome).code, 0);
    assert.ok(manager.has('STOPPING=1'));
    assert.deepEqual(manager.messages.at(-1), ['STOPPING=1', 'STATUS=Stopping: SIGTERM']);
    assert.equal(manager.count('READY=1'), 1);
    manager.close();
  });
}

test('a tunnel that cannot start never says that it is ready', { skip }, async () => {
  const manager = new FakeServiceManager(join(world.directory, 'notify-bad'));
  const config = world.config('awgsvcbad', '[Interface]', 'PrivateKey = x');
  const tunnel = world.start(['up', config], { environment: { NOTIFY_SOCKET: manager.address } });
  assert.equal((await tunnel.outcome).code, 2);
  assert.equal(manager.has('READY=1'), false);
  manager.close();
});

test('a manager that is gone does not hold up the tunnel', { skip }, async () => {
  const config = world.config('awgsvcgone', '[Interface]', 'PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=');
  const tunnel = world.start(['up', config], { environment: { NOTIFY_SOCKET: '/nonexistent' } });
  await waitFor('the tunnel', () => tunnel.stderr.includes('is up ('), { explain: () => tunnel.stderr });
  tunnel.kill('SIGTERM');
  assert.equal((await tunnel.outcome).code, 0);
  assert.equal(tunnel.stderr.match(/cannot reach the service manager/g)?.length, 1);
});

const strace = findProgram('strace');
const skipHang = skip !== false ? skip : strace === undefined && 'needs strace';

test('when a worker of the data plane hangs, the watchdog starves, and is fed when it goes on', {
  skip: skipHang,
}, async () => {
  const { manager, tunnel } = await startService('awgsvchang', `@awg-vpn-hang-${process.pid}`, '1');
  const scope = new Scope();
  try {
    const threads = otherThreads(tunnel.pid);
    const inject = `inject=epoll_wait,epoll_pwait:delay_exit=${HANG}`;
    const tracer = new BackgroundProcess(scope, strace ?? '', [
      '-e',
      'trace=epoll_wait,epoll_pwait',
      '-e',
      inject,
      ...threads.flatMap((thread) => ['-p', String(thread)]),
    ]);
    const explain = (): string => `${tracer.output}${tunnel.stderr}`;
    await waitFor('the bad news', () => manager.has('STATUS=The data plane does not answer'), { explain });
    const fed = manager.count('WATCHDOG=1');
    await new Promise((resolve) => setTimeout(resolve, (2 * WATCHDOG_MICROSECONDS) / 1000));
    assert.equal(manager.count('WATCHDOG=1'), fed, 'systemd would have killed it by now');
    assert.match(tunnel.stderr, /the data plane does not answer/);
    await tracer.stop('SIGKILL');
    await waitFor('signs of life', () => manager.count('WATCHDOG=1') >= fed + 2, { explain });
    tunnel.kill('SIGTERM');
    assert.equal((await tunnel.outcome).code, 0);
  } finally {
    await scope.close();
    manager.close();
  }
});

/** Every thread but the first, which is the control thread. */
function otherThreads(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .filter((thread) => thread !== pid);
}
