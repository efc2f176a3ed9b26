/** The TUN device against the kernel: its life, its name, and what travels through it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Arena } from '../../src/dataplane/arena.ts';
import { ERRNO } from '../../src/platform/ffi/errno.ts';
import type { Syscalls } from '../../src/platform/ffi/syscalls.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { SystemCallError } from '../../src/platform/ffi/system-call-error.ts';
import { closeTun, LinuxTun, openTun } from '../../src/platform/linux/tun.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { encodePath } from '../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';
import { address, enterPrivateNamespace, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';
import { TunPair } from '../support/netns-tun-pair.ts';

const skip = skipWithoutRoot;
const MTU = 1420;
const GSO_TCPV4 = 1;
const GSO_TCPV6 = 4;
const GSO_UDP = 5;

before(enterPrivateNamespace);

test('an interface appears with its MTU and goes with its descriptor', { skip }, () => {
  const handle = openTun({ name: 'awglife', mtu: 1380 });
  assert.deepEqual(structuredClone(handle), handle);
  assert.equal(handle.mtu, 1380);
  const found = withNetlink((netlink) => netlink.findLink('awglife'));
  assert.deepEqual([found?.kind, found?.mtu, found?.up], ['tun', 1380, false]);
  closeTun(handle);
  assert.equal(
    withNetlink((netlink) => netlink.findLink('awglife')),
    undefined,
  );
});

test('the kernel numbers a name with %d', { skip }, () => {
  const handles = [openTun({ name: 'awgn%d' }), openTun({ name: 'awgn%d' })];
  assert.deepEqual(
    handles.map(({ name }) => name),
    ['awgn0', 'awgn1'],
  );
  for (const handle of handles) closeTun(handle);
});

test('a name that is taken, by a TUN or by anything else, is refused', { skip }, () => {
  const handle = openTun({ name: 'awgtaken' });
  for (const name of ['awgtaken', 'lo']) {
    assert.throws(
      () => openTun({ name }),
      (error) =>
        error instanceof SystemCallError &&
        error.code === 'EBUSY' &&
        error.message.includes(`"${name}": the name is taken`),
    );
  }
  closeTun(handle);
});

test('impossible names and MTUs are refused, and leave nothing behind', { skip }, () => {
  for (const name of ['', 'a name', 'a/b', 'sixteen-bytes-it', '..']) {
    assert.throws(() => openTun({ name }), { code: 'EINVAL' }, name);
  }
  assert.throws(() => openTun({ name: 'awgmtu', mtu: 70000 }), { code: 'EINVAL' });
  assert.equal(
    withNetlink((netlink) => netlink.findLink('awgmtu')),
    undefined,
  );
});

test('reading tells an idle device from one that was removed', { skip }, () => {
  const arena = new Arena(4);
  const frame = arena.reserve(1 << 17);
  const tun = new LinuxTun(loadSyscalls(), arena, openTun({ name: 'awggone' }));
  assert.equal(tun.read(frame, 1 << 17), 0);
  withNetlink((netlink) => netlink.deleteLink(netlink.linkIndex('awggone')));
  assert.equal(tun.read(frame, 1 << 17), -ERRNO.EBADFD);
  tun.close();
});

/** The system without some of what TUN devices can do. */
function without(refuse: (request: number, argument: number) => boolean, features: number): Syscalls {
  const real = loadSyscalls();
  const TUNGETFEATURES = 0x800454cf;
  let errno = 0;
  return {
    ...real,
    errno: () => (errno === 0 ? real.errno() : errno),
    ioctl: (descriptor, request, argument) => {
      errno = refuse(request, argument) ? ERRNO.EINVAL : 0;
      if (errno !== 0) return -1;
      const result = real.ioctl(descriptor, request, argument);
      if (request === TUNGETFEATURES)
        real.scratch.view.setUint32(0, real.scratch.view.getUint32(0, true) & features, true);
      return result;
    },
  };
}

const TUNSETOFFLOAD = 0x400454d0;
const IFF_VNET_HDR = 0x4000;
const TUN_F_USO4 = 0x20;

const VARIANTS = [
  { name: 'with every offload', syscalls: () => loadSyscalls(), vnetHeader: true, offloads: { tcp: true, udp: true } },
  {
    name: 'without USO',
    syscalls: () => without((request, mask) => request === TUNSETOFFLOAD && (mask & TUN_F_USO4) !== 0, -1),
    vnetHeader: true,
    offloads: { tcp: true, udp: false },
  },
  {
    name: 'without offloads',
    syscalls: () => without((request) => request === TUNSETOFFLOAD, -1),
    vnetHeader: true,
    offloads: { tcp: false, udp: false },
  },
  {
    name: 'without a virtio header',
    syscalls: () => without(() => false, ~IFF_VNET_HDR),
    vnetHeader: false,
    offloads: { tcp: false, udp: false },
  },
] as const;

for (const variant of VARIANTS) {
  describe(`a device ${variant.name}`, { skip }, () => {
    let pair: TunPair;
    before(() => {
      pair = new TunPair(variant.syscalls());
    });
    after(() => pair.close());

    test('says what it can do', () => {
      assert.equal(pair.near.handle.vnetHeader, variant.vnetHeader);
      assert.deepEqual(pair.near.tun.offloads, variant.offloads);
    });

    for (const [host, gsoType] of [
      ['10.7.0.2', GSO_TCPV4],
      ['fd07::2', GSO_TCPV6],
    ] as const) {
      test(`carries TCP to ${host} unharmed`, async () => {
        pair.seen.length = 0;
        await transfer(pair, host, 4 << 20);
        assert.deepEqual(pair.writeErrors, []);
        const largest = pair.seen.reduce((one, other) => (other.length > one.length ? other : one));
        if (variant.offloads.tcp) {
          assert.ok(largest.length > 10 * MTU, `no super-packet, the largest frame has ${largest.length} bytes`);
          assert.equal(largest.gsoType, gsoType);
        } else {
          assert.ok(largest.length <= MTU + 10, `${largest.length} bytes`);
        }
        if (!variant.vnetHeader) assert.ok(pair.seen.every(({ headerIsZero }) => headerIsZero));
      });
    }

    test('carries UDP trains unharmed', async () => {
      pair.seen.length = 0;
      const lengths = await sendTrain(pair, 20, 1000);
      assert.equal(
        lengths.reduce((sum, length) => sum + length, 0),
        20000,
      );
      const trains = pair.seen.filter(({ length }) => length > 10000);
      assert.equal(trains.length > 0, variant.offloads.udp);
      assert.ok(trains.every(({ gsoType }) => gsoType === GSO_UDP));
    });
  });
}

/** Sends `bytes` bytes from the near system to the far one and checks every one of them. */
async function transfer(pair: TunPair, host: string, bytes: number): Promise<void> {
  const payload = Buffer.alloc(bytes, 'a train of thought ');
  const { server, digest } = pair.far.namespace.run(listen);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  connect(port, host).end(payload);
  assert.equal(await digest, createHash('sha256').update(payload).digest('hex'));
  server.close();
}

/** Listens in the namespace of the caller; the digest is that of all that the first connection brings. */
function listen(): { server: Server; digest: Promise<string> } {
  const hash = createHash('sha256');
  const server = createServer();
  const digest = new Promise<string>((resolve, reject) => {
    server.once('connection', (socket) => {
      socket.on('data', (chunk: Buffer) => hash.update(chunk));
      socket.once('end', () => resolve(hash.digest('hex')));
      socket.once('error', reject);
    });
  });
  server.listen(0);
  return { server, digest };
}

/** One run of `count` datagrams through the tunnel; the lengths of what arrived. */
async function sendTrain(pair: TunPair, count: number, size: number): Promise<number[]> {
  const syscalls = loadSyscalls();
  const arena = new Arena(256);
  const [near, far] = [pair.near, pair.far].map(({ namespace }) => namespace.run(() => openUdpSockets({ port: 0 })));
  if (near === undefined || far === undefined) throw new Error('no sockets');
  const path = arena.reserve(PATH_BYTES);
  encodePath(arena.bytes, path, { address: address('10.7.0.2'), port: far.port, scopeId: 0 });
  const runs = {
    count: 1,
    offset: Int32Array.of(arena.reserve(count * size)),
    length: Int32Array.of(count * size),
    segment: Int32Array.of(size),
    path: Int32Array.of(path),
    flow: Int32Array.of(0),
  };
  assert.equal(new LinuxUdpCarrier(syscalls, arena, near).send(runs).sent, count);
  await setTimeout(100);
  const receiver = new LinuxUdpCarrier(syscalls, arena, far);
  const lengths: number[] = [];
  for (let got = receiver.receive(); got > 0; got = receiver.receive())
    lengths.push(...receiver.received.length.slice(0, got));
  closeUdpSockets(near);
  closeUdpSockets(far);
  return lengths;
}
