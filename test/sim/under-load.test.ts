import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COOKIE_REPEATS_PER_TURN } from '../../src/protocol/constants.ts';
import { DROP } from '../../src/protocol/drop-reason.ts';
import { endpoint } from '../../src/testing/addresses.ts';
import { ALICE, BOB, Pair } from './pair.ts';
import type { Flight } from './sim-network.ts';

const isCookieReply = ({ content }: Flight): boolean => content instanceof Uint8Array && content.length === 64;
const isInitiation = ({ content }: Flight): boolean => content instanceof Uint8Array && content.length === 148;

test('a busy responder asks for proof of address, and the next retry brings it', () => {
  const pair = new Pair();
  pair.bob.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  assert.equal(pair.bob.engine.drops[DROP['cookie-sent']], 1);
  assert.equal(pair.alice.eventsOf('cookie-received').length, 1);
  assert.equal(pair.network.flights.filter(isInitiation).length, 1, 'nothing is repeated at once');
  pair.advance(5_000);
  assert.deepEqual(pair.bob.delivered, ['hello']);
  assert.equal(pair.network.flights.filter(isInitiation).length, 2);
});

test('a busy initiator asks for proof of address too', () => {
  const pair = new Pair();
  pair.alice.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  assert.equal(pair.bob.eventsOf('cookie-received').length, 1);
  pair.advance(10_000);
  assert.deepEqual(pair.bob.delivered, ['hello']);
});

test('a cookie reply does not move the peer', () => {
  const pair = new Pair();
  pair.bob.engine.backlog = 500;
  pair.network.fate = (flight) => (isCookieReply(flight) ? 'lost' : 20);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  const [cookie] = pair.network.flights.filter(isCookieReply) as [Flight];
  pair.alice.receive({ ...cookie, from: endpoint('203.0.113.66', 666) });
  assert.equal(pair.alice.eventsOf('cookie-received').length, 1);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB);
  assert.deepEqual(pair.alice.engine.endpointOf(pair.bobId), BOB);
});

test('a cookie is of no use to another address', () => {
  const pair = new Pair();
  pair.bob.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  pair.alice.moveTo({ ...ALICE, port: 4444 });
  pair.advance(5_000);
  assert.equal(pair.bob.engine.drops[DROP['cookie-sent']], 2);
  assert.equal(pair.bob.eventsOf('handshake-answered').length, 0);
});

test('an old cookie is not used, and load that has ended is forgotten', () => {
  const pair = new Pair();
  pair.bob.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(6_000);
  pair.advance(200_000);
  pair.bob.engine.backlog = 1;
  pair.alice.send(pair.bobId, 'later');
  pair.advance(1_000);
  const last = pair.network.flights.filter(isInitiation).at(-1)?.content as Uint8Array;
  assert.ok(
    last.subarray(132).every((byte) => byte === 0),
    'no mac2',
  );
  assert.deepEqual(pair.bob.delivered, ['hello', 'later']);
});

test('a cookie reply to nothing we sent is refused', () => {
  const pair = Pair.connected();
  pair.alice.report({ kind: 'handshake', type: 'cookie-reply', message: new Uint8Array(64), from: BOB });
  assert.equal(pair.alice.tunnel.drops[DROP['bad-cookie-reply']], 1);
});

test('a flood from forged addresses is answered by the door, and the core hears nothing of it', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'hello');
  const flight = pair.network.flights.find(isInitiation) as Flight;
  pair.bob.engine.backlog = 1000;
  for (let i = 0; i < 5_000; i++) {
    pair.bob.receive({ ...flight, from: endpoint(`198.18.${i >> 8}.${i & 255}`, 1) });
  }
  assert.equal(pair.bob.engine.drops[DROP['cookie-sent']], 5_000);
  assert.deepEqual([pair.bob.tunnel.pollCommands(), pair.bob.tunnel.pollEvents()], [[], []]);
});

test('what one address repeats is not answered for ever, and somebody else still is at once', () => {
  const pair = new Pair();
  pair.network.fate = (flight) => (isInitiation(flight) ? 'lost' : 20);
  pair.alice.send(pair.bobId, 'hello');
  const flight = pair.network.flights.find(isInitiation) as Flight;
  pair.bob.engine.backlog = 1000;
  const flooder = endpoint('203.0.113.66', 666);
  for (let i = 0; i < 20_000; i++) pair.bob.receive({ ...flight, from: flooder });
  assert.equal(pair.bob.engine.drops[DROP['cookie-sent']], 1 + COOKIE_REPEATS_PER_TURN);
  pair.bob.receive(flight);
  pair.advance(100);
  assert.equal(pair.alice.eventsOf('cookie-received').length, 1);
});
