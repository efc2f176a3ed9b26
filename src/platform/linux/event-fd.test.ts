import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { EPOLLIN, Epoll } from './epoll.ts';
import { EventFd } from './event-fd.ts';

const skip = process.platform !== 'linux' && 'Linux only';

test('a signal wakes who waits for it, once', { skip }, () => {
  const syscalls = loadSyscalls();
  const epoll = new Epoll(syscalls);
  const [quiet, loud] = [EventFd.create(syscalls), EventFd.create(syscalls)];
  epoll.add(quiet.descriptor);
  epoll.add(loud.descriptor);
  assert.equal(epoll.wait(0), 0);
  const elsewhere = new EventFd(syscalls, loud.descriptor);
  elsewhere.signal();
  elsewhere.signal();
  assert.equal(epoll.wait(-1), 1);
  assert.equal(epoll.ready(0), loud.descriptor);
  assert.equal(epoll.events(0), EPOLLIN);
  assert.equal(loud.drain(), true);
  assert.equal(loud.drain(), false);
  assert.equal(epoll.wait(0), 0);
  epoll.close();
  quiet.close();
  loud.close();
});

test('each of several ready descriptors is reported', { skip }, () => {
  const syscalls = loadSyscalls();
  const epoll = new Epoll(syscalls);
  const events = Array.from({ length: 5 }, () => EventFd.create(syscalls));
  for (const event of events) {
    epoll.add(event.descriptor);
    event.signal();
  }
  const count = epoll.wait(-1);
  const ready = Array.from({ length: count }, (_, index) => epoll.ready(index)).sort((a, b) => a - b);
  assert.deepEqual(
    ready,
    events.map(({ descriptor }) => descriptor).sort((a, b) => a - b),
  );
  epoll.remove(events[0]?.descriptor);
  assert.equal(epoll.wait(0), 4);
  epoll.close();
  for (const event of events) event.close();
});

test('watching what is not open is an error that names the call', { skip }, () => {
  const epoll = new Epoll(loadSyscalls());
  assert.throws(
    () => epoll.add(9999),
    (error) => error instanceof SystemCallError && error.code === 'EBADF',
  );
  epoll.close();
});
