import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { Arena } from '../../dataplane/arena.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { loadSyscalls } from '../../platform/ffi/syscalls.ts';
import type { UdpHandle } from '../../platform/linux/udp-socket.ts';
import { closeUdpSockets, openUdpSockets } from '../../platform/linux/udp-socket.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Carrier } from '../carrier.ts';
import { PATH_BYTES } from '../carrier.ts';
import { decodePath, encodePath } from '../path.ts';
import { LinuxUdpCarrier } from './linux-udp-carrier.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === 'IPv6') === true;
const skipV6 = skip !== false ? skip : !hasIpv6 && 'no IPv6 on the loopback';

const V4 = Uint8Array.of(127, 0, 0, 1);
const V6 = Uint8Array.from([...new Array<number>(15).fill(0), 1]);

interface Received {
  readonly length: number;
  readonly segment: number;
  readonly from: Endpoint;
  readonly bytes: Uint8Array;
}

class Party {
  readonly arena = new Arena(128);
  readonly handle: UdpHandle;
  readonly carrier: LinuxUdpCarrier;
  readonly data = this.arena.reserve(1 << 17);
  readonly path = this.arena.reserve(PATH_BYTES);

  constructor(syscalls: Syscalls, adapt: (handle: UdpHandle) => UdpHandle = (handle) => handle) {
    this.handle = openUdpSockets({ port: 0 }, syscalls);
    this.carrier = new LinuxUdpCarrier(syscalls, this.arena, adapt(this.handle));
  }

  /** Sends counting bytes, `length` of them, cut into `segment`s. */
  send(to: Endpoint, length: number, segment: number): ReturnType<Carrier['send']> {
    encodePath(this.arena.bytes, this.path, to);
    for (let i = 0; i < length; i++) this.arena.bytes[this.data + i] = i;
    return this.carrier.send({
      count: 1,
      offset: Int32Array.of(this.data),
      length: Int32Array.of(length),
      segment: Int32Array.of(segment),
      path: Int32Array.of(this.path),
      flow: Int32Array.of(0),
    });
  }

  /** Everything that has arrived. */
  receiveAll(): Received[] {
    const { received } = this.carrier;
    const messages: Received[] = [];
    for (let count = this.carrier.receive(); count > 0; count = this.carrier.receive()) {
      for (let i = 0; i < count; i++) {
        const offset = received.offset[i];
        const length = received.length[i];
        const from = decodePath(this.arena.bytes, received.path[i]);
        messages.push({
          length,
          segment: received.segment[i],
          from,
          bytes: this.arena.bytes.slice(offset, offset + length),
        });
      }
    }
    return messages;
  }

  endpoint(address: Uint8Array): Endpoint {
    return { address, port: this.handle.port, scopeId: 0 };
  }
}

let alice: Party;
let bob: Party;
const parties: Party[] = [];

function party(syscalls = loadSyscalls(), adapt?: (handle: UdpHandle) => UdpHandle): Party {
  const made = new Party(syscalls, adapt);
  parties.push(made);
  return made;
}

before(() => {
  if (skip !== false) return;
  alice = party();
  bob = party();
});

after(() => {
  for (const { handle } of parties) closeUdpSockets(handle);
});

for (const [name, address, reason] of [
  ['IPv4', V4, skip],
  ['IPv6', V6, skipV6],
] as const) {
  test(`${name}: a run arrives complete, with the size of its datagrams and its path`, { skip: reason }, () => {
    assert.deepEqual({ ...alice.send(bob.endpoint(address), 10000, 1400) }, { sent: 8, full: 0, failed: 0 });
    const messages = bob.receiveAll();
    assert.equal(
      messages.reduce((sum, { length }) => sum + length, 0),
      10000,
    );
    for (const { segment, length, from } of messages) {
      assert.ok(segment === 1400 || segment === length);
      assert.deepEqual(from.address, address);
      assert.equal(from.port, alice.handle.port);
      assert.deepEqual(from.local?.address, address);
    }
    const all = Buffer.concat(messages.map(({ bytes }) => bytes));
    assert.ok(all.every((byte, index) => byte === (index & 0xff)));
  });

  test(`${name}: an answer finds its way by the path record alone`, { skip: reason }, () => {
    alice.send(bob.endpoint(address), 4, 4);
    const [question] = bob.receiveAll();
    assert.equal(bob.send(question?.from, 6, 6).sent, 1);
    const [answer] = alice.receiveAll();
    assert.equal(answer?.length, 6);
    assert.equal(answer?.from.port, bob.handle.port);
  });
}

test('datagrams of every size arrive, empty and largest included', { skip }, () => {
  const sizes = [0, 1, 1472, 9000, 65507];
  for (const size of sizes) assert.equal(alice.send(bob.endpoint(V4), size, size).sent, 1);
  assert.deepEqual(
    bob.receiveAll().map(({ length }) => length),
    sizes,
  );
});

test('one that is too large is refused alone', { skip }, () => {
  assert.deepEqual({ ...alice.send(bob.endpoint(V4), 65508, 65508) }, { sent: 0, full: 0, failed: 1 });
  assert.equal(alice.send(bob.endpoint(V4), 3, 3).sent, 1);
  assert.equal(bob.receiveAll().length, 1);
});

test('without offloads the same datagrams travel one by one', { skip }, () => {
  const without = (handle: UdpHandle): UdpHandle => ({
    ...handle,
    capabilities: {
      v4: handle.capabilities.v4 && { ...handle.capabilities.v4, segmentOffload: false, receiveOffload: false },
      v6: undefined,
    },
  });
  const real = loadSyscalls();
  // A socket without UDP_GRO: the option is refused when it is opened.
  const syscalls = {
    ...real,
    setsockopt: (fd: number, level: number, name: number, value: number, length: number) =>
      name === 104 && level === 17 ? -1 : real.setsockopt(fd, level, name, value, length),
  };
  const plain = party(syscalls, without);
  assert.equal(plain.handle.capabilities.v4?.receiveOffload, false);
  assert.deepEqual({ ...plain.send(alice.endpoint(V4), 3000, 1400) }, { sent: 3, full: 0, failed: 0 });
  assert.equal(
    alice.receiveAll().reduce((sum, { length }) => sum + length, 0),
    3000,
  );
  assert.equal(alice.send(plain.endpoint(V4), 100 * 64, 100).sent, 64);
  assert.deepEqual(
    plain.receiveAll().map(({ length }) => length),
    new Array(64).fill(100),
  );
  assert.equal(plain.send(alice.endpoint(V6), 10, 10).failed, 1, 'no socket of that family');

  assert.equal(alice.send(plain.endpoint(V4), 20000, 20000).sent, 1);
  alice.send(plain.endpoint(V4), 5, 5);
  assert.deepEqual(
    plain.receiveAll().map(({ length }) => length),
    [5],
    'what does not fit is dropped',
  );
  assert.equal(plain.carrier.state().truncated, 1);
});

test('many messages come in batches, none lost, in order', { skip }, () => {
  for (let i = 1; i <= 100; i++) alice.send(bob.endpoint(V4), i, i);
  assert.deepEqual(
    bob.receiveAll().map(({ length }) => length),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test('a batch is many datagrams or few trains', { skip }, () => {
  const batches = (): number[] => {
    const counts: number[] = [];
    for (let count = bob.carrier.receive(); count > 0; count = bob.carrier.receive()) counts.push(count);
    return counts;
  };
  for (let i = 0; i < 100; i++) alice.send(bob.endpoint(V4), 100 + i, 100 + i);
  assert.deepEqual(batches(), [64, 36]);
  for (let i = 0; i < 100; i++) alice.send(bob.endpoint(V4), 20_000, 1400);
  const [first, ...rest] = batches();
  assert.ok(first === 64, 'nobody could know');
  assert.ok(rest.length > 1 && rest.every((count) => count <= 16), `${rest.join(', ')} messages`);
  alice.send(bob.endpoint(V4), 10, 10);
  batches();
});

test('neither family starves the other', { skip: skipV6 }, () => {
  for (let i = 0; i < 1000; i++) alice.send(bob.endpoint(V4), 700 + i, 700 + i);
  alice.send(bob.endpoint(V6), 5, 5);
  let batches = 0;
  for (let seen = false; !seen; batches++) {
    const count = bob.carrier.receive();
    assert.ok(count > 0, 'the IPv6 datagram never came');
    for (let i = 0; i < count; i++) seen ||= bob.carrier.received.length[i] === 5;
  }
  assert.ok(batches <= 10, `${batches} batches`);
  bob.receiveAll();
});

test('a refused port does not disturb what follows', { skip }, async () => {
  const gone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address();
  gone.close();
  await once(gone, 'close');
  for (let i = 0; i < 3; i++) alice.send({ address: V4, port, scopeId: 0 }, 4, 4);
  assert.equal(alice.send(bob.endpoint(V4), 4, 4).sent, 1);
  assert.equal(bob.receiveAll().length, 1);
  bob.send(alice.endpoint(V4), 9, 9);
  assert.deepEqual(
    alice.receiveAll().map(({ length }) => length),
    [9],
  );
});
