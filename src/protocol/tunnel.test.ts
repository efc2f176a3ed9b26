import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { address, endpoint } from '../testing/addresses.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { EngineCommand, PeerId, Prefix, TrafficLedger } from './engine-port.ts';
import { nullProfile } from './obfuscation/null-profile.ts';
import type { Instant, Moment, WallTime } from './time.ts';
import { Tunnel } from './tunnel.ts';
import type { TunnelErrorCode } from './tunnel-error.ts';
import { TunnelError } from './tunnel-error.ts';
import type { PeerConfig } from './tunnel-options.ts';

const crypto = nodeCrypto();
const NOW: Moment = { at: 1_000_000 as Instant, wall: 1_800_000_000_000 as WallTime };
const later = (milliseconds: number): Moment => ({
  at: (NOW.at + milliseconds) as Instant,
  wall: (NOW.wall + milliseconds) as WallTime,
});
const BOB = endpoint('192.0.2.2', 51820);
const NEVER = 0 as Instant;

/** Nothing ever happens. */
const emptyLedger: TrafficLedger = {
  read: () => ({
    dataSentUnanswered: NEVER,
    dataReceivedUnanswered: NEVER,
    dataReceivedLast: NEVER,
    dataSentLast: NEVER,
    authenticatedSentLast: NEVER,
    authenticatedReceivedLast: NEVER,
    receivedBytes: 11,
    sentBytes: 22,
    receivedMessages: 0,
    expectedMessages: 0,
    receivedHereLast: NEVER,
    dataReceivedHereLast: NEVER,
  }),
  watch: () => undefined,
};

function newTunnel(): Tunnel {
  const privateKey = crypto.generateKeypair().rawPrivateKey;
  const random = new SeededRandom(1);
  return new Tunnel({ privateKey, profile: nullProfile(), crypto, random, ledger: emptyLedger }, NOW);
}

const newKey = (): Uint8Array => crypto.generateKeypair().publicKey;
const config = (more: Partial<PeerConfig> = {}): PeerConfig => ({
  publicKey: newKey(),
  allowedIps: [],
  persistentKeepalive: 0,
  ...more,
});
const prefix = (text: string, length: number): Prefix => ({ address: address(text), length });
const kinds = (commands: readonly EngineCommand[]): string[] => commands.map(({ kind }) => kind);

function throwsCode(action: () => unknown, code: TunnelErrorCode): void {
  assert.throws(action, (error) => error instanceof TunnelError && error.code === code);
}

test('the data plane is told who we are before anything else', () => {
  assert.deepEqual(kinds(newTunnel().pollCommands()), ['set-identity', 'set-limits']);
});

test('a peer reaches the data plane with its prefixes and endpoint', () => {
  const tunnel = newTunnel();
  tunnel.pollCommands();
  const allowedIps = [prefix('10.0.0.0', 8)];
  const peer = tunnel.addPeer(config({ endpoint: BOB, allowedIps }), NOW);
  assert.deepEqual(tunnel.pollCommands(), [
    { kind: 'add-peer', peer },
    { kind: 'set-allowed-ips', peer, prefixes: allowedIps },
    { kind: 'set-endpoint', peer, endpoint: BOB },
  ]);
});

test('what cannot be is refused with a code, and changes nothing', () => {
  const tunnel = newTunnel();
  const known = config();
  tunnel.addPeer(known, NOW);
  tunnel.pollCommands();
  const before = tunnel.snapshot();
  throwsCode(() => tunnel.addPeer(known, NOW), 'peer-exists');
  throwsCode(() => tunnel.addPeer(config({ publicKey: tunnel.publicKey }), NOW), 'own-public-key');
  throwsCode(() => tunnel.addPeer(config({ publicKey: new Uint8Array(31) }), NOW), 'bad-key-length');
  throwsCode(() => tunnel.addPeer(config({ presharedKey: new Uint8Array(33) }), NOW), 'bad-key-length');
  for (const persistentKeepalive of [-1, 0.5, 65_536, Number.NaN]) {
    throwsCode(() => tunnel.addPeer(config({ persistentKeepalive }), NOW), 'bad-keepalive');
  }
  throwsCode(() => tunnel.setPrivateKey(new Uint8Array(0), NOW), 'bad-key-length');
  throwsCode(() => tunnel.setEndpoint(7 as PeerId, BOB), 'unknown-peer');
  throwsCode(() => tunnel.removePeer(7 as PeerId, NOW), 'unknown-peer');
  assert.deepEqual(tunnel.snapshot(), before);
  assert.deepEqual(tunnel.pollCommands(), []);
});

test('the id of a removed peer is used again once the data plane has let go of it', () => {
  const tunnel = newTunnel();
  const [first, second] = [tunnel.addPeer(config(), NOW), tunnel.addPeer(config(), NOW)];
  tunnel.removePeer(first, NOW);
  const third = tunnel.addPeer(config(), NOW);
  assert.equal(new Set([first, second, third]).size, 3, 'a late report about the first must not reach another');
  tunnel.handleEvent({ kind: 'peer-removed', peer: first }, NOW);
  assert.equal(tunnel.addPeer(config(), NOW), first);
});

test('a prefix that another peer holds moves, and the snapshot says so', () => {
  const tunnel = newTunnel();
  const shared = prefix('10.1.0.0', 16);
  const first = tunnel.addPeer(config({ allowedIps: [shared, prefix('fd00::', 8)] }), NOW);
  const second = tunnel.addPeer(config({ allowedIps: [prefix('10.1.2.3', 16)] }), NOW);
  const listOf = (id: PeerId) => tunnel.snapshot().peers.find((peer) => peer.id === id)?.allowedIps;
  assert.deepEqual(listOf(first), [prefix('fd00::', 8)]);
  assert.deepEqual(listOf(second), [shared]);
  tunnel.setAllowedIps(second, []);
  assert.deepEqual(listOf(second), []);
});

test('the snapshot shows what was configured, and no secret', () => {
  const tunnel = newTunnel();
  const publicKey = newKey();
  const presharedKey = new Uint8Array(32).fill(9);
  const id = tunnel.addPeer(config({ publicKey, presharedKey, endpoint: BOB, persistentKeepalive: 25 }), NOW);
  assert.deepEqual(tunnel.snapshot().peers, [
    {
      id,
      publicKey,
      hasPresharedKey: true,
      endpoint: BOB,
      allowedIps: [],
      lastHandshake: 0,
      persistentKeepalive: 25,
      receivedBytes: 11,
      sentBytes: 22,
    },
  ]);
});

test('nothing is sent before start, and then persistent keepalives at once', () => {
  const tunnel = newTunnel();
  const peer = tunnel.addPeer(config({ endpoint: BOB, persistentKeepalive: 25 }), NOW);
  tunnel.addPeer(config({ endpoint: BOB }), NOW);
  tunnel.pollCommands();
  tunnel.handleEvent({ kind: 'session-wanted', peer }, NOW);
  assert.deepEqual(tunnel.pollCommands(), [{ kind: 'drop-staged', peer }], 'so that it asks again');
  assert.equal(tunnel.nextDeadline(), undefined);
  tunnel.start(NOW);
  assert.deepEqual(tunnel.pollCommands(), [{ kind: 'send-keepalive', peer }]);
  assert.equal(tunnel.nextDeadline(), NOW.at + 25_000);
});

test('reports about peers that are gone are ignored', () => {
  const tunnel = newTunnel();
  tunnel.start(NOW);
  const peer = tunnel.addPeer(config({ endpoint: BOB }), NOW);
  tunnel.handleEvent({ kind: 'session-wanted', peer }, NOW);
  tunnel.removePeer(peer, NOW);
  tunnel.pollCommands();
  tunnel.handleEvent({ kind: 'session-wanted', peer }, NOW);
  tunnel.handleEvent({ kind: 'roamed', peer, endpoint: BOB }, NOW);
  tunnel.handleEvent({ kind: 'traffic', peer }, NOW);
  tunnel.handleTimeout(later(600_000));
  assert.deepEqual(tunnel.pollCommands(), []);
  assert.equal(tunnel.nextDeadline(), undefined);
});

test('every mention of a wish for a session adds no second initiation', () => {
  const tunnel = newTunnel();
  tunnel.start(NOW);
  const peer = tunnel.addPeer(config({ endpoint: BOB }), NOW);
  tunnel.pollCommands();
  for (let i = 0; i < 10; i++) {
    tunnel.handleEvent({ kind: 'session-wanted', peer }, later(i * 100));
    tunnel.handleEvent({ kind: 'rekey-due', peer, reason: 'message-count' }, later(i * 100));
    tunnel.handleTimeout(later(i * 100));
  }
  assert.deepEqual(kinds(tunnel.pollCommands()), ['transmit']);
});

test('the same private key again changes nothing', () => {
  const tunnel = newTunnel();
  const raw = crypto.generateKeypair().rawPrivateKey;
  tunnel.setPrivateKey(raw, NOW);
  tunnel.pollCommands();
  tunnel.setPrivateKey(raw, NOW);
  assert.deepEqual(tunnel.pollCommands(), []);
});

test('thousands of peers have one deadline each', () => {
  const tunnel = newTunnel();
  tunnel.start(NOW);
  const peers = Array.from({ length: 500 }, () =>
    tunnel.addPeer(config({ endpoint: BOB, persistentKeepalive: 25 }), NOW),
  );
  for (const peer of peers) tunnel.handleEvent({ kind: 'session-wanted', peer }, NOW);
  tunnel.pollCommands();
  tunnel.handleTimeout(later(5_400));
  assert.equal(kinds(tunnel.pollCommands()).filter((kind) => kind === 'transmit').length, 500);
});

test('without a private key peers are kept, and nothing is sent or answered', () => {
  const random = new SeededRandom(1);
  const options = { profile: nullProfile(), crypto, random, ledger: emptyLedger };
  for (const privateKey of [undefined, new Uint8Array(32)]) {
    const tunnel = new Tunnel({ ...options, privateKey }, NOW);
    assert.deepEqual([tunnel.identity, [...tunnel.publicKey]], [undefined, [...new Uint8Array(32)]]);
    tunnel.start(NOW);
    const id = tunnel.addPeer(config({ endpoint: BOB, persistentKeepalive: 5 }), NOW);
    assert.deepEqual(kinds(tunnel.pollCommands()), [
      'set-identity',
      'set-limits',
      'add-peer',
      'set-allowed-ips',
      'set-endpoint',
    ]);
    tunnel.handleEvent({ kind: 'session-wanted', peer: id }, NOW);
    assert.equal(tunnel.initiateVia(id, BOB, NOW), false);
    tunnel.rebind(NOW);
    tunnel.announce(NOW);
    assert.deepEqual(kinds(tunnel.pollCommands()), ['drop-staged']);
    assert.equal(tunnel.nextDeadline(), undefined);
    tunnel.setPrivateKey(crypto.generateKeypair().rawPrivateKey, NOW);
    assert.deepEqual(kinds(tunnel.pollCommands()), ['set-identity', 'expire-keypairs', 'send-keepalive']);
    tunnel.handleEvent({ kind: 'session-wanted', peer: id }, NOW);
    assert.deepEqual(kinds(tunnel.pollCommands()), ['transmit']);
    tunnel.setPrivateKey(undefined, later(1));
    assert.deepEqual(kinds(tunnel.pollCommands()).slice(0, 3), ['drop-keypairs', 'drop-staged', 'set-identity']);
    assert.equal(tunnel.nextDeadline(), undefined, 'the handshake is forgotten');
  }
});

test('rebinding begins a handshake anew that is going on, and asks for one where there always is one', () => {
  const tunnel = newTunnel();
  tunnel.start(NOW);
  const local = { address: address('192.0.2.77'), interfaceIndex: 0 };
  const busy = tunnel.addPeer(config({ endpoint: { ...BOB, local } }), NOW);
  const idle = tunnel.addPeer(config({ endpoint: { ...BOB, local } }), NOW);
  const persistent = tunnel.addPeer(config({ endpoint: BOB, persistentKeepalive: 25 }), NOW);
  tunnel.handleEvent({ kind: 'session-wanted', peer: busy }, NOW);
  tunnel.pollCommands();
  tunnel.rebind(later(100));
  tunnel.handleTimeout(later(100));
  const commands = tunnel.pollCommands();
  const about = (id: PeerId): string[] => kinds(commands.filter((command) => 'peer' in command && command.peer === id));
  assert.deepEqual(about(busy), ['set-endpoint', 'transmit']);
  assert.deepEqual(about(idle), ['set-endpoint'], 'only where it was spoken to from is forgotten');
  assert.deepEqual(about(persistent), ['send-keepalive']);
  tunnel.rebind(later(200), [idle]);
  assert.deepEqual(tunnel.pollCommands(), []);
});

test('room for peers comes back when the data plane has let go', () => {
  const privateKey = crypto.generateKeypair().rawPrivateKey;
  const random = new SeededRandom(1);
  const tunnel = new Tunnel(
    { privateKey, profile: nullProfile(), crypto, random, ledger: emptyLedger, maxPeers: 2 },
    NOW,
  );
  const [first] = [tunnel.addPeer(config(), NOW), tunnel.addPeer(config(), NOW)];
  assert.equal(tunnel.roomForPeers, 0);
  throwsCode(() => tunnel.addPeer(config(), NOW), 'too-many-peers');
  tunnel.removePeer(first, NOW);
  assert.equal(tunnel.roomForPeers, 0);
  tunnel.handleEvent({ kind: 'peer-removed', peer: first }, NOW);
  assert.equal(tunnel.roomForPeers, 1);
});

test('a peer is found by its key, and described as it was added', () => {
  const tunnel = newTunnel();
  const described = config({
    presharedKey: newKey(),
    endpoint: BOB,
    allowedIps: [prefix('10.0.0.0', 8)],
    persistentKeepalive: { low: 20, high: 30 },
  });
  const id = tunnel.addPeer(described, NOW);
  assert.deepEqual([tunnel.find(described.publicKey), tunnel.find(newKey())], [id, undefined]);
  assert.deepEqual([tunnel.configOf(id), tunnel.endpointOf(id)], [described, BOB]);
});
