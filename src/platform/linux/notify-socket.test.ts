import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeServiceManager } from '../../../test/support/fake-service-manager.ts';
import { NotifySocket } from './notify-socket.ts';

const skip = process.platform !== 'linux' && 'Linux only';

for (const kind of ['path', 'abstract name']) {
  test(`assignments arrive as one datagram, by ${kind}`, { skip }, (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'awg-notify-'));
    context.after(() => rmSync(directory, { recursive: true }));
    const manager = new FakeServiceManager(kind === 'path' ? join(directory, 'notify') : `@${directory}`);
    context.after(() => manager.close());
    const socket = new NotifySocket(manager.address);
    context.after(() => socket.close());
    socket.send(['READY=1', 'STATUS=löuft']);
    socket.send(['WATCHDOG=1']);
    assert.ok(manager.has('WATCHDOG=1'));
    assert.deepEqual(manager.messages, [['READY=1', 'STATUS=löuft'], ['WATCHDOG=1']]);
  });
}

test('nobody there is an error that says so', { skip }, () => {
  const socket = new NotifySocket('/nonexistent/notify');
  assert.throws(() => socket.send(['READY=1']), { code: 'ENOENT', message: /reach the service manager/ });
  socket.close();
});

test('a manager that does not read is given up on, not waited for', { skip }, (context) => {
  const manager = new FakeServiceManager(`@awg-notify-full-${process.pid}`);
  context.after(() => manager.close());
  const socket = new NotifySocket(manager.address);
  context.after(() => socket.close());
  assert.throws(
    () => {
      for (;;) socket.send(['X=1']);
    },
    { code: 'EAGAIN' },
  );
});

test('what is no address, and what is too long, is refused', { skip }, (context) => {
  for (const name of ['relative', '@', '/', 'vsock:2:1', `/${'x'.repeat(107)}`]) {
    assert.throws(() => new NotifySocket(name), RangeError, name);
  }
  const socket = new NotifySocket(`@${'x'.repeat(106)}`);
  context.after(() => socket.close());
  assert.throws(() => socket.send(['x'.repeat(2049)]), RangeError);
});
