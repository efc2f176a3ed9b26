import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { TrafficRecord } from '../engine-port.ts';
import { exactly } from '../range.ts';
import type { Instant } from '../time.ts';
import { PeerTimers } from './policy.ts';
import { keypairLimits, sameLimits, WIREGUARD_TIMING } from './timing.ts';

const NEVER = 0 as Instant;
const SILENCE: TrafficRecord = {
  dataSentUnanswered: NEVER,
  dataReceivedUnanswered: NEVER,
  dataReceivedLast: NEVER,
  dataSentLast: NEVER,
  authenticatedSentLast: NEVER,
  authenticatedReceivedLast: NEVER,
  receivedBytes: 0,
  sentBytes: 0,
  receivedMessages: 0,
  expectedMessages: 0,
  receivedHereLast: NEVER,
  dataReceivedHereLast: NEVER,
};

/** Seconds after the beginning, which is not zero. */
const t = (seconds: number): Instant => (1_000_000 + seconds * 1000) as Instant;

const timers = (timing = WIREGUARD_TIMING) => new PeerTimers(timing, new SeededRandom(1));
const withoutJitter = { ...WIREGUARD_TIMING, rekeyTimeoutJitter: exactly(0) };
const traffic = (seen: Partial<TrafficRecord>): TrafficRecord => ({ ...SILENCE, ...seen });
const due = (peer: PeerTimers, now: Instant, record = SILENCE): string[] => [...peer.expire(now, record)];

test('an initiation is repeated after Rekey-Timeout and up to a third of a second of jitter', () => {
  const waits = Array.from({ length: 200 }, (_, seed) => {
    const peer = new PeerTimers(WIREGUARD_TIMING, new SeededRandom(seed));
    peer.initiationSent(t(0));
    return (peer.next() as number) - t(0);
  });
  assert.ok(waits.every((wait) => wait >= 5000 && wait < 5334));
  assert.ok(new Set(waits).size > 50);
});

test('twenty initiations in all, then the handshake is given up', () => {
  const peer = timers();
  assert.equal(peer.handshakeWanted(t(0)), true);
  peer.initiationSent(t(0));
  let sent = 1;
  for (let now = peer.next() as Instant; ; now = peer.next() as Instant) {
    const [action] = due(peer, now);
    if (action !== 'retry-handshake') {
      assert.equal(action, 'give-up');
      break;
    }
    peer.initiationSent(now);
    sent += 1;
  }
  assert.equal(sent, 20);
  assert.equal(peer.isHandshaking, false);
});

test('a completed handshake is not repeated', () => {
  const peer = timers();
  peer.initiationSent(t(0));
  peer.handshakeCompleted();
  assert.equal(peer.isHandshaking, false);
  assert.deepEqual(due(peer, t(6)), []);
});

test('an initiation keeps Rekey-Timeout from the last response, and is not forgotten', () => {
  const peer = timers(withoutJitter);
  peer.responseSent(t(0));
  assert.equal(peer.handshakeWanted(t(2)), false);
  assert.equal(peer.next(), t(5));
  assert.deepEqual(due(peer, t(5)), ['retry-handshake']);
});

test('what was in the way of an initiation delays it no longer than it lasts', () => {
  const peer = timers(withoutJitter);
  peer.initiationFailed(t(0));
  peer.obstacleGone();
  assert.deepEqual(due(peer, t(1)), ['retry-handshake']);
});

test('a response is welcome for as long as a handshake may take', () => {
  const peer = timers(withoutJitter);
  peer.initiationSent(t(0));
  peer.handshakeCompleted();
  assert.deepEqual(due(peer, t(99)), []);
  assert.deepEqual(due(peer, t(100)), ['forget-initiations']);
});

test('keys are forgotten 3 x Reject-After-Time after the last session', () => {
  const peer = timers();
  peer.sessionDerived(t(0));
  peer.sessionDerived(t(100));
  assert.deepEqual(due(peer, t(639)), []);
  assert.deepEqual(due(peer, t(640)), ['zero-keys']);
});

test('giving up sees to it that old keys are forgotten, without putting that off', () => {
  const fresh = timers({ ...withoutJitter, maxHandshakeAttempts: exactly(0) });
  for (const now of [t(0), t(5)]) fresh.initiationSent(now);
  assert.deepEqual(due(fresh, t(10)), ['give-up']);
  assert.equal(fresh.next(), t(550));
  const old = timers({ ...withoutJitter, maxHandshakeAttempts: exactly(0) });
  old.sessionDerived(t(-300));
  for (const now of [t(0), t(5)]) old.initiationSent(now);
  assert.deepEqual(due(old, t(10)), ['give-up']);
  assert.equal(old.next(), t(240));
});

test('received data that nothing answers is answered by a keepalive, timed from its receipt', () => {
  const peer = timers();
  const record = traffic({ dataReceivedUnanswered: t(1), dataReceivedLast: t(1) });
  assert.equal(peer.observe(record, t(4)), true);
  assert.equal(peer.next(), t(11));
  assert.deepEqual(due(peer, t(11), record), ['send-keepalive']);
  assert.equal(peer.observe(record, t(11)), false, 'the same packet is answered once');
});

test('anything sent takes the place of the keepalive', () => {
  const peer = timers();
  peer.observe(traffic({ dataReceivedUnanswered: t(1), dataReceivedLast: t(1) }), t(1));
  assert.deepEqual(due(peer, t(11), traffic({ dataReceivedLast: t(1), authenticatedSentLast: t(3) })), []);
  assert.equal(peer.next(), undefined);
});

test('a keepalive is due only for the first data after the last thing sent', () => {
  const peer = timers();
  peer.observe(traffic({ dataReceivedUnanswered: t(1), dataReceivedLast: t(1) }), t(1));
  const later = traffic({ dataReceivedUnanswered: t(8), dataReceivedLast: t(8), authenticatedSentLast: t(7) });
  assert.deepEqual(due(peer, t(11), later), []);
  assert.deepEqual(due(peer, t(18), later), ['send-keepalive']);
});

test('data that came while a keepalive was pending gets another one, unless something is sent', () => {
  const record = traffic({ dataReceivedUnanswered: t(0), dataReceivedLast: t(9) });
  const own = { dataReceivedLast: t(9), authenticatedSentLast: (t(10) + 5) as Instant };
  const quiet = timers();
  quiet.observe(record, t(0));
  assert.deepEqual(due(quiet, t(10), record), ['send-keepalive']);
  assert.deepEqual(due(quiet, t(20), traffic(own)), ['send-keepalive']);
  assert.deepEqual(due(quiet, t(30), traffic({ ...own, authenticatedSentLast: t(20) })), []);
  const talking = timers();
  talking.observe(record, t(0));
  assert.deepEqual(due(talking, t(10), record), ['send-keepalive']);
  assert.deepEqual(due(talking, t(20), traffic({ ...own, authenticatedSentLast: t(12) })), []);
});

test('data that nobody answers asks for a new handshake, an answer does not', () => {
  const silent = timers(withoutJitter);
  const record = traffic({ dataSentUnanswered: t(0), authenticatedSentLast: t(3) });
  silent.observe(record, t(0));
  assert.deepEqual(due(silent, t(14), record), []);
  assert.deepEqual(due(silent, t(15), record), ['begin-handshake']);
  const answering = timers(withoutJitter);
  answering.observe(record, t(0));
  assert.deepEqual(due(answering, t(15), traffic({ authenticatedSentLast: t(3) })), []);
});

test('after a failed handshake only more data asks for the next', () => {
  const peer = timers({ ...withoutJitter, maxHandshakeAttempts: exactly(0) });
  const record = traffic({ dataSentUnanswered: t(0), authenticatedSentLast: t(3) });
  peer.observe(record, t(0));
  assert.deepEqual(due(peer, t(15), record), ['begin-handshake']);
  for (const now of [t(15), t(20)]) peer.initiationSent(now);
  assert.deepEqual(due(peer, t(25), record), ['give-up']);
  assert.deepEqual(due(peer, t(60), record), []);
  assert.deepEqual(due(peer, t(100), traffic({ ...record, authenticatedSentLast: t(61) })), ['begin-handshake']);
});

test('a busy peer is looked at once per Keepalive-Timeout, and no keepalive is late for it', () => {
  const peer = timers(withoutJitter);
  peer.observe(traffic({ dataSentUnanswered: t(0), authenticatedSentLast: t(0) }), t(0));
  assert.equal(peer.next(), t(10), 'the other deadline stands at 15 s');
  const received = traffic({ dataReceivedUnanswered: t(1), dataReceivedLast: t(1), authenticatedSentLast: t(0) });
  assert.deepEqual(due(peer, t(10), received), []);
  assert.deepEqual(due(peer, t(11), received), ['send-keepalive']);
});

test('a persistent keepalive counts from the last traffic in either direction', () => {
  const peer = timers();
  peer.setPersistentKeepalive(exactly(25_000), t(0));
  assert.deepEqual(due(peer, t(25), traffic({ authenticatedSentLast: t(10), authenticatedReceivedLast: t(20) })), []);
  assert.equal(peer.next(), t(45));
  assert.deepEqual(due(peer, t(45), traffic({ authenticatedSentLast: t(20) })), ['send-keepalive']);
  assert.equal(peer.next(), t(70));
  peer.setPersistentKeepalive(undefined, t(50));
  assert.equal(peer.next(), undefined);
});

test('after a long sleep what is too old goes first, and each timer acts once', () => {
  const peer = timers();
  peer.sessionDerived(t(0));
  peer.setPersistentKeepalive(exactly(25_000), t(0));
  const record = traffic({ dataReceivedUnanswered: t(1), dataReceivedLast: t(2), dataSentUnanswered: t(3) });
  peer.observe(record, t(3));
  assert.deepEqual(due(peer, t(36_000), record), ['zero-keys', 'send-keepalive']);
  assert.deepEqual(due(peer, t(36_000), record), []);
});

test('every timer may be a range', () => {
  const range = (low: number, high: number) => ({ low: low * 1000, high: high * 1000 });
  const timing = {
    ...withoutJitter,
    rekeyTimeout: range(3, 6),
    keepaliveTimeout: range(8, 12),
    rejectAfterTime: range(150, 170),
  };
  for (let seed = 0; seed < 50; seed++) {
    const peer = new PeerTimers(timing, new SeededRandom(seed));
    peer.initiationSent(t(0));
    const wait = (peer.next() as number) - t(0);
    assert.ok(wait >= 3000 && wait <= 6000);
    assert.equal(peer.handshakeWanted(t(3)), true, 'distance is the lower end');
    peer.sessionDerived(t(0));
  }
  const limits = keypairLimits(timing, new SeededRandom(1));
  assert.equal(limits.rejectAfter, 170_000);
  assert.ok(limits.rekeyOnReceiveAfter >= 139_000 && limits.rekeyOnReceiveAfter <= 159_000);
});

test('a Keepalive-Timeout that may be 0 does not keep the core busy', () => {
  const peer = timers({ ...withoutJitter, keepaliveTimeout: { low: 0, high: 10_000 } });
  const record = traffic({ dataSentUnanswered: t(0), authenticatedSentLast: t(0) });
  peer.observe(record, t(0));
  let looks = 0;
  for (let next = peer.next(); next !== undefined && next < t(15); next = peer.next()) {
    due(peer, next, record);
    looks += 1;
  }
  assert.ok(looks > 10 && looks <= 150, `${looks}`);
});

test('limits drawn from ranges are in them, and are compared by value', () => {
  const timing = { ...WIREGUARD_TIMING, rekeyAfterTime: { low: 60_000, high: 90_000 } };
  const random = new SeededRandom(1);
  const drawn = Array.from({ length: 50 }, () => keypairLimits(timing, random));
  assert.ok(drawn.every(({ rekeyAfter }) => rekeyAfter >= 60_000 && rekeyAfter <= 90_000));
  assert.ok(new Set(drawn.map(({ rekeyAfter }) => rekeyAfter)).size > 40);
  assert.equal(sameLimits(drawn[0], { ...drawn[0] }), true);
  for (const key of ['rekeyAfter', 'rekeyOnReceiveAfter', 'rejectAfter'] as const)
    assert.equal(sameLimits(drawn[0], { ...drawn[0], [key]: 1 }), false);
});

test('a receiver asks for new keys at once where the lead is longer than the keys live', () => {
  const timing = { ...WIREGUARD_TIMING, rejectAfterTime: exactly(9_000) };
  assert.equal(keypairLimits(timing, new SeededRandom(1)).rekeyOnReceiveAfter, 0);
});

test('the limits of plain WireGuard are 120 s, 165 s and 180 s', () => {
  const limits = keypairLimits(WIREGUARD_TIMING, new SeededRandom(1));
  assert.deepEqual(limits, { rekeyAfter: 120_000, rekeyOnReceiveAfter: 165_000, rejectAfter: 180_000 });
});

test('another timing holds for what is armed from then on', () => {
  const peer = timers(withoutJitter);
  peer.setTiming({ ...withoutJitter, rekeyTimeout: exactly(1000) });
  peer.initiationSent(t(0));
  assert.equal(peer.next(), t(1));
});

test('each handshake counts its own initiations', () => {
  const peer = timers(withoutJitter);
  peer.initiationSent(t(0));
  peer.initiationSent(t(5));
  assert.equal(peer.initiations, 2);
  peer.handshakeCompleted();
  assert.equal(peer.initiations, 0);
  peer.initiationFailed(t(20));
  assert.equal(peer.handshakeWanted(t(30)), true);
  assert.equal(peer.initiations, 0);
});

test('a handshake soon after an initiation waits for Rekey-Timeout, after a stop it does not', () => {
  const peer = timers(withoutJitter);
  peer.initiationSent(t(0));
  peer.handshakeCompleted();
  assert.equal(peer.handshakeWanted(t(1)), false);
  assert.equal(peer.next(), t(5));
  peer.stop();
  assert.equal(peer.handshakeWanted(t(1)), true);
});

test('a retry that comes while a response of ours is fresh is put off, not dropped', () => {
  const peer = timers(withoutJitter);
  peer.initiationSent(t(0));
  peer.responseSent(t(3));
  assert.deepEqual(due(peer, t(5)), []);
  assert.equal(peer.next(), t(8));
  assert.deepEqual(due(peer, t(8)), ['retry-handshake']);
});

test('initiations are forgotten when the longest handshake would be over, or earlier when told', () => {
  const jittered = { ...withoutJitter, rekeyTimeoutJitter: { low: 0, high: 333 } };
  const peer = timers(jittered);
  peer.trialSent(t(0));
  assert.equal(peer.next(), t(20 * 5.333));
  peer.initiationsForgotten();
  assert.equal(peer.next(), undefined);
});

test('without keys there is nothing to answer and nothing to wait for', () => {
  const peer = timers(withoutJitter);
  peer.sessionDerived(t(0));
  const record = traffic({ dataReceivedUnanswered: t(539), dataReceivedLast: t(539), dataSentUnanswered: t(538) });
  peer.observe(record, t(539));
  assert.deepEqual(due(peer, t(540), record), ['zero-keys']);
  assert.deepEqual(due(peer, t(560), record), []);
});

test('nobody looks at a peer of whom nothing is expected', () => {
  const peer = timers(withoutJitter);
  assert.equal(peer.observe(traffic({ dataSentUnanswered: t(0) }), t(0)), true);
  assert.equal(peer.next(), t(10));
  assert.equal(peer.observe(SILENCE, t(1)), false);
  assert.equal(peer.next(), undefined);
});
