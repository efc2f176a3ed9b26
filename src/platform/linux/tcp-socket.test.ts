import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { getOption, SOL_SOCKET } from './socket.ts';
import type { AcceptedSocket } from './tcp-socket.ts';
import { acceptTcp, openTcpListener, openTcpSocket } from './tcp-socket.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === 'IPv6') === true;
const skipV6 = skip !== false ? skip : !hasIpv6 && 'no IPv6 on the loopback';
const skipMark = skip !== false ? skip : process.getuid?.() !== 0 && 'needs root for marks';
const SO_MARK = 36;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

async function accepted(listener: number): Promise<AcceptedSocket> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const result = acceptTcp(loadSyscalls(), listener);
    if (typeof result === 'object') return result;
    assert.equal(result, 'empty');
    assert.ok(performance.now() < deadline, 'nobody came');
    await setTimeout(5);
  }
}

for (const [host, bytes, reason] of [
  ['127.0.0.1', [127, 0, 0, 1], skip],
  ['::1', [...new Array<number>(15).fill(0), 1], skipV6],
] as const) {
  test(`a listener for every address accepts from ${host} and says from where`, { skip: reason }, async () => {
    const syscalls = loadSyscalls();
    const { descriptor, port } = openTcpListener(syscalls, { address: undefined, port: 0 }, 0);
    assert.equal(acceptTcp(syscalls, descriptor), 'empty');
    const client = connect(port, host);
    const connected = once(client, 'connect');
    const { remote, descriptor: connection } = await accepted(descriptor);
    await connected;
    assert.deepEqual([...remote.address], bytes);
    assert.equal(remote.port, client.localPort);
    assert.equal(getOption(syscalls, connection, IPPROTO_TCP, TCP_NODELAY), 1);
    client.destroy();
    syscalls.close(connection);
    syscalls.close(descriptor);
  });
}

test('what is connected, and what is accepted, carries the mark', { skip: skipMark }, async () => {
  const syscalls = loadSyscalls();
  const socket = openTcpSocket(syscalls, 4, 0x1234);
  assert.equal(getOption(syscalls, socket, SOL_SOCKET, SO_MARK), 0x1234);
  syscalls.close(socket);
  const { descriptor, port } = openTcpListener(syscalls, { address: Uint8Array.of(127, 0, 0, 1), port: 0 }, 0x55);
  const client = connect(port, '127.0.0.1');
  const { descriptor: connection } = await accepted(descriptor);
  assert.equal(getOption(syscalls, connection, SOL_SOCKET, SO_MARK), 0x55);
  client.destroy();
  syscalls.close(connection);
  syscalls.close(descriptor);
});

test('a port that is taken is an error that says so', { skip }, async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const where = { address: Uint8Array.of(127, 0, 0, 1), port: address.port };
  assert.throws(
    () => openTcpListener(loadSyscalls(), where, 0),
    (error) => error instanceof SystemCallError && error.code === 'EADDRINUSE' && /TCP port/.test(error.message),
  );
  server.close();
});
