/** Pinned peers, probes, and initiations by a path of the owner's choice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint } from '../../src/testing/addresses.ts';
import { ALICE, BOB, Pair } from './pair.ts';
import type { Flight } from './sim-network.ts';

/** Bob is to be found here too. */
const ELSEWHERE = endpoint('198.51.100.2', 443);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Alice has a way to Bob by another address, and answers come back from there. */
function withSecondPath(pair: Pair): Pair {
  pair.network.attach(ELSEWHERE, (flight) => pair.bob.receive(flight));
  return pair;
}

/** Bob moves there with all he sends. */
function moveBob(pair: Pair): void {
  pair.bob.moveTo(ELSEWHERE);
}

function initiateVia(pair: Pair, where = ELSEWHERE): boolean {
  const isSent = pair.alice.tunnel.initiateVia(pair.bobId, where, pair.clock.now());
  pair.alice.settle();
  return isSent;
}

function pin(pair: Pair, pinned = true): void {
  pair.alice.tunnel.pinEndpoint(pair.bobId, pinned);
  pair.alice.settle();
}

const isHandshake = ({ content }: Flight): boolean => content instanceof Uint8Array;
const handshakesTo = (pair: Pair, where = ELSEWHERE): number =>
  pair.alice.sent.filter((flight) => isHandshake(flight) && flight.to === where).length;

test('an initiation by another path begins a session there, and the pinned peer moves when it is answered', () => {
  const pair = withSecondPath(new Pair());
  pin(pair);
  moveBob(pair);
  assert.equal(initiateVia(pair), true);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB, 'not before');
  pair.advance(100);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, ELSEWHERE);
  assert.deepEqual(pair.alice.engine.endpointOf(pair.bobId), ELSEWHERE);
  const [completed] = pair.alice.eventsOf('handshake-completed');
  assert.deepEqual([completed?.event.role, completed?.event.endpoint], ['initiator', ELSEWHERE]);
  assert.deepEqual(pair.bob.eventsOf('handshake-completed')[0]?.event.endpoint, ALICE);
  pair.alice.send(pair.bobId, 'over there');
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['over there']);
});

test('it stands beside the handshake that is going on, whose answer still counts', () => {
  const pair = withSecondPath(new Pair());
  pin(pair);
  pair.network.fate = ({ to }) => (to === ELSEWHERE ? 'lost' : 700);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(300);
  assert.equal(initiateVia(pair), true);
  pair.advance(3_000);
  const completed = pair.alice.eventsOf('handshake-completed');
  assert.deepEqual(
    completed.map(({ at, event }) => [at, event.endpoint]),
    [[(pair.alice.sent[0]?.at ?? 0) + 1_400, BOB]],
  );
  assert.deepEqual(pair.bob.delivered, ['hello']);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB);
});

test('it ends the repetition of the handshake that nobody answers, and what waited goes out', () => {
  const pair = withSecondPath(new Pair());
  pin(pair);
  pair.network.fate = ({ to }) => (to === BOB ? 'lost' : 20);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(800);
  moveBob(pair);
  initiateVia(pair);
  pair.advance(60_000);
  assert.deepEqual(pair.bob.delivered, ['hello']);
  assert.equal(handshakesTo(pair, BOB), 1);
  assert.equal(handshakesTo(pair), 1, 'and it is not repeated itself');
});

test('unanswered, it changes nothing and is forgotten in time', () => {
  const pair = withSecondPath(Pair.connected());
  pin(pair);
  pair.network.fate = ({ to }) => (to === ELSEWHERE ? 'lost' : 20);
  const before = pair.alice.eventsOf('handshake-sent').length;
  initiateVia(pair);
  pair.advance(10_000);
  assert.equal(pair.alice.eventsOf('handshake-sent').length, before + 1);
  pair.alice.send(pair.bobId, 'still here');
  pair.advance(100);
  assert.ok(pair.bob.delivered.includes('still here'));
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB);
  pair.advance(200_000);
  const late = pair.alice.sent.find(({ to }) => to === ELSEWHERE);
  assert.ok(late !== undefined);
  pair.network.fate = () => 20;
  moveBob(pair);
  pair.bob.receive(late);
  pair.advance(1_000);
  assert.equal(
    pair.alice.tunnel.drops.reduce((sum, count) => sum + count, 0),
    1,
    'the answer is to nothing we know',
  );
});

test('no two of them within a tenth of a second, nor any from a stopped tunnel', () => {
  const pair = withSecondPath(new Pair());
  assert.deepEqual([initiateVia(pair), initiateVia(pair), initiateVia(pair, BOB)], [true, false, false]);
  pair.advance(100);
  assert.equal(initiateVia(pair), true);
  pair.alice.tunnel.stop(pair.clock.now());
  pair.advance(1_000);
  assert.equal(initiateVia(pair), false);
  assert.equal(handshakesTo(pair), 2);
});

test('a pinned peer is heard elsewhere and stays where it is; unpinned it roams', () => {
  const pair = withSecondPath(Pair.connected());
  pin(pair);
  moveBob(pair);
  pair.bob.send(pair.aliceId, 'from elsewhere');
  pair.advance(50);
  assert.deepEqual(pair.alice.delivered, ['from elsewhere'], 'and heard it is');
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB);
  assert.deepEqual(
    pair.alice.eventsOf('heard-elsewhere').map(({ event }) => [event.peer, event.endpoint, event.data]),
    [[pair.bobId, ELSEWHERE, true]],
  );
  assert.deepEqual(pair.alice.eventsOf('peer-roamed'), []);
  pin(pair, false);
  pair.bob.send(pair.aliceId, 'again');
  pair.advance(50);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, ELSEWHERE);
});

test('an initiation of a pinned peer from elsewhere is answered there, and moves nothing', () => {
  const pair = withSecondPath(new Pair());
  pin(pair);
  moveBob(pair);
  pair.bob.send(pair.aliceId, 'hello');
  pair.advance(1_000);
  assert.deepEqual(pair.alice.delivered, ['hello']);
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, BOB);
  const [completed] = pair.alice.eventsOf('handshake-completed');
  assert.deepEqual([completed?.event.role, completed?.event.endpoint], ['responder', ELSEWHERE]);
  assert.ok(pair.alice.eventsOf('heard-elsewhere').some(({ event }) => event.endpoint === ELSEWHERE));
});

test('a report of roaming that crosses the order where the peer is to be changes nothing', () => {
  const pair = withSecondPath(Pair.connected());
  pin(pair);
  pair.alice.tunnel.setEndpoint(pair.bobId, ELSEWHERE);
  pair.alice.report({ kind: 'roamed', peer: pair.bobId, endpoint: ALICE });
  assert.deepEqual(pair.alice.peer(pair.bobId).endpoint, ELSEWHERE);
  assert.deepEqual(pair.alice.engine.endpointOf(pair.bobId), ELSEWHERE);
});

test('a probe goes where it is sent with the present session, and to nobody without one', () => {
  const pair = withSecondPath(new Pair());
  const probe = (to: typeof BOB | undefined, text: string): void => {
    pair.alice.tunnel.probe(pair.bobId, to, bytes(text));
    pair.alice.settle();
    pair.advance(50);
  };
  probe(ELSEWHERE, 'too early');
  assert.deepEqual(pair.alice.sent, []);
  pair.alice.send(pair.bobId, 'hello');
  pair.advance(1_000);
  pair.bob.send(pair.aliceId, 'welcome');
  pair.advance(1_000);
  const sentBefore = pair.alice.engine.ledger.read(pair.bobId);
  probe(ELSEWHERE, 'there?');
  probe(undefined, 'here?');
  assert.deepEqual(
    pair.alice.sent.slice(-2).map(({ to }) => to),
    [ELSEWHERE, BOB],
  );
  assert.deepEqual(pair.bob.delivered, ['hello', 'there?', 'here?']);
  const { sentBytes, dataSentUnanswered } = pair.alice.engine.ledger.read(pair.bobId);
  assert.ok(sentBytes > sentBefore.sentBytes + 64);
  assert.equal(dataSentUnanswered, pair.clock.at - 50, 'no timer counts on the first');
});

test('of what is lost on the way the ledger knows how much', () => {
  const pair = Pair.connected();
  let count = 0;
  pair.network.fate = () => (++count % 4 === 0 ? 'lost' : 20);
  for (let message = 0; message < 401; message += 1) pair.alice.send(pair.bobId, `${message}`);
  pair.advance(100);
  const { receivedMessages, expectedMessages } = pair.bob.engine.ledger.read(pair.aliceId);
  assert.deepEqual([receivedMessages, expectedMessages], [302, 402]);
});
