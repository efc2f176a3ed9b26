import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePlatform, PEER_KEY, settings } from '../../../test/support/fake-platform.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { WallTime } from '../../protocol/time.ts';
import { Device } from '../device.ts';
import type { DeviceEvent } from './device-event.ts';
import { DeviceObserver } from './device-observer.ts';

const PEER = 4 as PeerId;
const endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 7, scopeId: 0 };
const at = 5 as WallTime;

test('hears first, keeps what will be asked for, and passes everything on', () => {
  const observer = new DeviceObserver(() => at);
  const passed: string[] = [];
  const told: DeviceEvent[] = [];
  observer.events.subscribe((event) => told.push(event));
  const listener = observer.before({
    onEvent: (event) => passed.push(event.kind),
    onCarrierEvent: (event) => passed.push(event.kind),
  });
  const completed = {
    kind: 'handshake-completed',
    peer: PEER,
    role: 'responder',
    tookMilliseconds: 3,
    endpoint,
  } as const;
  for (const attempt of [1, 2]) listener.onEvent({ kind: 'handshake-sent', peer: PEER, attempt }, PEER_KEY);
  listener.onEvent({ kind: 'handshake-gave-up', peer: PEER, attempts: 2 }, PEER_KEY);
  assert.deepEqual([observer.histories.of(PEER).attempts, observer.histories.of(PEER).gaveUp], [2, true]);
  listener.onEvent(completed, PEER_KEY);
  listener.onEvent({ kind: 'peer-roamed', peer: PEER, endpoint }, PEER_KEY);
  listener.onCarrierEvent({ kind: 'carrier-decided', from: 'udp', to: 'tcp', endpoint, reason: 'x' }, PEER_KEY);
  listener.onWarning('careful');
  observer.histories.answered(PEER, 12);
  const history = { role: 'responder', took: 3, attempts: 0, gaveUp: false, roundTrip: 12 };
  assert.deepEqual(observer.histories.of(PEER), history);
  assert.deepEqual(passed, [
    'handshake-sent',
    'handshake-sent',
    'handshake-gave-up',
    'handshake-completed',
    'peer-roamed',
    'carrier-decided',
  ]);
  assert.deepEqual(told, [
    { kind: 'handshake', peer: PEER_KEY, role: 'responder', tookMilliseconds: 3, endpoint, at },
    { kind: 'roamed', peer: PEER_KEY, endpoint, at },
    { kind: 'carrier', peer: PEER_KEY, from: 'udp', to: 'tcp', endpoint, reason: 'x', at },
    { kind: 'warning', message: 'careful', at },
  ]);
  observer.forget(PEER);
  assert.equal(observer.histories.of(PEER).took, undefined);
  observer.close();
});

test('without a session a peer is not asked, and a device that closes ends its streams', async () => {
  const device = await Device.open(settings(), { platform: new FakePlatform() });
  assert.deepEqual([...(await device.probe()).values()], [{ outcome: 'no-session' }]);
  const next = device.events.stream().next();
  await device.close();
  assert.deepEqual(await next, { value: undefined, done: true });
});
