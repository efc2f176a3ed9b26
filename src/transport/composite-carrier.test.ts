import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import { endpoint, MemoryNetwork } from '../testing/index.ts';
import type { SendRuns } from './carrier.ts';
import { PATH_BYTES } from './carrier.ts';
import { CompositeCarrier } from './composite-carrier.ts';
import { decodePath, encodePath } from './path.ts';

const OWN = endpoint('192.0.2.1', 1);
const OWN_STREAM = endpoint('192.0.2.101', 1);
const PEER = endpoint('192.0.2.2', 2);
const PEER_STREAM = endpoint('192.0.2.102', 2);

/** A carrier of two, and a peer for each of them. */
class World {
  readonly arena = new Arena(128);
  readonly network = new MemoryNetwork();
  readonly datagrams = this.network.attach(this.arena, { local: [OWN], batch: 4 });
  readonly streams = this.network.attach(this.arena, { local: [OWN_STREAM], batch: 4 });
  readonly carrier = new CompositeCarrier(this.arena, this.datagrams, this.streams);
  readonly peer = this.network.attach(new Arena(128), { local: [PEER] });
  readonly peerStream = this.network.attach(new Arena(128), { local: [PEER_STREAM] });
  readonly toPeer = this.network.connect(this.streams, this.peerStream, 5).toServer;

  /** One datagram of one byte, its number, to each of these. */
  runsTo(targets: readonly Endpoint[]): SendRuns {
    const { arena } = this;
    const data = arena.reserve(targets.length);
    const paths = targets.map((target) => {
      const path = arena.reserve(PATH_BYTES);
      encodePath(arena.bytes, path, target);
      return path;
    });
    for (const index of targets.keys()) arena.bytes[data + index] = index;
    const ones = Int32Array.from(targets, () => 1);
    return {
      count: targets.length,
      offset: Int32Array.from(targets, (_, index) => data + index),
      length: ones,
      segment: ones,
      path: Int32Array.from(paths),
      flow: Int32Array.from(targets, (_, index) => index),
    };
  }

  /** Where the datagrams of one batch came from. */
  receive(): (number | undefined)[] {
    const count = this.carrier.receive();
    const { path } = this.carrier.received;
    return Array.from({ length: count }, (_, index) => decodePath(this.arena.bytes, path[index]).bundle);
  }

  arrive(byUdp: number, byStream: number): void {
    const bytes = Uint8Array.of(1);
    for (let count = 0; count < byUdp; count += 1) this.datagrams.enqueue({ from: PEER, to: OWN, bytes });
    for (let count = 0; count < byStream; count += 1) {
      this.streams.enqueue({ from: this.toPeer, to: OWN_STREAM, bytes });
    }
  }
}

test('each datagram goes to the carrier that its path names, in order, and the report is of both', () => {
  const world = new World();
  const targets = Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? PEER : world.toPeer));
  world.datagrams.limitSends(90);
  assert.deepEqual({ ...world.carrier.send(world.runsTo(targets)) }, { sent: 290, full: 10, failed: 0 });
  assert.deepEqual([world.peer.waiting, world.peerStream.waiting], [90, 200]);
  assert.deepEqual({ ...world.carrier.send(world.runsTo([PEER])) }, { sent: 0, full: 1, failed: 0 }, 'each by itself');
});

test('flows reach the carrier of the streams', () => {
  const world = new World();
  const seen: number[] = [];
  const send = world.streams.send.bind(world.streams);
  world.streams.send = (runs) => {
    seen.push(...runs.flow.subarray(0, runs.count));
    return send(runs);
  };
  world.carrier.send(world.runsTo([PEER, world.toPeer, PEER, world.toPeer]));
  assert.deepEqual(seen, [1, 3]);
});

test('what either has received comes out, and then there is nothing', () => {
  const world = new World();
  world.arrive(2, 1);
  assert.deepEqual([world.receive(), world.receive(), world.receive()], [[undefined, undefined], [5], []]);
  world.arrive(0, 1);
  assert.deepEqual(world.receive(), [5]);
  assert.deepEqual(world.receive(), []);
});

test('neither keeps the other waiting for long', () => {
  const world = new World();
  const turns: (number | undefined)[] = [];
  for (let batch = 0; batch < 64; batch += 1) {
    world.arrive(4, 4);
    turns.push(world.receive()[0]);
  }
  const streams = turns.filter((bundle) => bundle !== undefined).length;
  assert.ok(streams >= 24 && streams <= 40, `${streams} of 64 batches`);
  const changes = turns.flatMap((bundle, index) => (index > 0 && bundle !== turns[index - 1] ? [index] : []));
  assert.ok(changes.every((change, index) => change - (changes[index - 1] ?? 0) <= 8));
});
