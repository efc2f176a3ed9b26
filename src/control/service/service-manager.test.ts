import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FakeServiceManager } from '../../../test/support/fake-service-manager.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { ServiceManager } from './service-manager.ts';

const skip = process.platform !== 'linux' && 'Linux only';
let worlds = 0;

interface World {
  readonly manager: FakeServiceManager;
  readonly service: ServiceManager;
  readonly warnings: string[];
}

function world(context: TestContext, environment: NodeJS.ProcessEnv = {}): World {
  const manager = new FakeServiceManager(`@awg-service-${process.pid}-${worlds++}`);
  const warnings: string[] = [];
  const service = ServiceManager.find({
    environment: { NOTIFY_SOCKET: manager.address, ...environment },
    onWarning: (warning) => warnings.push(warning),
  });
  assert.ok(service !== undefined);
  context.after(() => {
    service.close();
    manager.close();
  });
  return { manager, service, warnings };
}

test('without a service manager there is none to talk to', () => {
  const onWarning = (): void => assert.fail('nothing to warn of');
  assert.equal(ServiceManager.find({ environment: {}, onWarning }), undefined);
  assert.equal(ServiceManager.find({ environment: { NOTIFY_SOCKET: '' }, onWarning }), undefined);
});

test('an address that is none gives a warning', { skip }, () => {
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  assert.equal(ServiceManager.find({ environment: { NOTIFY_SOCKET: 'vsock:2:1' }, onWarning }), undefined);
  assert.match(warnings[0] ?? '', /NOTIFY_SOCKET: .*"vsock:2:1"/);
});

test('the steps of a life, each as its own message', { skip }, (context) => {
  const { manager, service } = world(context);
  service.waiting('Resolving "vpn.example.net"\nREADY=1', 1500);
  service.ready();
  service.reloading();
  service.ready();
  service.stopping('SIGTERM');
  assert.ok(manager.has('STOPPING=1'));
  const [first, second, reloading = [], fourth, last] = manager.messages;
  assert.deepEqual(first, ['STATUS=Resolving "vpn.example.net" READY=1', 'EXTEND_TIMEOUT_USEC=1500000']);
  assert.deepEqual([second, fourth, last], [['READY=1'], ['READY=1'], ['STOPPING=1', 'STATUS=Stopping: SIGTERM']]);
  assert.equal(reloading[0], 'RELOADING=1');
  assert.match(reloading[1] ?? '', /^MONOTONIC_USEC=\d+$/);
});

test('the watchdog is fed at half its time, and only while the heart beats', { skip }, async (context) => {
  const { manager, service, warnings } = world(context, { WATCHDOG_USEC: '200000', WATCHDOG_PID: String(process.pid) });
  let alive = true;
  const began = performance.now();
  service.watch({ heartbeat: () => alive, status: () => 'Fine' });
  await waitFor('three signs of life', () => manager.count('WATCHDOG=1') >= 3);
  assert.ok(performance.now() - began >= 190, 'one at once, then one every 100 ms');
  assert.equal(manager.count('STATUS=Fine'), 1, 'the status is told when it changes');
  alive = false;
  await waitFor('the bad news', () => manager.has('STATUS=The data plane does not answer'));
  const fed = manager.count('WATCHDOG=1');
  assert.deepEqual(warnings, ['the data plane does not answer']);
  alive = true;
  await waitFor('recovery', () => manager.count('STATUS=Fine') === 2);
  assert.ok(manager.count('WATCHDOG=1') > fed);
  service.stopping('SIGTERM');
  const atEnd = manager.count('WATCHDOG=1');
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(manager.count('WATCHDOG=1'), atEnd, 'nothing after the end');
});

test('no watchdog, or the watchdog of another process: only the status is told', { skip }, (context) => {
  for (const environment of [{}, { WATCHDOG_USEC: '200000', WATCHDOG_PID: '1' }, { WATCHDOG_USEC: 'soon' }]) {
    const { manager, service } = world(context, environment);
    service.watch({ heartbeat: () => true, status: () => 'Fine' });
    assert.ok(manager.has('STATUS=Fine'));
    assert.deepEqual(manager.messages, [['STATUS=Fine']]);
  }
});

test('a manager that is gone is warned about once', { skip }, () => {
  const warnings: string[] = [];
  const service = ServiceManager.find({
    environment: { NOTIFY_SOCKET: '/nonexistent/notify' },
    onWarning: (warning) => warnings.push(warning),
  });
  service?.ready();
  service?.stopping('SIGTERM');
  service?.close();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /cannot reach the service manager/);
});
