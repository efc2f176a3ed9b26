import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakePlatform,
  NO_STATISTICS,
  PEER_KEY,
  prefix,
  STREAM_HANDLE,
  settings,
} from '../../test/support/fake-platform.ts';
import { formatPrefix } from '../protocol/address-text.ts';
import type { CarrierCandidate } from '../transport/selection/candidate.ts';
import type { StreamListenOptions } from '../transport/stream/stream-target.ts';
import type { CarrierEvent } from './carriers/carrier-event.ts';
import { Device } from './device.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { LastingEffect } from './lasting-effect.ts';

test('opens in order and closes in reverse', async () => {
  const platform = new FakePlatform();
  const device = await Device.open(settings(), { platform });
  assert.deepEqual(platform.log, [
    'open network',
    'open ports',
    'start engine',
    'address 10.0.0.2/32',
    'link up',
    'route 10.0.0.0/8 table 254',
  ]);
  assert.deepEqual(platform.opened, { interfaceName: 'wg0', mtu: 1412, listenPort: 0, fwmark: 0 });
  platform.log.length = 0;
  assert.deepEqual(await device.close(), []);
  assert.deepEqual(await device.close(), [], 'twice is the same as once');
  assert.deepEqual(platform.log, ['close engine', 'close ports', 'close network']);
});

test('a failure at any step undoes every step before it', async () => {
  const steps = [
    'open network',
    'open ports',
    'start engine',
    'address 10.0.0.2/32',
    'link up',
    'route 10.0.0.0/8 table 254',
    'add rule 6 32764',
    'add rule 6 32765',
  ];
  for (const failAt of steps) {
    const platform = new FakePlatform();
    platform.failAt = failAt;
    await assert.rejects(Device.open(settings({}, ['10.0.0.0/8', '::/0']), { platform }), {
      message: `cannot ${failAt}`,
    });
    const opened = platform.log
      .filter((line) => line === 'start engine' || line.startsWith('open '))
      .filter((line) => line !== failAt);
    const closed = platform.log.filter((line) => line.startsWith('close '));
    assert.deepEqual(
      closed,
      opened.toReversed().map((line) => line.replace('open', 'close').replace('start', 'close')),
      failAt,
    );
    assert.deepEqual(platform.rules, [], failAt);
  }
});

test('a default route gets a mark, a table and two rules, each on record while it lasts', async () => {
  const platform = new FakePlatform();
  const journal: LastingEffect[] = [];
  const record = (effect: LastingEffect): void => void journal.push(effect);
  const forget = (effect: LastingEffect): void => void journal.splice(journal.indexOf(effect), 1);
  platform.rules = [{ family: 6, priority: 32765, table: 51820, fwmark: 51820, invert: true }];
  const device = await Device.open(settings({}, ['::/0']), { platform, journal: { record, forget } });
  assert.equal(device.info.fwmark, 51821, 'the first table that nobody mentions');
  assert.equal(platform.opened?.fwmark, 51821);
  assert.ok(platform.log.includes('route ::/0 table 51821'));
  assert.deepEqual(platform.rules.slice(1), [
    { family: 6, priority: 32763, table: 254, suppressPrefixLength: 0 },
    { family: 6, priority: 32764, table: 51821, fwmark: 51821, invert: true },
  ]);
  assert.deepEqual(
    journal.map((effect) => effect.kind),
    ['rule', 'rule', 'nft-table'],
  );
  await device.close();
  assert.deepEqual([journal.length, platform.rules.length], [0, 1]);
});

test('without IPv6 on the machine its addresses and routes are left out, with a warning', async () => {
  const platform = new FakePlatform();
  platform.hasIpv6 = false;
  const warnings: string[] = [];
  const listener = { onWarning: (text: string) => void warnings.push(text) };
  const device = await Device.open(settings({}, ['10.0.0.0/8', 'fd00::/8', '::/0']), { platform, listener });
  assert.ok(platform.log.includes('route 10.0.0.0/8 table 254'));
  assert.ok(
    platform.log.every((line) => !line.includes(':')),
    platform.log.join(),
  );
  assert.deepEqual(platform.rules, []);
  assert.match(warnings.join(), /IPv6 is switched off/);
  await device.close();
});

test('a configured mark names the table', async () => {
  const platform = new FakePlatform();
  const device = await Device.open(settings({ fwmark: 99 }, ['::/0']), { platform });
  assert.ok(platform.log.includes('route ::/0 table 99'));
  await device.close();
});

test('peers reach the engine, and our own key among them is passed over with a warning', async () => {
  const platform = new FakePlatform();
  const warnings: string[] = [];
  const probe = await Device.open(settings(), { platform: new FakePlatform() });
  const own = { publicKey: probe.snapshot().publicKey, allowedIps: [prefix('10.9.0.0/16')], persistentKeepalive: 0 };
  await probe.close();
  const base = settings();
  const device = await Device.open(
    { ...base, peers: [...base.peers, own] },
    { platform, listener: { onWarning: (text) => warnings.push(text) } },
  );
  const lists = platform.commands.filter((command) => command.kind === 'set-allowed-ips');
  assert.deepEqual(
    lists.map((command) => command.prefixes.map(formatPrefix)),
    [['10.0.0.0/8']],
  );
  assert.deepEqual(warnings, ['the peer with our own public key is ignored']);
  assert.equal(device.snapshot().peers.length, 1);
  await device.close();
});

test('events name the peer, drops of core and engine are added up, failures are passed on', async () => {
  const platform = new FakePlatform();
  const events: string[] = [];
  const failures: Error[] = [];
  const listener = {
    onEvent: (event: { kind: string }, key: Uint8Array | undefined) => events.push(`${event.kind} ${key === PEER_KEY}`),
    onFailure: (error: Error) => failures.push(error),
  };
  const device = await Device.open(settings(), { platform, listener });
  const peer = platform.commands.find((command) => command.kind === 'add-peer')?.peer;
  assert.ok(peer !== undefined);
  platform.listener?.onEvents([{ kind: 'session-wanted', peer }]);
  assert.deepEqual(events, ['handshake-sent true']);
  assert.ok(platform.commands.some((command) => command.kind === 'transmit'));
  assert.deepEqual([...device.snapshot().drops], [['bad-mac1', 5]]);
  platform.listener?.onFailure(new Error('worker died'));
  assert.deepEqual(
    failures.map((error) => error.message),
    ['worker died'],
  );
  await device.close();
  platform.listener?.onEvents([{ kind: 'session-wanted', peer }]);
  assert.equal(events.length, 1, 'nothing happens after the end');
});

const LISTENERS: readonly StreamListenOptions[] = [
  { kind: 'tcp', address: undefined, port: 443 },
  { kind: 'websocket', address: undefined, port: 8080, websocket: { path: '/x', secure: false } },
];

test('streams start before the data plane and stop after it, only where there are any', async () => {
  const platform = new FakePlatform();
  const device = await Device.open(settings({ streamListeners: LISTENERS }), { platform });
  assert.deepEqual(platform.log, [
    'open network',
    'open ports',
    'start streams',
    'start engine',
    'address 10.0.0.2/32',
    'link up',
    'route 10.0.0.0/8 table 254',
    'listen tcp 443',
    'listen websocket 8080',
  ]);
  assert.equal(platform.stream, STREAM_HANDLE);
  assert.deepEqual([device.snapshot().streams, device.snapshot().listeners], [NO_STATISTICS, LISTENERS]);
  platform.log.length = 0;
  await device.close();
  assert.deepEqual(platform.log, ['close engine', 'close streams', 'close ports', 'close network']);
  const without = await Device.open(settings(), { platform });
  assert.deepEqual([platform.log.includes('start streams'), platform.stream], [false, undefined]);
  assert.equal(without.snapshot().streams, undefined);
  await without.close();
});

test('a listener that fails undoes everything', async () => {
  for (const failAt of ['start streams', 'listen tcp 443', 'listen websocket 8080']) {
    const platform = new FakePlatform();
    platform.failAt = failAt;
    const attempt = Device.open(settings({ streamListeners: LISTENERS }), { platform });
    await assert.rejects(attempt, { message: `cannot ${failAt}` });
    const closed = platform.log.filter((line) => line.startsWith('close '));
    const expected = ['close engine', 'close streams', 'close ports', 'close network'];
    assert.deepEqual(closed, failAt === 'start streams' ? expected.slice(2) : expected, failAt);
  }
});

test('two accepted streams that are one peer are joined, and the peer is shown with its carrier', async () => {
  const platform = new FakePlatform();
  const events: string[] = [];
  const onCarrierEvent = (event: CarrierEvent, key: Uint8Array | undefined): void =>
    void events.push(`${event.kind} ${key === undefined ? '' : key === PEER_KEY}`.trimEnd());
  const device = await Device.open(settings({ streamListeners: LISTENERS }), {
    platform,
    listener: { onCarrierEvent },
  });
  const peer = platform.commands.find((command) => command.kind === 'add-peer')?.peer;
  assert.ok(peer !== undefined);
  const at = (bundle: number) => ({ address: Uint8Array.of(192, 0, 2, 9), port: 1000 + bundle, scopeId: 0, bundle });
  for (const bundle of [1, 2]) platform.hub?.onAccepted(bundle, at(bundle), 'tcp');
  for (const bundle of [1, 2, 1]) platform.listener?.onEvents([{ kind: 'roamed', peer, endpoint: at(bundle) }]);
  assert.equal(platform.log.at(-1), 'merge 2 1');
  assert.deepEqual(events, ['stream-accepted', 'stream-accepted', 'streams-joined true']);
  assert.equal(device.snapshot().carriers.get(peer)?.name, 'tcp');
  platform.hub?.onClosed(2, 'end');
  platform.hub?.onClosed(7, 'never accepted');
  assert.deepEqual(events.slice(3), ['stream-closed']);
  await device.close();
});

const TCP_ENDPOINT = { address: Uint8Array.of(192, 0, 2, 1), port: 443, scopeId: 0 };
const CARRIERS: readonly CarrierCandidate[] = [
  { name: 'tcp', endpoint: TCP_ENDPOINT, target: { kind: 'tcp', endpoint: TCP_ENDPOINT, connections: 2 } },
  { name: 'udp', endpoint: { ...TCP_ENDPOINT, port: 51820 } },
];

function withCarriers(): DeviceSettings {
  const peer = { publicKey: PEER_KEY, allowedIps: [prefix('10.0.0.0/8')], persistentKeepalive: 0 };
  return settings({ peers: [{ ...peer, carriers: CARRIERS }] });
}

test('a peer with carriers is pinned to the one that is chosen, and a stream opens when a session is wanted', async () => {
  const platform = new FakePlatform();
  const events: string[] = [];
  const onCarrierEvent = (event: CarrierEvent): void => void events.push(event.kind);
  const device = await Device.open(withCarriers(), { platform, listener: { onCarrierEvent } });
  assert.deepEqual(
    platform.log.filter((line) => /stream|echo/.test(line)),
    ['start streams', 'hear echoes 4'],
  );
  const peer = platform.commands.find((command) => command.kind === 'add-peer')?.peer;
  assert.ok(peer !== undefined);
  assert.ok(platform.commands.some((command) => command.kind === 'pin-path' && command.pinned));
  platform.listener?.onEvents([{ kind: 'session-wanted', peer }]);
  assert.equal(platform.log.at(-1), 'open 1 tcp');
  platform.hub?.onUp(1, TCP_ENDPOINT);
  platform.hub?.onDown(1, 'connection reset');
  assert.deepEqual(events, ['stream-up', 'stream-down']);
  assert.equal(device.snapshot().carriers.get(peer)?.name, 'tcp', 'by the bundle that its packets go to');
  platform.log.length = 0;
  await device.close();
  assert.deepEqual(platform.log, ['close echoes 4', 'close engine', 'close streams', 'close ports', 'close network']);
});

test('only paths of datagrams count for the MTU', async () => {
  const mtuWith = async (carriers: readonly CarrierCandidate[]): Promise<number | undefined> => {
    const platform = new FakePlatform();
    const base = withCarriers();
    const peers = base.peers.map((peer) => ({ ...peer, carriers }));
    const device = await Device.open({ ...base, peers }, { platform });
    await device.close();
    return platform.opened?.mtu;
  };
  assert.equal(await mtuWith(CARRIERS), 1412);
  assert.equal(await mtuWith(CARRIERS.slice(0, 1)), 1420);
});

test('where echoes cannot be heard, there is a warning and a tunnel', async () => {
  const platform = new FakePlatform();
  platform.failAt = 'hear echoes 4';
  const warnings: string[] = [];
  const device = await Device.open(withCarriers(), {
    platform,
    listener: { onWarning: (text) => void warnings.push(text) },
  });
  assert.deepEqual(warnings, ['carriers are judged by traffic alone: cannot hear echoes 4']);
  await device.close();
});
