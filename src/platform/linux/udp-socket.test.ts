import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../ffi/errno.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { AF_INET, AF_INET6 } from './socket.ts';
import { closeUdpSockets, connectToSelf, openUdpSockets, replaceUdpSockets } from './udp-socket.ts';

const skip = process.platform !== 'linux' && 'Linux only';

/** The system with some calls failing: `fails` returns an errno or 0. */
function failing(fails: { socket?: (family: number) => number; bind?: (descriptor: number) => number }): Syscalls {
  const real = loadSyscalls();
  let errno = 0;
  const fail = (number: number): boolean => {
    errno = number;
    return number !== 0;
  };
  return {
    ...real,
    socket: (family, type, protocol) => (fail(fails.socket?.(family) ?? 0) ? -1 : real.socket(family, type, protocol)),
    bind: (fd, address, length) => (fail(fails.bind?.(fd) ?? 0) ? -1 : real.bind(fd, address, length)),
    errno: () => (errno === 0 ? real.errno() : errno),
  };
}

test('both families share a random port, and their buffers are large', { skip }, () => {
  const handle = openUdpSockets({ port: 0 });
  assert.ok(handle.port > 0);
  assert.ok(handle.v4 >= 0);
  assert.deepEqual(structuredClone(handle), handle);
  const { v4 } = handle.capabilities;
  assert.ok(v4?.packetInfo && v4.receiveBuffer > 0 && v4.sendBuffer > 0);
  if (v4.buffersForced) assert.equal(v4.receiveBuffer, 14 << 20);
  closeUdpSockets(handle);
});

test('connected to itself a socket hears what it says', { skip }, () => {
  const syscalls = loadSyscalls();
  const handle = openUdpSockets({ port: 0 });
  connectToSelf(handle);
  const { scratch } = syscalls;
  scratch.bytes.set([1, 2, 3]);
  assert.equal(syscalls.write(handle.v4, scratch.address, 3), 3);
  assert.equal(syscalls.read(handle.v4, scratch.address + 8, 8), 3);
  assert.deepEqual([...scratch.bytes.subarray(8, 11)], [1, 2, 3]);
  closeUdpSockets(handle);
  assert.throws(() => connectToSelf(handle), { code: 'EBADF' });
});

test('a port in use is refused by name', { skip }, () => {
  const first = openUdpSockets({ port: 0 });
  assert.throws(
    () => openUdpSockets({ port: first.port }),
    (error) =>
      error instanceof SystemCallError && error.code === 'EADDRINUSE' && error.message.includes(`${first.port}`),
  );
  closeUdpSockets(first);
});

test('works with IPv4 alone where there is no IPv6', { skip }, () => {
  const syscalls = failing({ socket: (family) => (family === AF_INET6 ? ERRNO.EAFNOSUPPORT : 0) });
  const handle = openUdpSockets({ port: 0 }, syscalls);
  assert.ok(handle.v4 >= 0 && handle.port > 0);
  assert.equal(handle.v6, -1);
  assert.equal(handle.capabilities.v6, undefined);
  closeUdpSockets(handle);
});

test('says so where there is neither family', { skip }, () => {
  const syscalls = failing({ socket: () => ERRNO.EAFNOSUPPORT });
  assert.throws(() => openUdpSockets({ port: 0 }, syscalls), { code: 'EAFNOSUPPORT' });
});

test('tries another random port when the other family has it taken', { skip }, () => {
  let collisions = 0;
  const binds = new Map<number, number>();
  const syscalls = failing({
    bind: (descriptor) => {
      binds.set(descriptor, 1);
      return binds.size % 2 === 0 && collisions++ < 3 ? ERRNO.EADDRINUSE : 0;
    },
  });
  const closed: number[] = [];
  const counting = {
    ...syscalls,
    close: (descriptor: number) => {
      closed.push(descriptor);
      binds.delete(descriptor);
      return syscalls.close(descriptor);
    },
  };
  const handle = openUdpSockets({ port: 0 }, counting);
  assert.equal(collisions, 4);
  assert.equal(closed.length, 6, 'every socket of a failed attempt is closed');
  closeUdpSockets(handle, counting);
});

test('gives up after a hundred random ports, and never retries a given one', { skip }, () => {
  let attempts = 0;
  const syscalls = failing({
    socket: (family) => {
      if (family === AF_INET) attempts++;
      return 0;
    },
    bind: () => ERRNO.EADDRINUSE,
  });
  assert.throws(() => openUdpSockets({ port: 0 }, syscalls), { code: 'EADDRINUSE' });
  assert.equal(attempts, 100);
  attempts = 0;
  assert.throws(() => openUdpSockets({ port: 7 }, syscalls), { code: 'EADDRINUSE' });
  assert.equal(attempts, 1);
});

test('sockets are replaced under their descriptors, by those of another port', { skip }, () => {
  const handle = openUdpSockets({ port: 0 });
  const fresh = openUdpSockets({ port: 0 });
  replaceUdpSockets(handle, fresh);
  const again = openUdpSockets({ port: handle.port });
  assert.throws(() => openUdpSockets({ port: fresh.port }), { code: 'EADDRINUSE' });
  closeUdpSockets(handle);
  closeUdpSockets(openUdpSockets({ port: fresh.port }));
  closeUdpSockets(again);
});

test('a family that has gone missing keeps the old sockets', { skip: skip === false ? !hasIpv6() : skip }, () => {
  const handle = openUdpSockets({ port: 0 });
  const fresh = openUdpSockets(
    { port: 0 },
    failing({ socket: (family) => (family === AF_INET6 ? ERRNO.EAFNOSUPPORT : 0) }),
  );
  assert.throws(() => replaceUdpSockets(handle, fresh), { code: 'EAFNOSUPPORT', message: /IPv6/ });
  assert.throws(() => openUdpSockets({ port: handle.port }), { code: 'EADDRINUSE' });
  closeUdpSockets(fresh);
  closeUdpSockets(handle);
});

function hasIpv6(): boolean {
  const handle = openUdpSockets({ port: 0 });
  closeUdpSockets(handle);
  return handle.v6 >= 0;
}
