import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint } from '../../src/testing/addresses.ts';
import { ALICE, Pair } from './pair.ts';

/** A connected pair long after its first packets, with what they caused behind it. */
function quietPair(): Pair {
  const pair = Pair.connected();
  pair.advance(30_000);
  return pair;
}

test('data that is not answered gets one keepalive, ten seconds after its receipt', () => {
  const pair = quietPair();
  const before = pair.bob.keepalives.length;
  const sentAt = pair.clock.at;
  pair.alice.send(pair.bobId, 'one way');
  pair.advance(60_000);
  assert.deepEqual(
    pair.bob.keepalives.slice(before).map(({ at }) => at - sentAt),
    [10_020],
  );
});

test('data that is answered gets no keepalive', () => {
  const pair = quietPair();
  const before = pair.bob.keepalives.length;
  pair.alice.send(pair.bobId, 'question');
  pair.advance(5_000);
  pair.bob.send(pair.aliceId, 'answer');
  pair.advance(60_000);
  assert.equal(pair.bob.keepalives.length, before);
  assert.equal(pair.alice.keepalives.length, 1, 'the answer itself gets one');
});

test('two idle ends never ping-pong keepalives', () => {
  const pair = quietPair();
  pair.alice.send(pair.bobId, 'x');
  pair.bob.send(pair.aliceId, 'y');
  pair.advance(60_000);
  const before = pair.network.flights.length;
  pair.advance(24 * 3_600_000);
  assert.equal(pair.network.flights.length, before);
  assert.equal(pair.alice.tunnel.nextDeadline(), undefined);
  assert.equal(pair.bob.tunnel.nextDeadline(), undefined);
});

test('the end that only receives sends a keepalive about every ten seconds', () => {
  const pair = quietPair();
  const before = pair.bob.keepalives.length;
  for (let second = 0; second < 60; second++) {
    pair.alice.send(pair.bobId, `packet ${second}`);
    pair.advance(1_000);
  }
  const sent = pair.bob.keepalives.length - before;
  assert.ok(sent >= 5 && sent <= 6, `${sent}`);
  assert.equal(pair.network.flights.filter(({ content }) => content instanceof Uint8Array).length, 2, 'one handshake');
});

test('a peer that has gone silent is called by a new handshake after fifteen seconds', () => {
  const pair = quietPair();
  pair.network.detach(pair.bob.endpoint);
  const lostAt = pair.clock.at;
  pair.alice.send(pair.bobId, 'anyone there?');
  pair.advance(20_000);
  const calls = pair.alice.eventsOf('handshake-sent').filter(({ at }) => at > lostAt);
  assert.ok(calls.length === 1 && calls[0] !== undefined);
  const wait = calls[0].at - lostAt;
  assert.ok(wait >= 15_000 && wait < 15_334, `${wait}`);
});

test('a persistent keepalive is sent at once and then at its interval', () => {
  const pair = new Pair({ alice: { persistentKeepalive: 25 } });
  pair.advance(1_000);
  const start = pair.alice.keepalives[0]?.at as number;
  pair.advance(100_000);
  const gaps = pair.alice.keepalives.map(({ at }) => at - start);
  assert.equal(gaps.length, 5);
  assert.ok(
    gaps.every((gap, i) => Math.abs(gap - 25_000 * i) < 100),
    gaps.join(),
  );
});

test('persistent keepalives do not fire while traffic flows', () => {
  for (const sender of ['alice', 'bob'] as const) {
    const pair = new Pair({ alice: { persistentKeepalive: 25 } });
    pair.advance(100);
    const before = pair.alice.keepalives.length;
    for (let i = 0; i < 20; i++) {
      if (sender === 'alice') pair.alice.send(pair.bobId, 'data');
      else pair.bob.send(pair.aliceId, 'data');
      pair.advance(5_000);
    }
    const forced = sender === 'alice' ? 0 : 10;
    assert.ok(pair.alice.keepalives.length - before <= forced, sender);
  }
});

test('a persistent keepalive keeps the address of a peer behind NAT known', () => {
  const pair = new Pair({ alice: { persistentKeepalive: 1 } });
  pair.advance(3_000);
  const elsewhere = endpoint('203.0.113.5', 4000);
  pair.alice.moveTo(elsewhere);
  pair.advance(3_000);
  pair.bob.send(pair.aliceId, 'found you');
  pair.advance(100);
  assert.deepEqual(pair.alice.delivered, ['found you']);
  assert.notDeepEqual(pair.bob.peer(pair.aliceId).endpoint, ALICE);
});

test('a persistent keepalive goes on calling a peer that is away, and finds it when it is back', () => {
  const pair = new Pair({ alice: { persistentKeepalive: 25 } });
  pair.cut();
  pair.advance(3_600_000);
  assert.ok(pair.alice.eventsOf('handshake-gave-up').length > 5);
  pair.mend();
  pair.advance(60_000);
  assert.equal(pair.bob.eventsOf('handshake-completed').length, 1);
});

test('switching a persistent keepalive on sends one, switching it off ends them', () => {
  const pair = quietPair();
  const before = pair.alice.keepalives.length;
  pair.alice.tunnel.setPersistentKeepalive(pair.bobId, 10, pair.clock.now());
  pair.alice.settle();
  assert.equal(pair.alice.keepalives.length, before + 1);
  pair.advance(35_000);
  assert.equal(pair.alice.keepalives.length, before + 4);
  pair.alice.tunnel.setPersistentKeepalive(pair.bobId, 0, pair.clock.now());
  pair.alice.settle();
  pair.advance(60_000);
  assert.equal(pair.alice.keepalives.length, before + 4);
});
