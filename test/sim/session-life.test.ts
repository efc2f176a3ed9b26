import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { isAllZero } from '../../src/protocol/bytes.ts';
import { DROP } from '../../src/protocol/drop-reason.ts';
import type { EngineCommand } from '../../src/protocol/engine-port.ts';
import { ALICE, BOB, Pair } from './pair.ts';

type InstallKeypair = Extract<EngineCommand, { kind: 'install-keypair' }>;

/** Both talk once a second. */
function talk(pair: Pair, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    pair.alice.send(pair.bobId, `a${i}`);
    pair.bob.send(pair.aliceId, `b${i}`);
    pair.advance(1_000);
  }
}

test('hours of traffic: a new handshake every 120 s, by the same side, and no packet lost', () => {
  const pair = Pair.connected();
  talk(pair, 2 * 3_600);
  const handshakes = pair.alice.eventsOf('handshake-completed');
  assert.ok(handshakes.length >= 59 && handshakes.length <= 61, `${handshakes.length}`);
  assert.equal(pair.bob.eventsOf('handshake-sent').length, 0);
  assert.equal(pair.bob.delivered.length, 7_201);
  assert.equal(pair.alice.delivered.length, 7_200);
  assert.ok(pair.alice.engine.sessions <= 3 && pair.bob.engine.sessions <= 3);
});

test('a wish for a session that crosses the news of one begins no second handshake', () => {
  const pair = Pair.connected();
  pair.bob.tunnel.handleEvent({ kind: 'session-wanted', peer: pair.aliceId }, pair.clock.now());
  pair.advance(10_000);
  assert.equal(pair.bob.eventsOf('handshake-sent').length, 0);
  pair.bob.tunnel.handleEvent({ kind: 'session-wanted', peer: pair.aliceId }, pair.clock.now());
  pair.bob.send(pair.aliceId, 'and so it is passed on');
  pair.advance(1_000);
  assert.equal(pair.bob.eventsOf('handshake-sent').length, 1, 'later it is heard');
});

test('an hour of traffic over a lossy path goes on', () => {
  const pair = Pair.connected();
  let count = 0;
  pair.network.fate = () => (count++ % 10 < 3 ? 'lost' : 20);
  talk(pair, 3_600);
  assert.ok(pair.bob.delivered.length > 2_200, `${pair.bob.delivered.length}`);
  assert.ok(pair.alice.delivered.length > 2_200, `${pair.alice.delivered.length}`);
});

test('an initiator that receives under keys older than 165 s asks for new ones, once', () => {
  for (const [age, handshakes] of [
    [160_000, 1],
    [170_000, 2],
  ] as const) {
    const pair = Pair.connected();
    pair.advance(age - 1_000);
    for (let i = 0; i < 3; i++) pair.bob.send(pair.aliceId, `late ${i}`);
    pair.advance(1_000);
    assert.equal(pair.alice.eventsOf('handshake-sent').length, handshakes, `${age}`);
    assert.equal(pair.alice.delivered.length, 3);
  }
});

test('an idle session is not renewed, and its keys are forgotten after 540 s', () => {
  const pair = Pair.connected();
  pair.advance(500_000);
  assert.equal(pair.alice.eventsOf('handshake-completed').length, 1);
  assert.equal(pair.alice.engine.sessions, 1);
  pair.advance(60_000);
  assert.equal(pair.alice.engine.sessions, 0);
  assert.equal(pair.bob.engine.sessions, 0);
  assert.equal(pair.alice.eventsOf('keys-zeroed').length, 1);
});

test('secrets are wiped when a session ends', () => {
  const pair = Pair.connected();
  talk(pair, 400);
  pair.alice.tunnel.stop(pair.clock.now());
  pair.alice.settle();
  const installed = pair.alice.commands.filter(
    (command): command is InstallKeypair => command.kind === 'install-keypair',
  );
  assert.ok(installed.length >= 3);
  for (const { keypair } of installed) assert.ok(isAllZero(keypair.sendKey) && isAllZero(keypair.receiveKey));
});

test('after a suspend longer than the keys live, the first packet brings a new handshake at once', () => {
  for (const sleep of [200_000, 600_000, 30 * 86_400_000]) {
    const pair = Pair.connected();
    pair.alice.suspend();
    pair.advance(sleep);
    pair.alice.resume();
    const wokeAt = pair.clock.at;
    pair.alice.send(pair.bobId, 'awake');
    pair.advance(1_000);
    assert.deepEqual(pair.bob.delivered, ['hello', 'awake'], `${sleep}`);
    assert.equal(pair.alice.eventsOf('handshake-completed').at(-1)?.at, wokeAt + 40);
  }
});

test('a persistent keepalive re-handshakes after a suspend by itself', () => {
  const pair = new Pair({ alice: { persistentKeepalive: 25 } });
  pair.advance(1_000);
  pair.alice.suspend();
  pair.advance(7_200_000);
  pair.alice.resume();
  const wokeAt = pair.clock.at;
  pair.advance(1_000);
  assert.equal(pair.alice.eventsOf('handshake-completed').at(-1)?.at, wokeAt + 40);
});

test('a suspend in the middle of a handshake does not stall it', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(12_000);
  pair.alice.suspend();
  pair.advance(7_200_000);
  pair.mend();
  pair.alice.resume();
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['x']);
});

test('a preshared-key change reaches the next handshake, and leaves the session alone', () => {
  const pair = Pair.connected();
  const key = new Uint8Array(32).fill(7);
  pair.alice.tunnel.setPresharedKey(pair.bobId, key);
  pair.alice.send(pair.bobId, 'old keys');
  pair.advance(200_000);
  pair.alice.send(pair.bobId, 'new keys');
  pair.advance(1_000);
  assert.deepEqual(pair.bob.delivered, ['hello', 'old keys']);
  assert.equal(pair.alice.tunnel.drops[DROP['bad-handshake']], 1);
  pair.bob.tunnel.setPresharedKey(pair.aliceId, key);
  pair.advance(6_000);
  assert.deepEqual(pair.bob.delivered, ['hello', 'old keys', 'new keys']);
  pair.alice.tunnel.setPresharedKey(pair.bobId, undefined);
  assert.equal(pair.alice.peer(pair.bobId).hasPresharedKey, false);
  assert.equal(pair.bob.peer(pair.aliceId).hasPresharedKey, true);
});

test('a private-key change re-handshakes at once', () => {
  const pair = Pair.connected();
  const keypair = nodeCrypto().generateKeypair();
  pair.bob.addPeer({ publicKey: keypair.publicKey });
  pair.alice.tunnel.setPrivateKey(keypair.rawPrivateKey, pair.clock.now());
  pair.alice.settle();
  pair.advance(100);
  assert.equal(pair.alice.eventsOf('handshake-completed').length, 2);
  pair.alice.send(pair.bobId, 'under my new name');
  pair.advance(100);
  assert.equal(pair.bob.engine.delivered.at(-1)?.text, 'under my new name');
  assert.notEqual(pair.bob.engine.delivered.at(-1)?.peer, pair.aliceId);
});

test('a private-key change in the middle of a handshake begins it anew', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(100);
  pair.mend();
  const keypair = nodeCrypto().generateKeypair();
  pair.bob.addPeer({ publicKey: keypair.publicKey });
  pair.alice.tunnel.setPrivateKey(keypair.rawPrivateKey, pair.clock.now());
  pair.alice.settle();
  pair.advance(100);
  assert.deepEqual(pair.bob.delivered, ['x']);
});

test('the peer equal to the new public key is dropped', () => {
  const pair = Pair.connected();
  const keypair = nodeCrypto().generateKeypair();
  const twin = pair.alice.addPeer({ publicKey: keypair.publicKey, endpoint: BOB });
  pair.alice.tunnel.setPrivateKey(keypair.rawPrivateKey, pair.clock.now());
  pair.alice.settle();
  assert.deepEqual(
    pair.alice.tunnel.snapshot().peers.map(({ id }) => id),
    [pair.bobId],
  );
  assert.deepEqual(
    pair.alice.eventsOf('own-peer-removed').map(({ event }) => event.peer),
    [twin],
  );
  assert.deepEqual(pair.alice.tunnel.publicKey, keypair.publicKey);
});

test('a stopped tunnel is silent, and works again after start', () => {
  const pair = Pair.connected();
  pair.bob.tunnel.stop(pair.clock.now());
  pair.bob.settle();
  const before = pair.bob.sent.length;
  pair.bob.send(pair.aliceId, 'into the void');
  pair.alice.send(pair.bobId, 'anyone?');
  pair.advance(120_000);
  assert.equal(pair.bob.sent.length, before);
  assert.equal(pair.bob.tunnel.nextDeadline(), undefined);
  assert.deepEqual(pair.bob.engine.staged(pair.aliceId), []);
  pair.bob.tunnel.start(pair.clock.now());
  pair.bob.send(pair.aliceId, 'back');
  pair.advance(6_000);
  assert.deepEqual(pair.alice.delivered, ['back']);
});

test('a peer that is removed and added again starts afresh', () => {
  const pair = Pair.connected();
  pair.bob.tunnel.removePeer(pair.aliceId, pair.clock.now());
  pair.bob.settle();
  assert.equal(pair.bob.engine.sessions, 0);
  const again = pair.bob.addPeer({ publicKey: pair.alice.tunnel.publicKey, endpoint: ALICE });
  assert.equal(pair.bob.peer(again).receivedBytes, 0);
  pair.bob.send(again, 'hello again');
  pair.advance(1_000);
  assert.deepEqual(pair.alice.delivered, ['hello again']);
});

test('a busy device with many peers looks at each about once per Keepalive-Timeout', () => {
  const pair = Pair.connected();
  let looks = 0;
  const { ledger } = pair.alice.engine;
  const read = ledger.read.bind(ledger);
  ledger.read = (peer) => {
    looks += 1;
    return read(peer);
  };
  talk(pair, 100);
  assert.ok(looks < 100, `${looks} looks in 100 s of traffic`);
});
