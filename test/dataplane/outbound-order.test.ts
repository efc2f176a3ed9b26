/** When packets leave: those that come alone at once, those that come in crowds together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryTun } from '../../src/testing/index.ts';
import { udpPacket } from '../../src/testing/index.ts';
import { EngineWorld, INITIATOR, RESPONDER } from './engine-world.ts';

function packet(bytes: number): Uint8Array {
  return udpPacket({
    source: INITIATOR.inner,
    destination: RESPONDER.inner,
    sourcePort: 1,
    destinationPort: 2,
    payload: new Uint8Array(bytes),
  });
}

/** How many datagrams had been sent before each read that `work` caused. */
function sentBeforeReads(world: EngineWorld, tun: MemoryTun, work: () => void): number[] {
  const sent: number[] = [];
  let datagrams = 0;
  const read = tun.read.bind(tun);
  tun.read = (offset, capacity) => {
    datagrams += world.takeDatagrams().length;
    sent.push(datagrams);
    return read(offset, capacity);
  };
  work();
  tun.read = read;
  return sent;
}

function connectedWorld(): EngineWorld {
  const world = new EngineWorld();
  world.connect();
  world.takeDatagrams();
  return world;
}

test('a packet that comes alone has left before anybody looks for another', () => {
  const world = connectedWorld();
  const { tun, engine } = world.a;
  tun.inject(packet(100));
  assert.deepEqual(
    sentBeforeReads(world, tun, () => engine.pump()),
    [0, 1],
  );
});

test('in a crowd they leave together, and the first after it alone again', () => {
  const world = connectedWorld();
  const { tun, engine } = world.a;
  for (let index = 0; index < 5; index += 1) tun.inject(packet(100));
  engine.pump();
  for (let index = 0; index < 3; index += 1) tun.inject(packet(100));
  world.takeDatagrams();
  assert.deepEqual(
    sentBeforeReads(world, tun, () => engine.pump()),
    [0, 0, 0, 0],
    'the turn before was a crowd',
  );
  world.takeDatagrams();
  engine.pump();
  tun.inject(packet(100));
  assert.deepEqual(
    sentBeforeReads(world, tun, () => engine.pump()),
    [0, 1],
  );
});

test('one turn takes many small packets, but not more than a megabyte of large ones', () => {
  const world = connectedWorld();
  const { tun, engine } = world.a;
  const left = (count: number, bytes: number): number => {
    for (let index = 0; index < count; index += 1) tun.inject(packet(bytes));
    assert.ok(engine.pump(), 'there is more');
    const { waiting } = tun;
    world.settle();
    return waiting;
  };
  assert.equal(left(70, 20), 6);
  assert.equal(left(30, 60_000), 30 - Math.ceil((1 << 20) / (60_000 + 28 + 10)));
});
