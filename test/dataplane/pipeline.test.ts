/** Two data planes back to back in memory, with keypairs installed by hand: no handshakes here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import type { DropReason } from '../../src/protocol/drop-reason.ts';
import { DROP } from '../../src/protocol/drop-reason.ts';
import { disguise } from '../../src/protocol/obfuscation/disguise.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Datagram } from '../../src/testing/index.ts';
import { echoPacket, endpoint, isIntact, superFrame, tcpPacket, udpPacket } from '../../src/testing/index.ts';
import type { EngineNode } from './engine-world.ts';
import { EngineWorld, INITIATOR, RESPONDER } from './engine-world.ts';

const PING = echoPacket({ source: INITIATOR.inner, destination: RESPONDER.inner, payload: new Uint8Array(56) });
const PONG = echoPacket({
  source: RESPONDER.inner,
  destination: INITIATOR.inner,
  reply: true,
  payload: new Uint8Array(56),
});

function connected(profile?: Profile): EngineWorld {
  const world = new EngineWorld(profile);
  world.connect();
  return world;
}

function drops(node: EngineNode, reason: DropReason): number {
  return node.engine.counters().drops[DROP[reason]];
}

/** Sends a packet through and returns the one datagram that carried it. */
function capture(world: EngineWorld, from: EngineNode, packet: Uint8Array): Datagram {
  world.takeDatagrams();
  from.tun.inject(packet);
  world.settle();
  const [datagram] = world.takeDatagrams();
  assert.ok(datagram !== undefined);
  return datagram;
}

test('packets cross the tunnel both ways, IPv4 and IPv6', () => {
  const world = connected();
  const ping6 = echoPacket({ source: 'fd00::1', destination: 'fd00::2', payload: new Uint8Array(9) });
  world.a.tun.inject(PING);
  world.a.tun.inject(ping6);
  world.settle();
  assert.deepEqual(world.b.tun.takePackets(), [PING, ping6]);
  world.b.tun.inject(PONG);
  world.settle();
  assert.deepEqual(world.a.tun.takePackets(), [PONG]);
});

test('a super-packet arrives whole, merged again', () => {
  const world = connected();
  const payload = Uint8Array.from({ length: 50_000 }, (_, index) => index * 7);
  const packet = tcpPacket({
    source: INITIATOR.inner,
    destination: RESPONDER.inner,
    sourcePort: 1,
    destinationPort: 2,
    sequence: 5,
    payload,
  });
  world.a.tun.injectFrame(superFrame(packet, 1380));
  world.settle();
  const frames = world.b.tun.takeFrames();
  assert.equal(frames.length, 1);
  assert.deepEqual(frames[0]?.subarray(10 + 40), payload);
  assert.equal(world.b.engine.counters().receivedPackets, Math.ceil(50_000 / 1380));
});

test('what waits for a session is announced once, kept, and sent when there is one', () => {
  const world = new EngineWorld();
  world.a.tun.inject(PING);
  world.a.tun.inject(PING);
  world.settle();
  assert.deepEqual(world.a.takeEvents('session-wanted').length, 1);
  world.connect();
  assert.equal(world.b.tun.takePackets().length, 2);
});

test('a new session begins with a keepalive when nothing waits', () => {
  const world = new EngineWorld();
  world.connect();
  assert.deepEqual(
    world.takeDatagrams().map(({ bytes }) => bytes.length),
    [32],
  );
  assert.equal(world.b.takeEvents('session-confirmed').length, 1);
  assert.deepEqual(world.b.tun.takePackets(), []);
});

test('a responder does not send before the first packet under the new keypair', () => {
  const world = new EngineWorld();
  world.installKeypair(world.b, false);
  world.b.tun.inject(PONG);
  world.settle();
  assert.deepEqual(world.takeDatagrams(), []);
  world.installKeypair(world.a, true);
  world.settle();
  assert.deepEqual(world.a.tun.takePackets(), [PONG], 'and sends what it staged right after it');
});

test('a replayed datagram is refused', () => {
  const world = connected();
  const datagram = capture(world, world.a, PING);
  world.b.tun.takePackets();
  world.network.accept(datagram);
  world.settle();
  assert.equal(drops(world.b, 'replayed'), 1);
  assert.deepEqual(world.b.tun.takePackets(), []);
});

test('a forged datagram delivers nothing and moves no endpoint', () => {
  const world = connected();
  const { bytes, to } = capture(world, world.a, PING);
  world.b.takeEvents('roamed');
  const forged = bytes.slice();
  forged[8] = 200; // a fresh counter
  forged[40] = forged[40] ^ 1;
  world.b.tun.takePackets();
  world.network.accept({ from: endpoint('203.0.113.9', 9), to, bytes: forged });
  world.settle();
  assert.equal(drops(world.b, 'bad-tag'), 1);
  assert.deepEqual(world.b.takeEvents('roamed'), []);
  assert.deepEqual(world.b.tun.takePackets(), []);
});

test('a source that belongs to someone else is refused, but the peer still roams', () => {
  const world = connected();
  world.network.move(world.a.carrier, [endpoint('192.0.2.77', 7)]);
  world.a.tun.inject(echoPacket({ source: '10.9.9.9', destination: RESPONDER.inner }));
  world.b.takeEvents('roamed');
  world.settle();
  assert.equal(drops(world.b, 'disallowed-source'), 1);
  assert.deepEqual(world.b.tun.takePackets(), []);
  assert.equal(world.b.takeEvents('roamed').length, 1);
});

test('answers follow a peer that moved', () => {
  const world = connected();
  world.network.move(world.a.carrier, [endpoint('192.0.2.99', 4444)]);
  world.a.tun.inject(PING);
  world.settle();
  world.b.tun.inject(PONG);
  world.settle();
  assert.deepEqual(world.a.tun.takePackets(), [PONG]);
});

test('a keypair past its time neither sends nor receives', () => {
  const world = connected();
  const late = capture(world, world.a, PING);
  world.clock.advance(180_000);
  world.network.accept(late);
  world.a.tun.inject(PING);
  world.settle();
  assert.equal(drops(world.b, 'keypair-expired'), 1);
  assert.equal(world.a.takeEvents('session-wanted').length, 1);
});

test('an ageing keypair asks for a new one once, and only at its initiator', () => {
  const world = connected();
  world.clock.advance(121_000);
  for (let round = 0; round < 3; round += 1) {
    world.a.tun.inject(PING);
    world.b.tun.inject(PONG);
    world.settle();
  }
  assert.deepEqual(
    world.a.takeEvents('rekey-due').map((event) => event.reason),
    ['age-on-send'],
  );
  assert.deepEqual(world.b.takeEvents('rekey-due'), []);
  world.clock.advance(45_000);
  world.b.tun.inject(PONG);
  world.settle();
  assert.deepEqual(
    world.a.takeEvents('rekey-due').map((event) => event.reason),
    ['age-on-receive'],
  );
});

test('garbage of every length is dropped and counted', () => {
  const world = connected();
  const before = world.b.engine.counters();
  for (let length = 0; length <= 1600; length += 1) {
    const bytes = world.random.fill(new Uint8Array(length));
    if (length % 2 === 0 && length >= 4) bytes.set([1 + (length % 4), 0, 0, 0]);
    world.network.accept({ from: endpoint('198.51.100.1', 1), to: world.b.endpoint, bytes });
    world.settle();
  }
  const { drops: counts, receivedDatagrams } = world.b.engine.counters();
  assert.equal(receivedDatagrams - before.receivedDatagrams, 1601);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1601,
  );
  world.a.tun.inject(PING);
  world.settle();
  assert.deepEqual(world.b.tun.takePackets(), [PING]);
});

test('a profile gives each transport message a prefix of its own and a type from its range', () => {
  const profile: Profile = { ...nullProfile(), transport: { prefix: 17, header: { low: 1000, high: 2000 } } };
  const world = connected(profile);
  const seen = [capture(world, world.a, PING), capture(world, world.a, PING)].map(({ bytes }) => bytes);
  for (const bytes of seen) {
    assert.equal(bytes.length, 17 + 16 + PING.length + ((16 - (PING.length % 16)) % 16) + 16);
    const type = new DataView(bytes.buffer, bytes.byteOffset).getUint32(17, true);
    assert.ok(type >= 1000 && type <= 2000, `type ${type}`);
  }
  assert.notDeepEqual(seen[0]?.subarray(0, 17), seen[1]?.subarray(0, 17));
  assert.equal(world.b.tun.takePackets().length, 2);
});

test('packets of unequal size travel intact in one batch', () => {
  const world = connected();
  const sent = [1, 1380, 700, 1380, 1380, 3].map((bytes, index) =>
    udpPacket({
      source: INITIATOR.inner,
      destination: RESPONDER.inner,
      sourcePort: index + 1,
      destinationPort: 9,
      payload: new Uint8Array(bytes).fill(index),
    }),
  );
  for (const packet of sent) world.a.tun.inject(packet);
  world.settle();
  const received = world.b.tun.takePackets();
  assert.deepEqual(received, sent);
  assert.ok(received.every(isIntact));
});

test('no route, no endpoint, no peer: dropped and counted', () => {
  const world = connected();
  world.a.tun.inject(echoPacket({ source: INITIATOR.inner, destination: '198.18.0.1' }));
  world.a.engine.execute([{ kind: 'set-endpoint', peer: world.a.peer, endpoint: undefined }]);
  world.a.tun.inject(PING);
  world.settle();
  assert.equal(drops(world.a, 'no-route'), 1);
  assert.equal(drops(world.a, 'no-endpoint'), 1);
  world.b.engine.execute([{ kind: 'remove-peer', peer: world.b.peer }]);
  world.b.tun.inject(PONG);
  world.settle();
  assert.equal(drops(world.b, 'no-route'), 1);
});

test('a full socket buffer costs packets, not the batch', () => {
  const world = connected();
  world.a.carrier.limitSends(1);
  world.a.tun.inject(PING);
  world.a.tun.inject(PING);
  world.settle();
  assert.equal(drops(world.a, 'send-buffer-full'), 1);
  assert.equal(world.b.tun.takePackets().length, 1);
});

const PROTECTED: Profile = {
  ...nullProfile(),
  initiation: { prefix: 15, header: { low: 0x11223344, high: 0x11223344 } },
  response: { prefix: 20, header: { low: 0x55667788, high: 0x55667788 } },
  cookieReply: { prefix: 12, header: { low: 0x0a0b0c0d, high: 0x0a0b0c0d } },
  transport: { prefix: 12, header: { low: 0x99aabbcc, high: 0x99aabbcc } },
  headerProtection: Uint8Array.from({ length: 32 }, (_, index) => index),
};

test('with header protection nothing of a header is the same twice, and packets cross as before', () => {
  const world = connected(PROTECTED);
  const [one, other] = [capture(world, world.a, PING), capture(world, world.a, PING)].map(({ bytes }) => bytes);
  assert.notDeepEqual(one?.subarray(12, 28), other?.subarray(12, 28));
  assert.notEqual(new DataView(one?.buffer as ArrayBuffer).getUint32(12, true), 0x99aabbcc);
  assert.deepEqual(world.b.tun.takePackets(), [PING, PING]);
});

test("a protected datagram with a damaged nonce or header is nobody's", () => {
  const world = connected(PROTECTED);
  const datagram = capture(world, world.a, PING);
  world.b.tun.takePackets();
  for (let byte = 0; byte < 28; byte += 1) {
    const bytes = datagram.bytes.slice();
    bytes[byte] ^= 0x40;
    world.network.accept({ ...datagram, bytes });
  }
  world.settle();
  assert.deepEqual(world.b.tun.takePackets(), []);
});

test('a handshake message arrives at the core unmasked and without prefix and trailer', () => {
  const profile = { ...PROTECTED, randomTrailers: true };
  const world = connected(profile);
  const crypto = nodeCrypto();
  const publicKey = world.random.fill(new Uint8Array(32));
  world.b.engine.execute([{ kind: 'set-identity', publicKey }]);
  const message = world.random.fill(new Uint8Array(148));
  new DataView(message.buffer).setUint32(0, 0x11223344, true);
  message.set(crypto.mac(mac1KeyOf(crypto, publicKey), message.subarray(0, 116)), 116);
  const bytes = disguise(profile, profile.initiation, message, crypto, world.random);
  world.network.accept({ from: world.a.endpoint, to: world.b.endpoint, bytes });
  world.settle();
  assert.deepEqual(
    world.b.takeEvents('handshake').map((event) => event.message),
    [message],
  );
});

test('with trailers and unequal prefixes no transport message is taken for a handshake message', () => {
  const profile: Profile = {
    ...nullProfile(),
    initiation: { prefix: 0, header: { low: 0, high: 0x3fffffff } },
    response: { prefix: 20, header: { low: 0x40000000, high: 0x7fffffff } },
    cookieReply: { prefix: 40, header: { low: 0x80000000, high: 0xbfffffff } },
    transport: { prefix: 12, header: { low: 0xc0000000, high: 0xffffffff } },
    randomTrailers: true,
  };
  const world = connected(profile);
  const packet = udpPacket({
    source: INITIATOR.inner,
    destination: RESPONDER.inner,
    sourcePort: 1,
    destinationPort: 2,
    payload: new Uint8Array(300),
  });
  const sent = 2000;
  for (let count = 0; count < sent; count += 1) {
    world.a.tun.inject(packet);
    world.settle();
  }
  assert.equal(world.b.tun.takePackets().length, sent);
});

test('content padding makes sizes vary and is trimmed away again; a padded keepalive is no data', () => {
  const world = new EngineWorld({ ...nullProfile(), contentPadding: { low: 1, high: 60 } });
  world.connect();
  const [keepalive] = world.takeDatagrams();
  assert.ok(keepalive !== undefined && keepalive.bytes.length > 32 && keepalive.bytes.length <= 92);
  assert.deepEqual(world.b.tun.takePackets(), []);
  assert.equal(world.b.engine.ledger.read(world.b.peer).dataReceivedLast, 0);
  const sizes = new Set<number>();
  for (let count = 0; count < 40; count += 1) sizes.add(capture(world, world.a, PING).bytes.length);
  assert.ok(sizes.size > 10, `${sizes.size} sizes`);
  assert.ok([...sizes].every((size) => size > PING.length + 32 && size <= PING.length + 32 + 60));
  assert.ok(world.b.tun.takePackets().every((packet) => isIntact(packet) && packet.length === PING.length));
});

test('random padding stays within the largest datagram that got through, and full packets get none', () => {
  const world = connected({ ...nullProfile(), randomTrailers: true });
  const sizes = Array.from({ length: 50 }, () => capture(world, world.a, PING).bytes.length);
  assert.ok(Math.max(...sizes) < 500 && Math.max(...sizes) > 300, `${Math.max(...sizes)}`);
  const full = echoPacket({ source: INITIATOR.inner, destination: RESPONDER.inner, payload: new Uint8Array(1392) });
  assert.equal(capture(world, world.a, full).bytes.length, 1420 + 32);
  assert.equal(capture(world, world.a, full).bytes.length, 1420 + 32);
  const wider = Array.from({ length: 50 }, () => capture(world, world.a, PING).bytes.length);
  assert.ok(Math.max(...wider) < 1452 && Math.max(...wider) > 800, `${Math.max(...wider)}`);
});
