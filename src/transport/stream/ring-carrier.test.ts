/** The data plane's end of the streams, with the test in the place of the hub: real rings, real eventfds. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Arena } from '../../dataplane/arena.ts';
import { loadSyscalls } from '../../platform/ffi/syscalls.ts';
import { EventFd } from '../../platform/linux/event-fd.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { endpoint } from '../../testing/addresses.ts';
import type { SendRuns } from '../carrier.ts';
import { PATH_BYTES } from '../carrier.ts';
import { decodePath, encodePath } from '../path.ts';
import { DatagramRing } from './ring/datagram-ring.ts';
import { ringMemory } from './ring/ring-memory.ts';
import { RingCarrier } from './ring-carrier.ts';

const RING_BYTES = 256 << 10;
const ARENA_PAGES = 64;
const PEER: Endpoint = { ...endpoint('203.0.113.7', 443), bundle: 0x8000_0003 };

const syscalls = loadSyscalls();
const eventFds: EventFd[] = [];
const newEventFd = (): EventFd => {
  const eventFd = EventFd.create(syscalls);
  eventFds.push(eventFd);
  return eventFd;
};
let wakes: { readonly dataPlane: EventFd; readonly hub: EventFd; readonly drained: EventFd };

before(() => {
  wakes = { dataPlane: newEventFd(), hub: newEventFd(), drained: newEventFd() };
});
after(() => {
  for (const eventFd of eventFds) eventFd.close();
});

class World {
  readonly arena = new Arena(ARENA_PAGES);
  readonly carrier: RingCarrier;
  /** The hub's ends. */
  readonly toDataPlane: DatagramRing;
  readonly fromDataPlane: DatagramRing;
  readonly #path = new Uint8Array(PATH_BYTES);

  constructor(system = syscalls) {
    for (const wake of Object.values(wakes)) wake.drain();
    const [toDataPlane, fromDataPlane] = [ringMemory(RING_BYTES), ringMemory(RING_BYTES)];
    this.toDataPlane = new DatagramRing(toDataPlane);
    this.fromDataPlane = new DatagramRing(fromDataPlane);
    this.fromDataPlane.sleep();
    this.carrier = new RingCarrier(system, this.arena, {
      toDataPlane,
      fromDataPlane,
      wakeDataPlane: wakes.dataPlane.descriptor,
      wakeHub: wakes.hub.descriptor,
      drained: wakes.drained.descriptor,
    });
  }

  /** From the hub; wakes the data plane as the hub does. */
  push(bytes: Uint8Array, from = PEER): boolean {
    encodePath(this.#path, 0, from);
    const isPushed = this.toDataPlane.push(0, 0, 0, this.#path, 0, bytes, 0, bytes.length);
    if (this.toDataPlane.wakeNeeded()) wakes.dataPlane.signal();
    return isPushed;
  }

  receive(): { bytes: Uint8Array; from: Endpoint }[] {
    const count = this.carrier.receive();
    const { offset, length, segment, path } = this.carrier.received;
    return Array.from({ length: count }, (_, index) => {
      assert.equal(segment[index], length[index]);
      const bytes = this.arena.bytes.slice(offset[index], offset[index] + length[index]);
      return { bytes, from: decodePath(this.arena.bytes, path[index]) };
    });
  }

  runOf(bytes: Uint8Array, segment: number, to = PEER, flow = -77): SendRuns {
    const [offset, path] = [this.arena.reserve(bytes.length), this.arena.reserve(PATH_BYTES)];
    this.arena.bytes.set(bytes, offset);
    encodePath(this.arena.bytes, path, to);
    const one = (value: number): Int32Array => Int32Array.of(value);
    return {
      count: 1,
      offset: one(offset),
      length: one(bytes.length),
      segment: one(segment),
      path: one(path),
      flow: one(flow),
    };
  }

  /** What the hub finds. */
  take(): { bundle: number; flow: number; bytes: Uint8Array } | undefined {
    const ring = this.fromDataPlane;
    if (!ring.peek()) return undefined;
    const bytes = ring.bytes.slice(ring.dataOffset, ring.dataOffset + ring.length);
    const taken = { bundle: ring.a >>> 0, flow: ring.b, bytes };
    ring.advance();
    return taken;
  }
}

const datagram = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index * 31 + length);

test('datagrams of all sizes come out of the ring as they went in, with their path', () => {
  const world = new World();
  const sizes = [1, 7, 8, 9, 32, 1452, 9000, 65535];
  for (const size of sizes) {
    const from = { ...PEER, port: size };
    assert.equal(world.push(datagram(size), from), true);
    assert.equal(world.push(datagram(3), { ...endpoint('2001:db8::9', 9), bundle: 6 }), true);
    assert.deepEqual(world.receive(), [
      { bytes: datagram(size), from },
      { bytes: datagram(3), from: { ...endpoint('2001:db8::9', 9), bundle: 6 } },
    ]);
  }
});

test('a batch is bounded, and the next one goes on where it ended', () => {
  const world = new World();
  for (let index = 0; index < 1000; index += 1) assert.equal(world.push(Uint8Array.of(index >>> 8, index)), true);
  const batches = [world.receive(), world.receive(), world.receive()];
  assert.deepEqual(
    batches.map(({ length }) => length),
    [512, 488, 0],
  );
  assert.deepEqual(
    batches.flat().map(({ bytes }) => bytes[0] * 256 + bytes[1]),
    Array.from({ length: 1000 }, (_, index) => index),
  );
});

test('the descriptor is readable while there may be something, and no longer', () => {
  const world = new World();
  assert.equal(wakes.dataPlane.drain(), true, 'for a first look');
  assert.deepEqual(world.receive(), []);
  world.push(datagram(1));
  world.push(datagram(2));
  assert.equal(world.receive().length, 2);
  world.push(datagram(3));
  assert.equal(wakes.dataPlane.drain(), true);
  assert.equal(world.receive().length, 1);
  assert.deepEqual(world.receive(), []);
  assert.equal(wakes.dataPlane.drain(), false);
  world.push(datagram(4));
  assert.equal(wakes.dataPlane.drain(), true, 'and again');
});

test('what arrives while the data plane falls asleep is taken, and the descriptor tells of the rest', () => {
  let isFallingAsleep = false;
  const read: typeof syscalls.read = (descriptor, address, length) => {
    const result = syscalls.read(descriptor, address, length);
    if (isFallingAsleep) world.push(datagram(5));
    isFallingAsleep = false;
    return result;
  };
  const world = new World({ ...syscalls, read });
  world.receive();
  world.push(datagram(4));
  assert.equal(world.receive().length, 1);
  isFallingAsleep = true;
  assert.deepEqual(
    world.receive().map(({ bytes }) => bytes),
    [datagram(5)],
  );
  world.push(datagram(6));
  assert.equal(wakes.dataPlane.drain(), true);
  assert.equal(world.receive().length, 1);
});

test('a hub that waits for room is told once the ring has drained', () => {
  const world = new World();
  let pushed = 0;
  while (world.push(datagram(1400))) pushed += 1;
  assert.ok(pushed > 150);
  assert.equal(world.toDataPlane.waitForRoom(), true);
  let received = 0;
  let batches = 0;
  for (let batch = world.receive(); batch.length > 0; batch = world.receive()) {
    received += batch.length;
    batches += 1;
  }
  assert.deepEqual([received, batches], [pushed, 1]);
  assert.equal(wakes.drained.drain(), true);
  world.push(datagram(1));
  world.receive();
  assert.equal(wakes.drained.drain(), false);
});

test('a run leaves datagram by datagram, for its bundle and with its flow, and wakes the hub once', () => {
  const world = new World();
  const bytes = datagram(2500);
  assert.deepEqual({ ...world.carrier.send(world.runOf(bytes, 1000)) }, { sent: 3, full: 0, failed: 0 });
  assert.equal(wakes.hub.drain(), true);
  const cuts = [bytes.slice(0, 1000), bytes.slice(1000, 2000), bytes.slice(2000)];
  for (const cut of cuts) assert.deepEqual(world.take(), { bundle: PEER.bundle, flow: -77, bytes: cut });
  assert.equal(world.take(), undefined);
  world.carrier.send(world.runOf(bytes, 2500));
  assert.equal(wakes.hub.drain(), false, 'which has not gone back to sleep');
});

test('what the ring has no room for is dropped and counted, not waited for', () => {
  const world = new World();
  const runs = world.runOf(datagram(64_000), 1000);
  const total = { sent: 0, full: 0, failed: 0 };
  for (let count = 0; count < 6; count += 1) {
    const { sent, full, failed } = world.carrier.send(runs);
    total.sent += sent;
    total.full += full;
    total.failed += failed;
  }
  assert.deepEqual([total.sent + total.full, total.failed], [6 * 64, 0]);
  assert.equal(total.sent, Math.floor(RING_BYTES / (64 + 1000)));
  for (let count = 0; count < total.sent; count += 1) assert.equal(world.take()?.bytes.length, 1000);
  assert.equal(world.take(), undefined);
  assert.equal(world.carrier.send(runs).sent, 64, 'and there is room again');
});
