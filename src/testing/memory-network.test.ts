import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { SendReport } from '../transport/carrier.ts';
import { PATH_BYTES } from '../transport/carrier.ts';
import type { MemoryCarrier } from '../transport/memory/memory-carrier.ts';
import { decodePath, encodePath } from '../transport/path.ts';
import { endpoint } from './addresses.ts';
import { MemoryNetwork } from './memory-network.ts';

const alice = endpoint('192.0.2.1', 1000);
const bob = endpoint('192.0.2.2', 2000);
const bob6 = endpoint('2001:db8::2', 2000);

function world(options: { readonly trains?: boolean; readonly queueLimit?: number; readonly batch?: number } = {}) {
  const network = new MemoryNetwork();
  const arenas = [new Arena(40), new Arena(40)] as const;
  return {
    network,
    arenas,
    a: network.attach(arenas[0], { local: [alice] }),
    b: network.attach(arenas[1], { local: [bob, bob6], ...options }),
  };
}

function sendRun(
  arena: Arena,
  carrier: MemoryCarrier,
  to: Endpoint,
  bytes: Uint8Array,
  segment = bytes.length,
): SendReport {
  const offset = arena.reserve(bytes.length + 1);
  const path = arena.reserve(PATH_BYTES);
  arena.bytes.set(bytes, offset);
  encodePath(arena.bytes, path, to);
  return carrier.send({
    count: 1,
    offset: Int32Array.of(offset),
    length: Int32Array.of(bytes.length),
    segment: Int32Array.of(segment),
    path: Int32Array.of(path),
    flow: Int32Array.of(0),
  });
}

function receiveAll(arena: Arena, carrier: MemoryCarrier): { bytes: Uint8Array; segment: number; from: Endpoint }[] {
  const { offset, length, segment, path } = carrier.received;
  return Array.from({ length: carrier.receive() }, (_, i) => ({
    bytes: arena.bytes.slice(offset[i], offset[i] + length[i]),
    segment: segment[i],
    from: decodePath(arena.bytes, path[i]),
  }));
}

describe('a datagram', () => {
  test('arrives with its bytes, its source and the address it was sent to', () => {
    const { arenas, a, b } = world();
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    assert.deepEqual({ ...sendRun(arenas[0], a, bob, bytes) }, { sent: 1, full: 0, failed: 0 });
    const [message] = receiveAll(arenas[1], b);
    assert.deepEqual(message, {
      bytes,
      segment: 5,
      from: { ...alice, local: { address: bob.address, interfaceIndex: 1 } },
    });
    assert.equal(b.receive(), 0);
  });

  test('of zero bytes arrives', () => {
    const { arenas, a, b } = world();
    sendRun(arenas[0], a, bob, new Uint8Array(0));
    assert.deepEqual(
      receiveAll(arenas[1], b).map(({ bytes }) => bytes.length),
      [0],
    );
  });

  test('to nobody is lost and counted', () => {
    const { network, arenas, a } = world();
    assert.equal(sendRun(arenas[0], a, endpoint('192.0.2.9', 9), Uint8Array.of(1)).sent, 1);
    assert.equal(network.unroutable, 1);
  });

  test('of a family that the sender does not have fails', () => {
    const { arenas, a } = world();
    assert.equal(sendRun(arenas[0], a, bob6, Uint8Array.of(1)).failed, 1);
  });
});

describe('a run', () => {
  const bytes = Uint8Array.from({ length: 250 }, (_, i) => i);

  test('arrives as single datagrams, the last shorter', () => {
    const { arenas, a, b } = world();
    assert.equal(sendRun(arenas[0], a, bob, bytes, 100).sent, 3);
    const messages = receiveAll(arenas[1], b);
    assert.deepEqual(
      messages.map((message) => message.segment),
      [100, 100, 50],
    );
    assert.deepEqual(Buffer.concat(messages.map((message) => message.bytes)), Buffer.from(bytes));
  });

  test('arrives as one train where trains are on, and the next run begins another', () => {
    const { arenas, a, b } = world({ trains: true });
    sendRun(arenas[0], a, bob, bytes, 100);
    sendRun(arenas[0], a, bob, bytes, 100);
    const messages = receiveAll(arenas[1], b);
    assert.deepEqual(
      messages.map((message) => [message.bytes.length, message.segment]),
      [
        [250, 100],
        [250, 100],
      ],
    );
  });

  test('trains end at another sender, a larger datagram and 64 segments', () => {
    const { network, arenas, b } = world({ trains: true });
    const put = (from: Endpoint, size: number) => network.accept({ from, to: bob, bytes: new Uint8Array(size) });
    put(alice, 10);
    put({ ...alice, port: 1 }, 10);
    put(alice, 10);
    put(alice, 20);
    for (let i = 0; i < 64; i++) put(alice, 20);
    assert.deepEqual(
      receiveAll(arenas[1], b).map(({ bytes: { length } }) => length),
      [10, 10, 10, 64 * 20, 20],
    );
  });

  test('with more than 64 segments or 65,000 bytes fails', () => {
    const { arenas, a } = world();
    assert.equal(sendRun(arenas[0], a, bob, new Uint8Array(65), 1).failed, 65);
    assert.equal(sendRun(arenas[0], a, bob, new Uint8Array(65001), 2000).failed, 33);
  });
});

describe('bounds', () => {
  test('a full receive queue loses what comes', () => {
    const { network, b } = world({ queueLimit: 3 });
    for (let i = 0; i < 5; i++) network.accept({ from: alice, to: bob, bytes: Uint8Array.of(i) });
    assert.deepEqual([b.waiting, b.overflowed], [3, 2]);
  });

  test('a receive brings at most a batch', () => {
    const { network, b } = world({ batch: 4 });
    for (let i = 0; i < 5; i++) network.accept({ from: alice, to: bob, bytes: Uint8Array.of(i) });
    assert.deepEqual([b.receive(), b.receive()], [4, 1]);
  });

  test('a limited send buffer reports what it did not take', () => {
    const { arenas, a, b } = world();
    a.limitSends(2);
    assert.deepEqual({ ...sendRun(arenas[0], a, bob, new Uint8Array(40), 10) }, { sent: 2, full: 2, failed: 0 });
    assert.equal(b.waiting, 2);
  });
});

describe('addresses', () => {
  test('answers leave from the sticky source while it is ours', () => {
    const { network, arenas, a, b } = world();
    const secondary = endpoint('192.0.2.3', 2000);
    network.move(b, [bob, secondary]);
    sendRun(arenas[0], a, secondary, Uint8Array.of(1));
    const [question] = receiveAll(arenas[1], b);
    sendRun(arenas[1], b, question?.from, Uint8Array.of(2));
    assert.deepEqual(receiveAll(arenas[0], a)[0]?.from.address, secondary.address);
    network.move(b, [bob]);
    sendRun(arenas[1], b, question?.from, Uint8Array.of(3));
    assert.deepEqual(receiveAll(arenas[0], a)[0]?.from.address, bob.address);
  });

  test('after a move the old address is nobody', () => {
    const { network, arenas, a, b } = world();
    network.move(b, [endpoint('192.0.2.77', 1)]);
    sendRun(arenas[0], a, bob, Uint8Array.of(1));
    assert.deepEqual([b.waiting, network.unroutable], [0, 1]);
  });

  test('cannot be had twice', () => {
    const { network } = world();
    assert.throws(() => network.attach(new Arena(20), { local: [bob] }), /address in use/);
  });
});

test('observers see what was sent, also what a middleware then swallows', () => {
  const { network, arenas, a, b } = world();
  const seen: number[] = [];
  network.observe(({ bytes }) => seen.push(bytes.length));
  network.use(() => ({ accept: () => undefined }));
  sendRun(arenas[0], a, bob, new Uint8Array(12));
  assert.deepEqual([seen, b.waiting], [[12], 0]);
});

describe('a connection', () => {
  test('brings datagrams both ways, each end under a name of its own', () => {
    const { network, arenas, a, b } = world();
    const { toServer, toClient } = network.connect(a, b, 7);
    assert.deepEqual(toServer, { ...bob, bundle: 7 });
    sendRun(arenas[0], a, toServer, Uint8Array.of(1, 2, 3, 4), 2);
    const received = receiveAll(arenas[1], b);
    assert.deepEqual(
      received.map(({ from }) => from),
      [toClient, toClient],
    );
    sendRun(arenas[1], b, toClient, Uint8Array.of(9));
    assert.deepEqual(receiveAll(arenas[0], a), [{ bytes: Uint8Array.of(9), segment: 1, from: toServer }]);
  });

  test('is another than any other, and its datagrams make no train with those of UDP', () => {
    const { network, arenas, a, b } = world({ trains: true });
    const connections = [network.connect(a, b, 1), network.connect(a, b, 2)];
    for (const to of [bob, ...connections.map(({ toServer }) => toServer)]) sendRun(arenas[0], a, to, Uint8Array.of(1));
    assert.deepEqual(
      receiveAll(arenas[1], b).map(({ from }) => from.bundle),
      [undefined, ...connections.map(({ toClient }) => toClient.bundle)],
    );
  });

  test('ends when one of its carriers moves', () => {
    const { network, arenas, a, b } = world();
    const { toServer, toClient } = network.connect(a, b, 7);
    network.move(a, [endpoint('192.0.2.77', 1000)]);
    sendRun(arenas[0], a, toServer, Uint8Array.of(1));
    sendRun(arenas[1], b, toClient, Uint8Array.of(1));
    assert.deepEqual([a.waiting, b.waiting, network.unroutable], [0, 0, 2]);
  });
});
