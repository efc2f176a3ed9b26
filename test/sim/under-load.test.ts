import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  assert.equal(pair.bob.tunnel.drops[DROP['cookie-sent']], 1);
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
  assert.equal(pair.bob.tunnel.drops[DROP['cookie-sent']], 2);
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
  pair.alice.report({ kind: 'handshake', type: 'cookie-reply', message: new Uint8Array(64), from: BOB, backlog: 1 });
  assert.equal(pair.alice.tunnel.drops[DROP['bad-cookie-reply']], 1);
});

test('a flood of initiations costs no more datagrams and events than the core will hold', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'hello');
  const message = pair.network.flights.find(isInitiation)?.content as Uint8Array;
  for (let i = 0; i < 5_000; i++) {
    const from = endpoint(`198.18.${i >> 8}.${i & 255}`, 1);
    pair.bob.tunnel.handleEvent(
      { kind: 'handshake', type: 'initiation', message, from, backlog: 1000 },
      pair.clock.now(),
    );
  }
  assert.equal(pair.bob.tunnel.drops[DROP['cookie-sent']], 5_000);
  assert.equal(pair.bob.tunnel.pollCommands().length, 4_096);
  assert.equal(pair.bob.tunnel.drops[DROP['send-buffer-full']], 5_000 - 4_096);
  assert.equal(pair.bob.tunnel.pollEvents().length, 1_024);
});
