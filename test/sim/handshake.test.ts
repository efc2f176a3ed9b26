import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { fromHex } from '../../src/protocol/bytes.ts';
import { DROP } from '../../src/protocol/drop-reason.ts';
import { endpoint } from '../../src/testing/addresses.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { ALICE, BOB, Pair } from './pair.ts';
import { SimHost } from './sim-host.ts';
import type { Flight } from './sim-network.ts';

const isInitiation = ({ content }: Flight): boolean => content instanceof Uint8Array && content.length === 148;
const isResponse = ({ content }: Flight): boolean => content instanceof Uint8Array && content.length === 92;
const bytesOf = (flight: Flight | undefined): Uint8Array => {
  assert.ok(flight?.content instanceof Uint8Array);
  return flight.content;
};

/** Who gets what the first would have got: a test hears what the network carries. */
const replay = (pair: Pair, flight: Flight, from = flight.from): void => pair.bob.receive({ ...flight, from });

test('the first packet starts a handshake and arrives with it', () => {
  const pair = new Pair();
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  assert.deepEqual(pair.bob.delivered, ['hello']);
  const completed = pair.alice.eventsOf('handshake-completed');
  assert.deepEqual(
    completed.map(({ event }) => [event.role, event.tookMilliseconds]),
    [['initiator', 40]],
  );
  assert.deepEqual(
    pair.bob.eventsOf('handshake-completed').map(({ event }) => event.role),
    ['responder'],
  );
  pair.bob.send(pair.aliceId, 'and back');
  pair.advance(1_000);
  assert.deepEqual(pair.alice.delivered, ['and back']);
});

test('an initiator with nothing to send confirms the keys by a keepalive', () => {
  const pair = new Pair({ alice: { persistentKeepalive: 25 } });
  pair.advance(100);
  assert.equal(pair.alice.keepalives.length, 1);
  assert.equal(pair.bob.eventsOf('handshake-completed').length, 1);
  assert.deepEqual(pair.bob.delivered, []);
});

test('a responder that cannot send yet keeps its packets until the keys are confirmed', () => {
  const pair = new Pair();
  pair.alice.send(pair.bobId, 'hello');
  pair.network.fate = (flight) => (flight.content instanceof Uint8Array ? 20 : 500);
  pair.advance(100);
  pair.bob.send(pair.aliceId, 'early');
  assert.deepEqual(pair.bob.engine.staged(pair.aliceId), ['early']);
  pair.advance(2_000);
  assert.deepEqual(pair.alice.delivered, ['early']);
  assert.equal(pair.bob.eventsOf('handshake-sent').length, 0, 'no second handshake for it');
});

test('twenty initiations in total, then silence until there is new data', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'lost');
  pair.advance(3_600_000);
  const sent = pair.alice.eventsOf('handshake-sent');
  assert.deepEqual(
    sent.map(({ event }) => event.attempt),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  const gaps = sent.slice(1).map(({ at }, i) => at - (sent[i]?.at as number));
  assert.ok(gaps.every((gap) => gap >= 5_000 && gap < 5_334));
  assert.ok(new Set(gaps).size > 5, 'jitter');
  assert.deepEqual(
    pair.alice.eventsOf('handshake-gave-up').map(({ event }) => event.attempts),
    [20],
  );
  assert.deepEqual(pair.alice.engine.staged(pair.bobId), [], 'staged packets are gone');
  assert.equal(pair.alice.tunnel.nextDeadline(), undefined);
  pair.mend();
  pair.alice.send(pair.bobId, 'new');
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['new']);
});

test('a late handshake response is still accepted within the retry window', () => {
  for (const delay of [7_000, 40_000, 90_000]) {
    const pair = new Pair();
    let initiations = 0;
    pair.network.fate = (flight) => {
      if (isInitiation(flight)) return initiations++ === 0 ? 20 : 'lost';
      return isResponse(flight) ? delay : 20;
    };
    pair.alice.send(pair.bobId, 'hello');
    pair.advance(delay + 1_000);
    assert.deepEqual(pair.bob.delivered, ['hello'], `${delay} ms`);
    assert.ok(pair.alice.eventsOf('handshake-sent').length > delay / 5_334);
    pair.advance(60_000);
    assert.equal(pair.alice.eventsOf('handshake-completed').length, 1, 'and the retries end');
  }
});

test('the initiator of a slow handshake gives its keys up no later than the responder', () => {
  const pair = new Pair();
  pair.network.fate = (flight) =>
    isResponse(flight) ? 60_000 : isInitiation(flight) && pair.clock.at > 1_001_000 ? 'lost' : 20;
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(60_100);
  assert.deepEqual(pair.bob.delivered, ['hello']);
  pair.mend();
  pair.advance(130_000);
  pair.alice.send(pair.bobId, 'later');
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['hello', 'later']);
});

test('a response after the handshake was given up is refused', () => {
  const pair = new Pair();
  pair.network.fate = (flight) => (isResponse(flight) ? 120_000 : 20);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(300_000);
  assert.equal(pair.alice.eventsOf('handshake-completed').length, 0);
  assert.equal(pair.alice.tunnel.drops[DROP['unexpected-response']], 20);
});

test('peers further apart than Rekey-Timeout still come together', () => {
  const pair = new Pair();
  pair.mend(6_000);
  pair.alice.send(pair.bobId, 'may be lost: the responder has newer keys when it arrives');
  pair.advance(60_000);
  pair.alice.send(pair.bobId, 'to the moon');
  pair.bob.send(pair.aliceId, 'from the moon');
  pair.advance(10_000);
  assert.deepEqual(pair.bob.delivered.slice(-1), ['to the moon']);
  assert.deepEqual(pair.alice.delivered, ['from the moon']);
  assert.equal(pair.alice.tunnel.drops[DROP['unexpected-response']], 0);
});

test('both sides may begin at the same instant', () => {
  const pair = new Pair();
  pair.alice.send(pair.bobId, 'ping');
  pair.bob.send(pair.aliceId, 'pong');
  pair.advance(1_000);
  assert.deepEqual([pair.bob.delivered, pair.alice.delivered], [['ping'], ['pong']]);
  pair.alice.send(pair.bobId, 'ping 2');
  pair.bob.send(pair.aliceId, 'pong 2');
  pair.advance(1_000);
  assert.deepEqual(
    [pair.bob.delivered, pair.alice.delivered],
    [
      ['ping', 'ping 2'],
      ['pong', 'pong 2'],
    ],
  );
  pair.advance(10_000);
  assert.equal(pair.network.flights.filter(isInitiation).length, 2);
});

test('both sides may begin at the same instant and lose any of the four messages', () => {
  for (let lost = 0; lost < 4; lost++) {
    const pair = new Pair();
    let count = 0;
    pair.network.fate = ({ content }) => (content instanceof Uint8Array && count++ === lost ? 'lost' : 20);
    pair.alice.send(pair.bobId, 'ping');
    pair.bob.send(pair.aliceId, 'pong');
    pair.advance(12_000);
    assert.deepEqual([pair.bob.delivered, pair.alice.delivered], [['ping'], ['pong']], `message ${lost}`);
  }
});

test('a replayed initiation is refused and does not move the peer', () => {
  const pair = Pair.connected();
  const [initiation] = pair.network.flights.filter(isInitiation) as [Flight];
  const keysBefore = pair.bob.engine.sessions;
  replay(pair, initiation, endpoint('203.0.113.66', 666));
  assert.equal(pair.bob.tunnel.drops[DROP['stale-timestamp']], 1);
  assert.deepEqual(pair.bob.peer(pair.aliceId).endpoint, ALICE);
  assert.deepEqual(pair.bob.engine.endpointOf(pair.aliceId), ALICE);
  assert.equal(pair.bob.engine.sessions, keysBefore);
});

test('initiations of one peer within 20 ms of each other are refused', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(6_000);
  const [first, second] = pair.network.flights.filter(isInitiation) as [Flight, Flight];
  replay(pair, first);
  pair.advance(20);
  replay(pair, second);
  assert.equal(pair.bob.tunnel.drops[DROP['initiation-too-soon']], 1);
  pair.advance(1);
  replay(pair, second);
  assert.equal(pair.bob.eventsOf('handshake-answered').length, 2);
});

test('an authenticated initiation moves the peer, in core and data plane', () => {
  const pair = Pair.connected();
  pair.advance(300_000);
  const elsewhere = endpoint('198.51.100.7', 7);
  pair.alice.moveTo(elsewhere);
  pair.network.fate = (flight) => (flight.content instanceof Uint8Array ? 20 : 'lost');
  pair.alice.send(pair.bobId, 'moved');
  pair.advance(100);
  assert.deepEqual(pair.bob.peer(pair.aliceId).endpoint, elsewhere);
  assert.deepEqual(pair.bob.engine.endpointOf(pair.aliceId), elsewhere);
  assert.equal(pair.bob.eventsOf('peer-roamed').length, 1);
});

test('an old initiation, sent again to an end that has restarted, does not lure it away from its peer', () => {
  const pair = Pair.connected();
  pair.bob.send(pair.aliceId, 'hello yourself');
  pair.advance(300_000);
  pair.bob.send(pair.aliceId, 'are you there?');
  pair.advance(1_000);
  const [initiation] = pair.network.flights.filter((flight) => isInitiation(flight) && flight.to === ALICE) as [Flight];
  pair.network.detach(ALICE);
  const restarted = new SimHost(pair.clock, pair.network, { endpoint: ALICE, seed: 1 });
  const bobId = restarted.addPeer({ publicKey: pair.bob.tunnel.publicKey, endpoint: BOB });
  restarted.receive({ ...initiation, from: endpoint('203.0.113.66', 666) });
  assert.equal(restarted.eventsOf('handshake-answered').length, 1, 'nobody can tell that it is old');
  assert.deepEqual(restarted.peer(bobId).endpoint, BOB);
  assert.deepEqual(restarted.engine.endpointOf(bobId), BOB);
  pair.advance(6_000);
  restarted.send(bobId, 'back again');
  pair.advance(1_000);
  assert.equal(pair.bob.delivered.at(-1), 'back again');
});

test('an authenticated response moves the peer, in core and data plane', () => {
  const pair = new Pair();
  pair.network.fate = (flight) => (isResponse(flight) ? 'lost' : 20);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(100);
  const elsewhere = endpoint('198.51.100.7', 7);
  const response = pair.network.flights.find(isResponse) as Flight;
  pair.alice.receive({ ...response, from: elsewhere });
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, elsewhere);
  assert.deepEqual(pair.alice.engine.endpointOf(pair.bobId), elsewhere);
});

test('data from a new address moves the peer, and the next handshake goes there', () => {
  const pair = Pair.connected();
  const elsewhere = endpoint('2001:db8::7', 7);
  pair.alice.moveTo(elsewhere);
  pair.alice.send(pair.bobId, 'moved');
  pair.advance(200_000);
  assert.deepEqual(pair.bob.peer(pair.aliceId).endpoint, elsewhere);
  pair.bob.send(pair.aliceId, 'found you');
  pair.advance(100);
  assert.deepEqual(pair.alice.delivered, ['found you']);
});

test('an unknown peer gets no answer', () => {
  const pair = new Pair();
  const mallory = new SimHost(pair.clock, pair.network, { endpoint: endpoint('203.0.113.66', 666), seed: 3 });
  mallory.send(mallory.addPeer({ publicKey: pair.bob.tunnel.publicKey, endpoint: BOB }), 'let me in');
  pair.advance(100);
  assert.equal(pair.bob.tunnel.drops[DROP['unknown-peer']], 1);
  assert.equal(pair.bob.sent.length, 0);
});

test('forged and truncated messages change nothing, and the true response is still accepted', () => {
  const pair = new Pair();
  pair.network.fate = (flight) => (isResponse(flight) ? 'lost' : 20);
  pair.alice.send(pair.bobId, 'x');
  pair.advance(100);
  const flight = pair.network.flights.find(isResponse) as Flight;
  const response = bytesOf(flight);
  const mac2 = response.length - 16;
  for (let byte = 0; byte < mac2; byte++) {
    const message = Uint8Array.from(response);
    message[byte] ^= 1;
    pair.alice.receive({ ...flight, content: message });
  }
  for (const type of ['initiation', 'response', 'cookie-reply'] as const) {
    pair.alice.report({ kind: 'handshake', type, message: response.subarray(0, 50), from: BOB });
  }
  assert.equal(pair.alice.engine.sessions, 0);
  pair.alice.report({ kind: 'handshake', type: 'response', message: response, from: BOB });
  assert.equal(pair.alice.engine.sessions, 1);
  pair.alice.report({ kind: 'handshake', type: 'response', message: response, from: BOB });
  assert.equal(pair.alice.tunnel.drops[DROP['unexpected-response']], 1, 'once');
});

test('low-order public keys never produce a packet', () => {
  const points = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];
  const pair = new Pair();
  for (const point of points) {
    const id = pair.alice.addPeer({ publicKey: fromHex(point) as Uint8Array, endpoint: BOB, persistentKeepalive: 1 });
    pair.alice.send(id, 'x');
    pair.advance(10_000);
    assert.equal(pair.alice.sent.length, 0, point);
    pair.alice.tunnel.removePeer(id, pair.clock.now());
    pair.alice.settle();
  }
});

test('a wall clock that is set back does not stop handshakes', () => {
  const pair = Pair.connected();
  pair.clock.stepWall(-86_400_000);
  for (let round = 0; round < 3; round++) {
    pair.advance(300_000);
    pair.alice.send(pair.bobId, `round ${round}`);
    pair.advance(1_000);
  }
  assert.deepEqual(pair.bob.delivered, ['hello', 'round 0', 'round 1', 'round 2']);
  assert.equal(pair.bob.tunnel.drops[DROP['stale-timestamp']], 0);
});

test('a handshake waits for an endpoint and begins as soon as there is one', () => {
  const pair = new Pair();
  const carol = new SimHost(pair.clock, pair.network, { endpoint: endpoint('192.0.2.3', 3), seed: 3 });
  const bob = carol.addPeer({ publicKey: pair.bob.tunnel.publicKey });
  pair.bob.addPeer({ publicKey: carol.tunnel.publicKey });
  carol.send(bob, 'hello');
  pair.advance(2_000);
  assert.equal(carol.sent.length, 0);
  carol.tunnel.setEndpoint(bob, BOB);
  carol.settle();
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['hello']);
});

test('a peer with a persistent keepalive is called as soon as its endpoint is known', () => {
  const pair = new Pair();
  const carol = new SimHost(pair.clock, pair.network, { endpoint: endpoint('192.0.2.3', 3), seed: 3 });
  const bob = carol.addPeer({ publicKey: pair.bob.tunnel.publicKey, persistentKeepalive: 25 });
  pair.bob.addPeer({ publicKey: carol.tunnel.publicKey });
  pair.advance(60_000);
  assert.equal(carol.sent.length, 0);
  carol.tunnel.setEndpoint(bob, BOB);
  carol.settle();
  pair.advance(100);
  assert.equal(carol.eventsOf('handshake-completed').length, 1);
});

test('a retry forgets which address of ours the peer spoke to', () => {
  const pair = new Pair();
  const local = { address: ALICE.address, interfaceIndex: 7 };
  pair.cut();
  pair.alice.tunnel.setEndpoint(pair.bobId, { ...BOB, local });
  pair.alice.send(pair.bobId, 'x');
  assert.deepEqual(
    pair.alice.sent.map(({ to }) => to.local),
    [local],
  );
  pair.advance(6_000);
  assert.deepEqual(
    pair.alice.sent.map(({ to }) => to.local),
    [local, undefined],
  );
  assert.equal(pair.alice.engine.endpointOf(pair.bobId)?.local, undefined);
});

test('the indices of handshakes and sessions that have ended are free again', () => {
  const random = new SeededRandom(4);
  let draws = 0;
  const fewIndices = {
    fill: (target: Uint8Array) => random.fill(target),
    uint32: () => {
      assert.ok(++draws < 10_000, 'no index is free');
      return draws % 32;
    },
  };
  const pair = new Pair();
  const carol = new SimHost(pair.clock, pair.network, {
    endpoint: endpoint('192.0.2.3', 3),
    seed: 3,
    random: fewIndices,
  });
  const bob = carol.addPeer({ publicKey: pair.bob.tunnel.publicKey, endpoint: BOB });
  pair.bob.addPeer({ publicKey: carol.tunnel.publicKey });
  for (let round = 0; round < 100; round++) {
    pair.network.fate = () => (round % 10 === 5 ? 'lost' : 20);
    carol.send(bob, 'x');
    pair.advance(181_000);
  }
  assert.ok(carol.eventsOf('handshake-sent').length > 200);
  assert.equal(pair.bob.delivered.length, 90);
});

test('indices are random, unique, and all free again when peers are gone', () => {
  const pair = new Pair();
  const seen = new Set<number>();
  for (let round = 0; round < 20; round++) {
    pair.alice.send(pair.bobId, 'x');
    pair.advance(181_000);
  }
  for (const flight of pair.network.flights.filter(isInitiation)) {
    seen.add(new DataView(bytesOf(flight).buffer).getUint32(4, true));
  }
  assert.equal(seen.size, pair.network.flights.filter(isInitiation).length);
  assert.ok(
    [...seen].some((index) => index > 0x4000_0000),
    'not small numbers',
  );
  assert.ok(pair.alice.engine.sessions <= 3);
  pair.alice.tunnel.removePeer(pair.bobId, pair.clock.now());
  pair.alice.settle();
  assert.equal(pair.alice.engine.sessions, 0);
  assert.equal(pair.alice.tunnel.nextDeadline(), undefined);
});

test('keys of an earlier run of the same device are no obstacle', () => {
  const privateKey = nodeCrypto().generateKeypair().rawPrivateKey;
  const pair = new Pair();
  const where = endpoint('192.0.2.9', 9);
  for (let run = 0; run < 3; run++) {
    const carol = new SimHost(pair.clock, pair.network, { endpoint: where, seed: 10 + run, privateKey });
    if (run === 0) pair.bob.addPeer({ publicKey: carol.tunnel.publicKey });
    carol.send(carol.addPeer({ publicKey: pair.bob.tunnel.publicKey, endpoint: BOB }), `run ${run}`);
    pair.advance(1_000);
  }
  assert.deepEqual(pair.bob.delivered, ['run 0', 'run 1', 'run 2']);
});
