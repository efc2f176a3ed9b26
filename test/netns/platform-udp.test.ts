/** UDP sockets against the kernel: which address answers leave from, marks, narrow paths, threads. */
import assert from 'node:assert/strict';
import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { EventFd } from '../../src/platform/linux/event-fd.ts';
import { LinuxTun, openTun } from '../../src/platform/linux/tun.ts';
import type { UdpHandle } from '../../src/platform/linux/udp-socket.ts';
import { closeUdpSockets, openUdpSockets, setFwmark } from '../../src/platform/linux/udp-socket.ts';
import { formatAddress } from '../../src/protocol/address-text.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { decodePath, encodePath } from '../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';
import type { EchoWorkerData } from '../support/netns-echo-worker.ts';
import { address, enterPrivateNamespace, prefix, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';
import { waitFor } from '../support/wait.ts';

const skip = skipWithoutRoot;
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../support/netns-echo-worker.ts' : '../support/netns-echo-worker.js',
  import.meta.url,
);

let arena: Arena;
let handle: UdpHandle;
let carrier: LinuxUdpCarrier;
let data: number;
let path: number;
let loopback: number;

before(() => {
  if (skip !== false) return;
  enterPrivateNamespace();
  loopback = withNetlink((netlink) => netlink.linkIndex('lo'));
  arena = new Arena(256);
  handle = openUdpSockets({ port: 0 });
  carrier = new LinuxUdpCarrier(loadSyscalls(), arena, handle);
  data = arena.reserve(1 << 16);
  path = arena.reserve(PATH_BYTES);
});

after(() => {
  if (skip === false) closeUdpSockets(handle);
});

/** Sends `length` bytes in datagrams of `segment` along the path record at `at`. */
function send(length: number, segment = length, at = path): { sent: number; full: number; failed: number } {
  const one = (value: number): Int32Array => Int32Array.of(value);
  return {
    ...carrier.send({
      count: 1,
      offset: one(data),
      length: one(length),
      segment: one(segment),
      path: one(at),
      flow: one(0),
    }),
  };
}

function aim(host: string, port: number): void {
  encodePath(arena.bytes, path, { address: address(host), port, scopeId: 0 });
}

async function listen(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(socket, 'listening');
  return socket;
}

/** The next datagram that comes to `socket`. */
async function heard(socket: Socket): Promise<{ length: number; from: RemoteInfo }> {
  const [message, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
  return { length: message.length, from };
}

for (const [family, client, ours, prefixLength] of [
  [4, '127.0.0.1', '10.44.0.5', 32],
  [6, '::1', 'fd44::5', 128],
] as const) {
  test(`IPv${family}: answers leave from the address that was spoken to, while it is ours`, { skip }, async () => {
    const added = prefix(`${ours}/${prefixLength}`);
    withNetlink((netlink) => netlink.addAddress(loopback, added));
    const socket = await listen(client);
    socket.send('hello', handle.port, ours);
    assert.equal(await waitFor('the greeting', () => carrier.receive() || undefined), 1);
    arena.bytes.copyWithin(path, carrier.received.path[0], carrier.received.path[0] + PATH_BYTES);
    const endpoint = decodePath(arena.bytes, path);
    assert.equal(formatAddress(endpoint.local?.address as Uint8Array), ours);

    let answer = heard(socket);
    assert.equal(send(10).sent, 1);
    assert.equal((await answer).from.address, ours);
    const forgotten = carrier.state().sourcesForgotten;

    withNetlink((netlink) => netlink.deleteAddress(loopback, added));
    answer = heard(socket);
    assert.deepEqual(send(30, 10), { sent: 3, full: 0, failed: 0 });
    assert.notEqual((await answer).from.address, ours);
    assert.equal(carrier.state().sourcesForgotten, forgotten + 1);
    assert.equal(decodePath(arena.bytes, path).local, undefined);
    socket.close();
  });
}

test('a mark decides about the route of what is sent', { skip }, () => {
  const tun = openTun({ name: 'awgmark' });
  const device = new LinuxTun(loadSyscalls(), arena, tun);
  const frame = arena.reserve(1 << 17);
  withNetlink((netlink) => {
    const index = netlink.linkIndex('awgmark');
    netlink.setLink(index, { up: true });
    netlink.addAddress(index, prefix('10.45.0.1/32'));
    netlink.addRoute({ prefix: prefix('203.0.113.0/24'), interfaceIndex: index, table: 77 });
    netlink.addRule({ family: 4, priority: 50, table: 77, fwmark: 0x77 });
  });
  const framesOnTun = (): number => {
    let frames = 0;
    while (device.read(frame, 1 << 17) > 0) frames += arena.bytes[frame + 10] >> 4 === 4 ? 1 : 0;
    return frames;
  };
  aim('203.0.113.1', 9);
  assert.deepEqual(send(10), { sent: 0, full: 0, failed: 1 });
  setFwmark(handle, 0x77);
  assert.deepEqual(send(10), { sent: 1, full: 0, failed: 0 });
  assert.equal(framesOnTun(), 1);
  setFwmark(handle, 0);
  assert.deepEqual(send(10), { sent: 0, full: 0, failed: 1 });
  const marked = openUdpSockets({ port: 0, fwmark: 0x77 });
  closeUdpSockets(marked);
  withNetlink((netlink) => netlink.deleteRule({ family: 4, priority: 50, table: 77, fwmark: 0x77 }));
  device.close();
});

test('datagrams larger than the path leave in fragments, trains of them one by one', { skip }, async () => {
  withNetlink((netlink) => netlink.setLink(loopback, { mtu: 1300 }));
  const socket = await listen('127.0.0.1');
  const sizes: number[] = [];
  const complete = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      if (sizes.push(message.length) === 5) resolve();
    });
  });
  aim('127.0.0.1', socket.address().port);
  assert.deepEqual(send(1400 * 4 + 100, 1400), { sent: 5, full: 0, failed: 0 });
  await complete;
  assert.deepEqual(sizes, [1400, 1400, 1400, 1400, 100]);
  assert.equal(carrier.state().segmentsV4, true, 'one narrow path is no reason to give up');
  socket.close();
  withNetlink((netlink) => netlink.setLink(loopback, { mtu: 65536 }));
});

test('a thread works from the handle alone, and a signal ends its sleep', { skip }, async () => {
  const sockets = openUdpSockets({ port: 0 });
  const wake = EventFd.create(loadSyscalls());
  const worker = new Worker(WORKER, {
    workerData: { handle: sockets, wake: wake.descriptor } satisfies EchoWorkerData,
  });
  await once(worker, 'message');
  for (const host of ['127.0.0.1', '::1']) {
    const socket = await listen(host);
    const echo = heard(socket);
    socket.send('four', sockets.port, host);
    assert.deepEqual([(await echo).length, (await echo).from.port], [4, sockets.port]);
    socket.close();
  }
  wake.signal();
  assert.deepEqual(await once(worker, 'exit'), [0]);
  wake.close();
  closeUdpSockets(sockets);
});

test('a machine with IPv6 switched off still has IPv4', { skip }, async () => {
  writeFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', '1');
  const port = handle.port;
  closeUdpSockets(handle);
  handle = openUdpSockets({ port });
  assert.equal(handle.port, port);
  carrier = new LinuxUdpCarrier(loadSyscalls(), arena, handle);
  const socket = await listen('127.0.0.1');
  aim('::1', socket.address().port);
  assert.deepEqual(send(20, 10), { sent: 0, full: 0, failed: 2 });
  aim('127.0.0.1', socket.address().port);
  const message = heard(socket);
  assert.deepEqual(send(10), { sent: 1, full: 0, failed: 0 });
  assert.equal((await message).length, 10);
  socket.close();
});
