import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FakePlatform, PEER_KEY, PRIVATE_KEY, prefix, settings } from '../../../test/support/fake-platform.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { ERRNO } from '../../platform/ffi/errno.ts';
import { SystemCallError } from '../../platform/ffi/system-call-error.ts';
import { formatPrefix } from '../../protocol/address-text.ts';
import type { EngineCommand, PeerId } from '../../protocol/engine-port.ts';
import { nullProfile } from '../../protocol/obfuscation/null-profile.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { exactly } from '../../protocol/range.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';
import { Device } from '../device.ts';
import type { DeviceSettings } from '../device-settings.ts';
import type { DeviceChange, DeviceConfiguration, PeerChange } from './device-change.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const at = (last: number) => ({ address: Uint8Array.of(192, 0, 2, last), port: 51820, scopeId: 0 });
const MAXIMUM = 4_294_967_295;

async function open(
  context: TestContext,
  platform: FakePlatform,
  changes: Partial<DeviceSettings> = {},
  allowedIps?: readonly string[],
): Promise<Device> {
  const device = await Device.open(settings(changes, allowedIps), { platform });
  context.after(() => device.close());
  platform.log.length = 0;
  platform.commands.length = 0;
  return device;
}

function kinds(commands: readonly EngineCommand[]): string[] {
  return commands.map((command) => command.kind);
}

/** What is told about peers, without bytes. */
function peersOf({ peers }: DeviceConfiguration): unknown[] {
  return peers.map(({ publicKey, allowedIps, presharedKey, persistentKeepalive, endpoint }) => ({
    key: publicKey[0],
    allowed: allowedIps.map(formatPrefix),
    secret: presharedKey?.[0],
    keepalive: persistentKeepalive,
    at: endpoint?.address[3],
  }));
}

/** Two tunnels' worth of events: the peer has a session now. */
function giveSession(platform: FakePlatform, peer: PeerId): void {
  platform.listener?.onEvents([{ kind: 'session-wanted', peer }]);
}

test('a device says how it is configured, with its secrets', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform, { fwmark: 7 });
  const { publicKey, rawPrivateKey } = nodeCrypto().loadPrivateKey(PRIVATE_KEY);
  const { peers, ...own } = device.configuration();
  assert.deepEqual(own, {
    name: 'wg0',
    hasPrivateKey: true,
    privateKey: rawPrivateKey,
    publicKey,
    listenPort: 4321,
    fwmark: 7,
    parameters: { h1: exactly(1), h2: exactly(2), h3: exactly(3), h4: exactly(4) },
  });
  assert.equal(peers.length, 1);
  assert.deepEqual([peers[0]?.publicKey, peers[0]?.presharedKey, peers[0]?.carriers], [PEER_KEY, undefined, []]);
});

test('ports, marks, looks and timers change, each by what carries it out', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const parameters = { s4: 20, h1: exactly(99), i1: '<b 0xaa>', rekeyAfterTime: exactly(50) };
  await device.configure({ listenPort: 5555, fwmark: 9, parameters });
  assert.deepEqual(platform.log, ['open port 5555 mark 9', 'mark 9', 'take port 5555']);
  assert.deepEqual(kinds(platform.commands), ['set-profile', 'set-limits']);
  const [profile] = platform.commands.filter((command) => command.kind === 'set-profile');
  assert.deepEqual([profile?.profile.transport.prefix, profile?.profile.signatures], [20, []]);
  const { listenPort, fwmark } = device.info;
  assert.deepEqual([listenPort, fwmark], [5555, 9]);
  assert.deepEqual(device.configuration().parameters, {
    ...parameters,
    h2: exactly(2),
    h3: exactly(3),
    h4: exactly(4),
  });
  assert.equal(device.snapshot().profile.signatures[0]?.text, '<b 0xaa>');
  platform.log.length = 0;
  await device.configure({ listenPort: 5555, fwmark: 9 });
  assert.deepEqual(platform.log, [], 'the same again is nothing');
  await device.configure({ listenPort: 0 });
  assert.deepEqual(platform.log, ['open port 4444 mark 9', 'take port 4444'], 'any port is another port');
});

test('peers follow the rules of the configuration protocol', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const old = PEER_KEY[0];
  await device.configure({
    peers: [
      { publicKey: key(1), addAllowedIps: [prefix('10.1.0.0/16'), prefix('10.2.0.0/16')], persistentKeepalive: 25 },
      { publicKey: key(2), updateOnly: true, persistentKeepalive: 1 },
      { publicKey: key(3), presharedKey: key(33), endpoint: at(3) },
    ],
  });
  const plain = { secret: undefined, keepalive: 0, at: undefined };
  const first = { ...plain, key: old, allowed: ['10.0.0.0/8'], at: 1 };
  assert.deepEqual(peersOf(device.configuration()), [
    first,
    { ...plain, key: 1, allowed: ['10.1.0.0/16', '10.2.0.0/16'], keepalive: 25 },
    { ...plain, key: 3, allowed: [], secret: 33, at: 3 },
  ]);
  await device.configure({
    peers: [
      // What one takes the other loses; what is removed must be one's own.
      { publicKey: key(3), addAllowedIps: [prefix('10.1.9.9/16')], presharedKey: null },
      { publicKey: key(3), removeAllowedIps: [prefix('10.2.0.0/16')] },
      { publicKey: key(1), replaceAllowedIps: true, addAllowedIps: [prefix('10.3.0.0/16')], persistentKeepalive: 0 },
      { publicKey: PEER_KEY, remove: true, endpoint: at(9) },
      { publicKey: key(4), remove: true },
    ],
  });
  assert.deepEqual(peersOf(device.configuration()), [
    { ...plain, key: 1, allowed: ['10.3.0.0/16'] },
    { ...plain, key: 3, allowed: ['10.1.0.0/16'], at: 3 },
  ]);
  const own = nodeCrypto().loadPrivateKey(PRIVATE_KEY).publicKey;
  await device.configure({ peers: [{ publicKey: own, addAllowedIps: [prefix('10.9.0.0/16')] }] });
  assert.equal(device.configuration().peers.length, 2, 'with ourselves we do not talk');
});

test('replacing peers begins anew with those who stay, but for what was learnt', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  await device.configure({
    peers: [{ publicKey: key(1), presharedKey: key(5), addAllowedIps: [prefix('10.1.0.0/16')], endpoint: at(7) }],
  });
  platform.commands.length = 0;
  await device.configure({
    replacePeers: true,
    peers: [
      { publicKey: key(2), addAllowedIps: [prefix('10.1.0.0/16')] },
      { publicKey: key(1), persistentKeepalive: 3 },
      { publicKey: PEER_KEY, updateOnly: true },
    ],
  });
  assert.deepEqual(peersOf(device.configuration()), [
    { key: 1, allowed: [], secret: undefined, keepalive: 3, at: 7 },
    { key: 2, allowed: ['10.1.0.0/16'], secret: undefined, keepalive: 0, at: undefined },
  ]);
  const removed = platform.commands.filter((command) => command.kind === 'remove-peer');
  assert.equal(removed.length, 1, 'whoever stays keeps his session');
});

test('a new private key removes the peer that has it', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const other = nodeCrypto().generateKeypair();
  await device.configure({ peers: [{ publicKey: other.publicKey }] });
  await device.configure({ privateKey: other.rawPrivateKey, peers: [{ publicKey: other.publicKey }] });
  assert.deepEqual(device.configuration().publicKey, other.publicKey);
  assert.deepEqual(
    device.configuration().peers.map(({ publicKey }) => publicKey),
    [PEER_KEY],
  );
  await device.configure({ peers: [{ publicKey: PEER_KEY, remove: true }] });
  assert.deepEqual(device.configuration().peers, []);
});

test('without a private key a device takes configuration, and neither sends nor answers', async (context) => {
  const platform = new FakePlatform();
  const device = await Device.open(settings({ privateKey: undefined }), { platform });
  context.after(() => device.close());
  const { hasPrivateKey, privateKey, publicKey } = device.configuration();
  assert.deepEqual([hasPrivateKey, privateKey, publicKey], [false, undefined, undefined]);
  const id = platform.commands.find((command) => command.kind === 'add-peer')?.peer;
  assert.ok(id !== undefined);
  const identities = platform.commands.filter((command) => command.kind === 'set-identity');
  assert.deepEqual(
    identities.map(({ publicKey }) => publicKey),
    [undefined],
  );
  await device.configure({ peers: [{ publicKey: PEER_KEY, persistentKeepalive: 25 }] });
  platform.commands.length = 0;
  giveSession(platform, id);
  assert.deepEqual(kinds(platform.commands), ['drop-staged']);
  platform.commands.length = 0;
  await device.configure({ privateKey: PRIVATE_KEY });
  assert.ok(kinds(platform.commands).includes('send-keepalive'), 'what has waited for it begins');
  giveSession(platform, id);
  assert.ok(kinds(platform.commands).includes('transmit'));
  platform.commands.length = 0;
  await device.configure({ privateKey: null });
  assert.ok(kinds(platform.commands).includes('drop-keypairs'));
  giveSession(platform, id);
  assert.ok(!kinds(platform.commands).includes('transmit'));
  assert.deepEqual([...device.snapshot().publicKey], [...key(0)]);
});

const BAD: readonly (readonly [code: string, change: DeviceChange])[] = [
  ['bad-key', { privateKey: new Uint8Array(31) }],
  ['bad-key', { peers: [{ publicKey: new Uint8Array(33) }] }],
  ['bad-key', { peers: [{ publicKey: key(9), presharedKey: new Uint8Array(1) }] }],
  ['bad-port', { listenPort: 65_536 }],
  ['bad-port', { listenPort: 1.5 }],
  ['bad-fwmark', { fwmark: MAXIMUM + 1 }],
  ['bad-parameters', { parameters: { h1: exactly(2) } }],
  ['bad-parameters', { parameters: { s4: 65_000 } }],
  ['bad-endpoint', { peers: [{ publicKey: key(9), endpoint: { address: key(1), port: 1, scopeId: 0 } }] }],
  ['bad-endpoint', { peers: [{ publicKey: key(9), endpoint: { ...at(1), port: -1 } }] }],
  ['bad-prefix', { peers: [{ publicKey: key(9), addAllowedIps: [{ address: new Uint8Array(4), length: 33 }] }] }],
  ['bad-prefix', { peers: [{ publicKey: key(9), removeAllowedIps: [{ address: key(1), length: 1 }] }] }],
  ['bad-keepalive', { peers: [{ publicKey: key(9), persistentKeepalive: 65_536 }] }],
  ['needs-restart', { peers: [{ publicKey: key(9), carriers: [{ name: 'udp', endpoint: at(1) }] }] }],
];

test('what cannot be is refused before anything is done', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const before = device.configuration();
  for (const [code, change] of BAD) {
    const good: PeerChange = { publicKey: key(8), addAllowedIps: [prefix('10.8.0.0/16')] };
    const mixed = { listenPort: 7777, fwmark: 3, ...change, peers: [good, ...(change.peers ?? [])] };
    await assert.rejects(device.configure(mixed), { name: 'DeviceError', code });
  }
  const crowd = Array.from({ length: 16_385 }, (_, index) => {
    const publicKey = key(7);
    new DataView(publicKey.buffer).setUint32(0, index);
    return { publicKey };
  });
  await assert.rejects(device.configure({ peers: crowd }), { code: 'too-many-peers' });
  assert.deepEqual(platform.log, []);
  assert.deepEqual(platform.commands, []);
  assert.deepEqual(device.configuration(), before);
});

test('what the system refuses is put back', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const before = device.configuration();
  const change = { listenPort: 7777, fwmark: 3, parameters: { s1: 9 }, peers: [{ publicKey: key(1) }] };
  const cases = [
    ['open port 7777 mark 3', 'listen-port', ['open port 7777 mark 3']],
    ['mark 3', 'fwmark', ['open port 7777 mark 3', 'mark 3', 'discard port 7777']],
    [
      'take port 7777',
      'listen-port',
      ['open port 7777 mark 3', 'mark 3', 'take port 7777', 'discard port 7777', 'mark 0'],
    ],
  ] as const;
  for (const [failAt, code, log] of cases) {
    platform.failAt = failAt;
    platform.failure = new SystemCallError('bind', ERRNO.EADDRINUSE, 'listen');
    platform.log.length = 0;
    await assert.rejects(device.configure(change), { name: 'DeviceError', code, cause: platform.failure });
    assert.deepEqual(platform.log, log);
    assert.deepEqual(platform.commands, []);
    assert.deepEqual(device.configuration(), before);
  }
});

test('changes wait for each other, and for none after the end', async () => {
  const platform = new FakePlatform();
  const device = await Device.open(settings(), { platform });
  const changes = [1, 2, 3].map((port) => device.configure({ listenPort: port }));
  const closed = device.close();
  await Promise.all(changes);
  await closed;
  assert.equal(platform.listenPort, 3);
  await assert.rejects(device.configure({ listenPort: 4 }), { code: 'closed' });
  device.rebind();
});

test('adopting the settings that run changes nothing', async (context) => {
  const platform = new FakePlatform();
  const given = settings({ listenPort: 0, profile: buildProfile({ jc: 2, jmin: 1, jmax: 3, i1: '<r 5>' }).profile });
  const device = await Device.open(given, { platform });
  context.after(() => device.close());
  platform.log.length = 0;
  platform.commands.length = 0;
  await device.adopt({ ...given, profile: buildProfile({ jc: 2, jmin: 1, jmax: 3, i1: '<r 5>' }).profile });
  assert.deepEqual([platform.log, platform.commands], [[], []]);
});

test('adopted settings bring addresses, MTU and routes, new ones before old ones go', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform, {}, ['10.0.0.0/8', '10.5.0.0/16']);
  const next = settings({ addresses: [prefix('10.0.0.3/24')], mtu: 1300, profile: nullProfile(), listenPort: 99 }, [
    '10.5.0.0/16',
    '10.6.0.0/16',
  ]);
  await device.adopt(next);
  assert.deepEqual(platform.log, [
    'open port 99 mark 0',
    'address 10.0.0.3/24',
    'mtu 1300',
    'route 10.6.0.0/16 table 254',
    'delete route 10.0.0.0/8 table 254',
    'delete address 10.0.0.2/32',
    // The kernel took it along, or so this one says: it lists no routes.
    'route 10.5.0.0/16 table 254',
    'route 10.6.0.0/16 table 254',
    'take port 99',
    'engine mtu 1300',
  ]);
  assert.deepEqual(platform.addresses.map(formatPrefix), ['10.0.0.3/24']);
  assert.equal(device.info.mtu, 1300);
});

test('an endpoint that the settings had before does not overrule what was learnt', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const peer = device.snapshot().peers[0]?.id;
  assert.ok(peer !== undefined);
  platform.listener?.onEvents([{ kind: 'roamed', peer, endpoint: at(66) }]);
  await device.adopt(settings({ listenPort: 1 }));
  assert.equal(device.snapshot().peers[0]?.endpoint?.address[3], 66);
  const elsewhere = settings().peers.map((each) => ({ ...each, endpoint: at(77) }));
  await device.adopt(settings({ listenPort: 1, peers: elsewhere }));
  assert.equal(device.snapshot().peers[0]?.endpoint?.address[3], 77);
});

test('settings that the system refuses half-way leave everything as it was', async (context) => {
  const steps = [
    'address 10.7.0.1/24',
    'mtu 1300',
    'route 10.6.0.0/16 table 254',
    'add rule 4 32765',
    'delete route 10.0.0.0/8 table 254',
  ];
  for (const failAt of steps) {
    const platform = new FakePlatform();
    const device = await open(context, platform);
    const [before, addresses] = [device.configuration(), [...platform.addresses]];
    platform.failAt = failAt;
    const next = settings({ addresses: [prefix('10.7.0.1/24')], mtu: 1300, listenPort: 9 }, [
      '10.6.0.0/16',
      '0.0.0.0/0',
    ]);
    await assert.rejects(device.adopt(next), { code: 'network', message: /nothing was changed: cannot/ });
    assert.ok(platform.log.includes('discard port 9'), failAt);
    assert.deepEqual([platform.addresses, platform.rules, platform.linkMtu], [addresses, [], 1412], failAt);
    assert.deepEqual(device.configuration(), before, failAt);
    assert.deepEqual(platform.commands, [], failAt);
    platform.failAt = undefined;
    await device.adopt(next);
    assert.equal(device.info.fwmark, 51820, 'and a second attempt finds its way');
  }
});

test('a default route takes its rules and its mark with it when it goes, and moves with the mark', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform, {}, ['::/0']);
  assert.equal(device.info.fwmark, 51820);
  await device.configure({ fwmark: 0 });
  assert.equal(device.info.fwmark, 51820, 'while it is needed it stays');
  await device.configure({ fwmark: 77 });
  assert.deepEqual(
    platform.rules.map(({ table, fwmark }) => [table, fwmark]),
    [
      [254, undefined],
      [77, 77],
    ],
  );
  assert.deepEqual(platform.log.slice(0, 3), ['mark 77', 'route ::/0 table 77', 'add rule 6 32762']);
  assert.ok(platform.log.includes('delete route ::/0 table 51820'));
  await device.adopt(settings({}, ['10.0.0.0/8']));
  assert.deepEqual([platform.rules, device.info.fwmark], [[], 0]);
});

test('what cannot change while a tunnel is up is named, all of it', async (context) => {
  const platform = new FakePlatform();
  const device = await open(context, platform);
  const listener = { kind: 'tcp', address: undefined, port: 443 } as const;
  const next = settings({
    name: 'wg1',
    streamListeners: [listener],
    masquerade: true,
    addresses: [prefix('10.0.0.1/24')],
  });
  await assert.rejects(device.adopt(next), {
    code: 'needs-restart',
    message: /name of the interface.*where streams are accepted.*NAT.*take the tunnel down and up again/,
  });
  assert.deepEqual(platform.log, []);
});

const TCP: CarrierCandidate = {
  name: 'tcp',
  endpoint: at(5),
  target: { kind: 'tcp', endpoint: at(5), connections: 1 },
};

test('carriers come and go while a tunnel with streams is up', async (context) => {
  const platform = new FakePlatform();
  const listener = { kind: 'tcp', address: undefined, port: 443 } as const;
  const device = await open(context, platform, { streamListeners: [listener] });
  await device.configure({ peers: [{ publicKey: PEER_KEY, carriers: [TCP, { name: 'udp', endpoint: at(5) }] }] });
  assert.deepEqual(platform.log, ['hear echoes 4']);
  assert.equal(device.configuration().peers[0]?.carriers.length, 2);
  const pins = (): boolean[] =>
    platform.commands.flatMap((command) => (command.kind === 'pin-path' ? [command.pinned] : []));
  assert.deepEqual(pins(), [true]);
  await assert.rejects(device.configure({ fwmark: 5 }), { code: 'needs-restart' });
  await device.configure({ peers: [{ publicKey: PEER_KEY, endpoint: at(8) }] });
  assert.deepEqual(pins(), [true, false]);
  assert.deepEqual([device.configuration().peers[0]?.carriers, device.snapshot().peers[0]?.endpoint], [[], at(8)]);
});
