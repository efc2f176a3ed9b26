/** Pinned peers, probes and streams in the data plane: two engines in memory that more than one path joins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { EngineCommand, TrafficRecord } from '../../src/protocol/engine-port.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Connection } from '../../src/testing/index.ts';
import { echoPacket, endpoint, superFrame, tcpPacket, udpPacket } from '../../src/testing/index.ts';
import type { SendRuns } from '../../src/transport/carrier.ts';
import type { EngineNode } from './engine-world.ts';
import { EngineWorld, INITIATOR, RESPONDER } from './engine-world.ts';

const PING = echoPacket({ source: INITIATOR.inner, destination: RESPONDER.inner, payload: new Uint8Array(56) });
const PONG = echoPacket({ source: RESPONDER.inner, destination: INITIATOR.inner, reply: true });
const BUNDLE = 7;

class PathsWorld extends EngineWorld {
  readonly connection: Connection;

  constructor(profile = nullProfile()) {
    super(profile);
    this.connection = this.network.connect(this.a.carrier, this.b.carrier, BUNDLE);
    this.connect();
    this.takeDatagrams();
    this.a.takeEvents('heard');
    this.b.takeEvents('heard');
  }

  run(node: EngineNode, ...commands: EngineCommand[]): void {
    node.engine.execute(commands);
    this.settle();
  }

  pin(node: EngineNode, pinned = true): void {
    this.run(node, { kind: 'pin-path', peer: node.peer, pinned });
  }

  direct(node: EngineNode, to: Endpoint): void {
    this.run(node, { kind: 'set-endpoint', peer: node.peer, endpoint: to });
  }

  probe(node: EngineNode, to: Endpoint | undefined, packet = PING): void {
    this.run(node, { kind: 'send-probe', peer: node.peer, to, packet });
  }

  send(node: EngineNode, packet: Uint8Array): void {
    node.tun.inject(packet);
    this.settle();
  }

  ledger(node: EngineNode): TrafficRecord {
    return node.engine.ledger.read(node.peer);
  }

  /** Where the datagrams since the last call went. */
  destinations(): (number | undefined)[] {
    return this.takeDatagrams().map(({ to }) => to.bundle);
  }
}

/** What the engine hands its carrier, copied because the arrays are used again. */
function spyOnRuns({ carrier }: EngineNode): { lengths: number[]; flows: number[] } {
  const seen = { lengths: [] as number[], flows: [] as number[] };
  const send = carrier.send.bind(carrier);
  carrier.send = (runs: SendRuns) => {
    seen.lengths.push(...runs.length.subarray(0, runs.count));
    seen.flows.push(...runs.flow.subarray(0, runs.count));
    return send(runs);
  };
  return seen;
}

const datagramOf = (sourcePort: number): Uint8Array =>
  udpPacket({
    source: INITIATOR.inner,
    destination: RESPONDER.inner,
    sourcePort,
    destinationPort: 9,
    payload: new Uint8Array(100),
  });

test('a peer goes over to a bundle and back with the same keys, and the other end follows', () => {
  const world = new PathsWorld();
  world.direct(world.a, world.connection.toServer);
  world.send(world.a, PING);
  assert.deepEqual(
    world.b.takeEvents('roamed').map((event) => event.endpoint),
    [world.connection.toClient],
  );
  world.send(world.b, PONG);
  assert.deepEqual(world.destinations(), [BUNDLE, world.connection.toClient.bundle]);
  assert.deepEqual(world.a.takeEvents('roamed'), [], 'the answer came by the path that we send by');
  world.direct(world.a, RESPONDER.outer);
  world.send(world.a, PING);
  world.send(world.b, PONG);
  assert.deepEqual(world.destinations(), [undefined, undefined]);
  assert.equal(world.b.tun.takePackets().length, 2);
  assert.equal(world.a.tun.takePackets().length, 2);
});

test('a pinned peer is heard elsewhere, not followed, and its packets arrive', () => {
  const world = new PathsWorld();
  world.pin(world.a);
  world.direct(world.b, world.connection.toClient);
  world.send(world.b, PONG);
  assert.deepEqual(world.a.takeEvents('heard'), [
    { kind: 'heard', peer: world.a.peer, endpoint: world.connection.toServer, data: true },
  ]);
  assert.equal(world.a.tun.takePackets().length, 1);
  world.takeDatagrams();
  world.send(world.a, PING);
  assert.deepEqual(world.destinations(), [undefined]);
  world.pin(world.a, false);
  world.direct(world.b, world.connection.toClient);
  world.send(world.b, PONG);
  assert.equal(world.a.takeEvents('roamed').length, 1, 'unpinned it is followed again');
});

test('of many packets from elsewhere one in a tenth of a second is reported, and data does not wait for keepalives', () => {
  const world = new PathsWorld();
  world.pin(world.a);
  const seen = (): boolean[] => world.a.takeEvents('heard').map(({ data }) => data);
  const fromElsewhere = (packets: number): void => {
    world.direct(world.b, world.connection.toClient);
    for (let count = 0; count < packets; count += 1) world.send(world.b, PONG);
  };
  world.direct(world.b, world.connection.toClient);
  world.run(world.b, { kind: 'send-keepalive', peer: world.b.peer });
  world.run(world.b, { kind: 'send-keepalive', peer: world.b.peer });
  fromElsewhere(5);
  assert.deepEqual(seen(), [false, true]);
  world.clock.advance(99);
  fromElsewhere(2);
  assert.deepEqual(seen(), []);
  world.clock.advance(1);
  fromElsewhere(2);
  assert.deepEqual(seen(), [true]);
});

test('packets of both paths in one batch are told apart', () => {
  const world = new PathsWorld();
  world.pin(world.a);
  world.clock.advance(1000);
  world.b.engine.execute([{ kind: 'send-probe', peer: world.b.peer, to: undefined, packet: PONG }]);
  world.b.engine.execute([
    { kind: 'send-probe', peer: world.b.peer, to: world.connection.toClient, packet: PONG },
    { kind: 'send-keepalive', peer: world.b.peer },
  ]);
  world.settle();
  assert.equal(world.a.tun.takePackets().length, 2);
  assert.equal(world.a.takeEvents('heard').length, 1);
  assert.equal(world.ledger(world.a).dataReceivedHereLast, world.clock.at);
});

test('a pinned peer without an endpoint takes the first, and learns which address of ours it speaks to', () => {
  const world = new PathsWorld();
  world.run(world.a, { kind: 'set-endpoint', peer: world.a.peer, endpoint: undefined });
  world.pin(world.a);
  world.send(world.b, PONG);
  const [roamed] = world.a.takeEvents('roamed');
  assert.deepEqual(roamed?.endpoint.address, RESPONDER.outer.address);
  world.direct(world.a, RESPONDER.outer);
  world.send(world.b, PONG);
  assert.deepEqual(world.a.takeEvents('roamed')[0]?.endpoint.local?.address, INITIATOR.outer.address);
});

test('the ledger says when the present path was last heard, and forgets with the path', () => {
  const world = new PathsWorld();
  world.pin(world.a);
  world.clock.advance(1000);
  world.send(world.b, PONG);
  const heardAt = world.clock.at;
  assert.deepEqual(
    [world.ledger(world.a).receivedHereLast, world.ledger(world.a).dataReceivedHereLast],
    [heardAt, heardAt],
  );
  world.clock.advance(1000);
  world.run(world.b, { kind: 'send-keepalive', peer: world.b.peer });
  assert.deepEqual(
    [world.ledger(world.a).receivedHereLast, world.ledger(world.a).dataReceivedHereLast],
    [world.clock.at, heardAt],
  );
  world.direct(world.a, RESPONDER.outer);
  assert.equal(world.ledger(world.a).receivedHereLast, world.clock.at, 'the same place in other words');
  world.direct(world.a, world.connection.toServer);
  world.send(world.b, PONG);
  const record = world.ledger(world.a);
  assert.deepEqual([record.receivedHereLast, record.dataReceivedHereLast], [0, 0]);
  assert.equal(record.dataReceivedLast, world.clock.at);
});

test('messages lost, late and replayed are counted as they should', () => {
  const world = new PathsWorld();
  const before = world.ledger(world.b);
  const held = [];
  for (let count = 0; count < 10; count += 1) {
    world.network.detach(world.b.carrier);
    world.send(world.a, PING);
    held.push(...world.takeDatagrams());
  }
  world.network.move(world.b.carrier, [RESPONDER.outer]);
  for (const index of [9, 3, 3, 5]) {
    const datagram = held[index];
    assert.ok(datagram !== undefined);
    world.network.accept(datagram);
    world.settle();
  }
  const { receivedMessages, expectedMessages } = world.ledger(world.b);
  assert.deepEqual([receivedMessages - before.receivedMessages, expectedMessages - before.expectedMessages], [3, 10]);
});

test('a probe is sealed with the session and goes where it should, and no timer relies on it', () => {
  const world = new PathsWorld();
  world.send(world.b, PONG);
  const before = world.ledger(world.a);
  world.clock.advance(10);
  world.probe(world.a, world.connection.toServer);
  assert.deepEqual(world.destinations().at(-1), BUNDLE);
  assert.deepEqual(world.b.tun.takePackets(), [PING]);
  const after = world.ledger(world.a);
  assert.deepEqual(
    [after.sentBytes - before.sentBytes, after.dataSentUnanswered, after.authenticatedSentLast],
    [128, 0, before.authenticatedSentLast],
  );
  world.probe(world.a, undefined);
  assert.deepEqual(world.destinations(), [undefined]);
  assert.equal(world.ledger(world.a).dataSentUnanswered, world.clock.at);
  world.probe(world.a, RESPONDER.outer);
  assert.equal(world.ledger(world.a).authenticatedSentLast, world.clock.at, 'there is where its packets go');
  world.send(world.a, PING);
  assert.deepEqual(world.destinations(), [undefined, undefined], 'and what follows goes to the peer');
});

test('a probe without a session, without an endpoint, or that is no packet goes nowhere', () => {
  const fresh = new EngineWorld();
  const elsewhere = endpoint('192.0.2.50', 50);
  const probe = (to: Endpoint | undefined, packet: Uint8Array): EngineCommand => ({
    kind: 'send-probe',
    peer: fresh.a.peer,
    to,
    packet,
  });
  fresh.a.engine.execute([probe(elsewhere, PING)]);
  assert.deepEqual(fresh.a.takeEvents('session-wanted'), []);
  fresh.connect();
  fresh.takeDatagrams();
  fresh.a.engine.execute([{ kind: 'set-endpoint', peer: fresh.a.peer, endpoint: undefined }, probe(undefined, PING)]);
  fresh.a.engine.execute([probe(elsewhere, new Uint8Array(0)), probe(elsewhere, new Uint8Array(70_000))]);
  fresh.settle();
  assert.deepEqual(fresh.takeDatagrams(), []);
  fresh.a.engine.execute([{ kind: 'set-endpoint', peer: fresh.a.peer, endpoint: fresh.b.endpoint }]);
  fresh.a.tun.inject(PING);
  fresh.settle();
  assert.deepEqual(
    fresh.takeDatagrams().map(({ to }) => to),
    [fresh.b.endpoint],
  );
});

test('runs for a bundle are of one flow each, and carry its hash', () => {
  const world = new PathsWorld();
  world.direct(world.a, world.connection.toServer);
  const seen = spyOnRuns(world.a);
  for (const port of [1, 1, 2, 2, 1]) world.a.tun.inject(datagramOf(port));
  const { source, destination } = { source: INITIATOR.inner, destination: RESPONDER.inner };
  const segments = { source, destination, sourcePort: 3, destinationPort: 4, payload: new Uint8Array(5000) };
  world.a.tun.injectFrame(superFrame(tcpPacket(segments), 1000));
  world.settle();
  const [alone, first, second, third, stream] = seen.flows;
  assert.equal(seen.flows.length, 5);
  assert.deepEqual([alone, first], [third, third]);
  assert.equal(new Set([0, first, second, stream]).size, 4);
  assert.deepEqual(seen.lengths, [160, 160, 2 * 160, 160, 5 * 1072], 'the first waits for no company');
  assert.equal(world.b.tun.takeFrames().length, 3, 'each flow arrives in order, and is merged');
});

test('what has no flow has none in the runs: keepalives, handshakes, and all that goes by UDP', () => {
  const world = new PathsWorld();
  const seen = spyOnRuns(world.a);
  for (const port of [1, 2]) world.a.tun.inject(datagramOf(port));
  world.settle();
  assert.deepEqual(seen, { lengths: [160, 160], flows: [0, 0] });
  world.direct(world.a, world.connection.toServer);
  world.send(world.a, datagramOf(1));
  world.run(world.a, { kind: 'send-keepalive', peer: world.a.peer });
  world.run(world.a, { kind: 'transmit', to: world.connection.toServer, datagrams: [new Uint8Array(148)] });
  assert.deepEqual(
    seen.flows.map((flow) => flow !== 0),
    [false, false, true, false, false],
  );
});

test('a probe to a bundle is of the flow of its packet', () => {
  const world = new PathsWorld();
  const seen = spyOnRuns(world.a);
  world.probe(world.a, world.connection.toServer, datagramOf(1));
  world.direct(world.a, world.connection.toServer);
  world.send(world.a, datagramOf(1));
  assert.notEqual(seen.flows[0], 0);
  assert.equal(seen.flows[0], seen.flows[1]);
});

test('random padding of a probe, and on a path just taken, stays below what any path can carry', () => {
  const world = new PathsWorld({ ...nullProfile(), randomTrailers: true });
  const largest = (action: () => void): number => {
    world.takeDatagrams();
    for (let count = 0; count < 40; count += 1) action();
    return Math.max(...world.takeDatagrams().map(({ bytes }) => bytes.length));
  };
  const full = { source: INITIATOR.inner, destination: RESPONDER.inner, payload: new Uint8Array(1392) };
  world.send(world.a, echoPacket(full));
  assert.ok(largest(() => world.send(world.a, PING)) > 800);
  assert.ok(largest(() => world.probe(world.a, world.connection.toServer)) < 500);
  assert.ok(largest(() => world.send(world.a, PING)) > 800, 'the peer is where it was');
  world.direct(world.a, world.connection.toServer);
  assert.ok(largest(() => world.send(world.a, PING)) < 500);
});
