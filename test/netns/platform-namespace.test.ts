/** Namespaces, pings between them, what is seen on the wire, and what a process without rights is told. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { datagramsOf } from '../../src/platform/linux/captured-datagram.ts';
import { NetworkNamespace } from '../../src/platform/linux/namespace.ts';
import { PacketCapture } from '../../src/platform/linux/packet-capture.ts';
import { ping } from '../../src/platform/linux/ping.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import { formatAddress } from '../../src/protocol/address-text.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { encodePath } from '../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';
import { address, enterPrivateNamespace, prefix, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';

const skip = skipWithoutRoot;
const UNPRIVILEGED = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../support/netns-unprivileged.ts' : '../support/netns-unprivileged.js',
    import.meta.url,
  ),
);

let far: NetworkNamespace;
let near: number;

before(() => {
  if (skip !== false) return;
  enterPrivateNamespace();
  far = NetworkNamespace.create();
  withNetlink((netlink) => {
    netlink.createVeth('awgnear', 'awgfar', { namespaceDescriptor: far.descriptor });
    near = netlink.linkIndex('awgnear');
    netlink.addAddress(near, prefix('10.55.0.1/24'));
    netlink.addAddress(near, prefix('fd55::1/64'));
    netlink.setLink(near, { up: true });
  });
  far.run(() =>
    withNetlink((netlink) => {
      const index = netlink.linkIndex('awgfar');
      netlink.addAddress(index, prefix('10.55.0.2/24'));
      netlink.addAddress(index, prefix('fd55::2/64'));
      netlink.setLink(index, { up: true });
    }),
  );
});

after(() => {
  if (skip === false) far.close();
});

const whereAmI = (): string => readlinkSync('/proc/thread-self/ns/net');

test('work in another namespace happens there, and its end is here again', { skip }, () => {
  const home = whereAmI();
  const there = far.run(whereAmI);
  assert.notEqual(there, home);
  assert.equal(
    far.run(() => execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }).trim()),
    there,
  );
  assert.equal(whereAmI(), home);
  assert.throws(() => far.run(() => assert.fail('in there')), /in there/);
  assert.equal(whereAmI(), home);
  const ofProcess = NetworkNamespace.open(process.pid);
  assert.equal(ofProcess.run(whereAmI), home);
  ofProcess.close();
});

test('a veth end moves to the namespace of a process', { skip }, () => {
  withNetlink((netlink) => {
    netlink.createVeth('awgv0', 'awgv1');
    netlink.setLink(netlink.linkIndex('awgv1'), { namespaceDescriptor: far.descriptor });
    assert.equal(netlink.findLink('awgv1'), undefined);
    netlink.createVeth('awgw0', 'awgw1', process.pid);
    assert.equal(netlink.linkDetails('awgw1').kind, 'veth');
    netlink.deleteLink(netlink.linkIndex('awgv0'));
    netlink.deleteLink(netlink.linkIndex('awgw0'));
  });
  far.run(() => withNetlink((netlink) => assert.equal(netlink.findLink('awgv1'), undefined)));
});

for (const host of ['10.55.0.2', 'fd55::2']) {
  test(`ping ${host}: every request is answered`, { skip }, async () => {
    const heard: number[] = [];
    const options = { address: address(host), count: 5, interval: 20, timeout: 3000, dataBytes: 1000 };
    const result = await ping({ ...options, onReply: (milliseconds) => void heard.push(milliseconds) });
    assert.deepEqual([result.sent, result.received], [5, 5]);
    assert.deepEqual(result.roundTrips, heard);
    assert.ok(heard.every((milliseconds) => milliseconds > 0 && milliseconds < 5000));
  });
}

test('ping of nobody ends in time, with nothing', { skip }, async () => {
  const result = await ping({ address: address('10.55.0.99'), count: 2, interval: 10, timeout: 50 });
  assert.deepEqual(result, { sent: 2, received: 0, roundTrips: [] });
});

test('a capture shows each datagram as the far end receives it', { skip }, () => {
  const capture = new PacketCapture(near);
  const arena = new Arena(256);
  const sockets = openUdpSockets({ port: 0 });
  const [data, path] = [arena.reserve(10000), arena.reserve(PATH_BYTES)];
  for (let i = 0; i < 3500; i++) arena.bytes[data + i] = Math.floor(i / 1000) + 1;
  for (const host of ['10.55.0.2', 'fd55::2']) {
    encodePath(arena.bytes, path, { address: address(host), port: 7777, scopeId: 0 });
    const one = (value: number): Int32Array => Int32Array.of(value);
    const runs = { count: 1, offset: one(data), length: one(3500), segment: one(1000), path: one(path), flow: one(0) };
    assert.equal(new LinuxUdpCarrier(loadSyscalls(), arena, sockets).send(runs).sent, 4);
  }
  const seen = [];
  for (let packet = capture.read(); packet !== undefined; packet = capture.read()) {
    seen.push(...datagramsOf(packet).filter(({ to, outgoing }) => to.port === 7777 && outgoing));
  }
  const summary = seen.map(({ to, payload, from }) => [
    formatAddress(to.address),
    payload.length,
    payload[0],
    from.port,
  ]);
  const expected = (host: string) => [1000, 1000, 1000, 500].map((size, i) => [host, size, i + 1, sockets.port]);
  assert.deepEqual(summary, [...expected('10.55.0.2'), ...expected('fd55::2')]);
  assert.equal(capture.dropped(), 0);
  capture.close();
  closeUdpSockets(sockets);
});

test('without rights every refusal names the attempt and the right that is missing', { skip }, () => {
  const command = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, UNPRIVILEGED];
  const { outcomes, buffersForced } = JSON.parse(execFileSync('setpriv', command, { encoding: 'utf8' })) as {
    outcomes: Record<string, { name: string; code: string; message: string } | null>;
    buffersForced: boolean;
  };
  const refused = (what: string) => [outcomes[what]?.name, outcomes[what]?.code];
  assert.deepEqual(refused('tun'), ['SystemCallError', 'EPERM']);
  assert.match(outcomes.tun?.message ?? '', /cannot create TUN interface "awgnone": missing privileges, CAP_NET_ADMIN/);
  assert.deepEqual(refused('address'), ['NetlinkError', 'EPERM']);
  assert.match(outcomes.address?.message ?? '', /cannot add address 10\.9\.9\.9\/32 to interface 1: .*CAP_NET_ADMIN/);
  assert.deepEqual(refused('rule'), ['NetlinkError', 'EPERM']);
  assert.deepEqual(refused('mark'), ['SystemCallError', 'EPERM']);
  assert.deepEqual(refused('namespace'), ['SystemCallError', 'EPERM']);
  assert.match(outcomes.namespace?.message ?? '', /CAP_SYS_ADMIN/);
  assert.deepEqual(refused('capture'), ['SystemCallError', 'EPERM']);
  assert.match(outcomes.capture?.message ?? '', /CAP_NET_RAW/);
  assert.deepEqual(refused('ping'), ['SystemCallError', 'EPERM']);
  assert.equal(outcomes.list, null, 'looking is allowed');
  assert.equal(buffersForced, false);
});
