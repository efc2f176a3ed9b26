import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceSnapshot } from '../device/device-snapshot.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import { nullProfile } from '../protocol/obfuscation/null-profile.ts';
import type { WallTime } from '../protocol/time.ts';
import type { PeerSnapshot } from '../protocol/tunnel-options.ts';
import { StreamCounters, streamCountersMemory } from '../transport/stream/stream-counters.ts';
import { reportOf } from './report.ts';

const HUB = { address: Uint8Array.of(203, 0, 113, 7), port: 443, scopeId: 0, bundle: 5 };

function peer(id: number, endpoint: PeerSnapshot['endpoint']): PeerSnapshot {
  return {
    id: id as PeerId,
    publicKey: new Uint8Array(32).fill(id),
    hasPresharedKey: false,
    endpoint,
    allowedIps: [],
    lastHandshake: 0,
    persistentKeepalive: 0,
    receivedBytes: 0,
    sentBytes: 0,
  };
}

const SNAPSHOT: DeviceSnapshot = {
  info: {
    name: 'wg0',
    mtu: 1420,
    listenPort: 51820,
    fwmark: 0,
    kernel: 'wasm',
    workers: 1,
    interfaceCapabilities: '',
    socketCapabilities: '',
  },
  publicKey: new Uint8Array(32),
  profile: nullProfile(),
  timing: {},
  peers: [peer(1, HUB), peer(2, { address: Uint8Array.of(192, 0, 2, 1), port: 7, scopeId: 0 }), peer(3, undefined)],
  drops: new Map(),
  carriers: new Map([
    [1 as PeerId, { name: 'tcp', decision: { reason: 'no answer over udp', since: 1_700_000_000_500 as WallTime } }],
    [2 as PeerId, { name: 'udp' }],
  ]),
  listeners: [],
  streams: undefined,
};

test('what carries each peer, and why', () => {
  assert.deepEqual(
    reportOf(SNAPSHOT).peers.map(({ transport }) => transport),
    [
      { name: 'tcp', endpoint: '203.0.113.7:443', reason: 'no answer over udp', since: 1_700_000_000.5 },
      { name: 'udp', endpoint: '192.0.2.1:7', reason: null, since: null },
      null,
    ],
  );
});

test('listeners as the configuration has them', () => {
  const address = Uint8Array.of(127, 0, 0, 1);
  const tls = { certificate: 'C', key: 'SECRET' };
  const { listeners } = reportOf({
    ...SNAPSHOT,
    listeners: [
      { kind: 'tcp', address: undefined, port: 443 },
      { kind: 'tls', address, port: 444, tls },
      { kind: 'websocket', address: new Uint8Array(16), port: 80, websocket: { path: '/x', secure: false } },
      { kind: 'websocket', address, port: 445, websocket: { path: '/y', secure: true }, tls },
    ],
  });
  assert.deepEqual(
    listeners.map(({ kind, address: text }) => `${kind} ${text}`),
    ['tcp *:443', 'tls 127.0.0.1:444', 'websocket ws://[::]:80/x', 'websocket wss://127.0.0.1:445/y'],
  );
  assert.doesNotMatch(JSON.stringify(listeners), /SECRET/);
});

test('the counts of streams are plain numbers', () => {
  const counters = new StreamCounters(streamCountersMemory());
  counters.add('accepted', 3);
  const { streams } = reportOf({ ...SNAPSHOT, streams: { ...counters.snapshot(), bundles: new Map() } });
  assert.equal(streams?.accepted, 3);
  assert.ok(Object.values(streams ?? {}).every((count) => typeof count === 'number'));
  assert.equal(reportOf(SNAPSHOT).streams, null);
});
