import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DropReason } from '../../protocol/drop-reason.ts';
import type { PeerId, TrafficRecord } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';
import type { DeviceNews } from './device-event.ts';
import { Watchman } from './watchman.ts';

const PEER = 3 as PeerId;

class Scene {
  readonly told: DeviceNews[] = [];
  readonly watchman = new Watchman((news) => this.told.push(news));
  now = 1000;
  gaveUp = false;
  unanswered = 0;
  heard = 0;
  drops = new Map<DropReason, number>();

  /** `seconds` later. */
  look(seconds = 2): DeviceNews[] {
    this.now += seconds * 1000;
    const traffic = { dataSentUnanswered: this.unanswered, authenticatedReceivedLast: this.heard } as unknown;
    const peer = { id: PEER, publicKey: Uint8Array.of(7), gaveUp: this.gaveUp, traffic: traffic as TrafficRecord };
    this.watchman.look({ now: this.now as Instant, drops: new Map(this.drops), peers: [peer] });
    return this.told.splice(0);
  }
}

test('a peer that leaves data unanswered is silent once, and alive when it is heard', () => {
  const scene = new Scene();
  scene.look();
  scene.unanswered = scene.now;
  assert.deepEqual(scene.look(18), []);
  assert.deepEqual(scene.look(3), [{ kind: 'silent', peer: Uint8Array.of(7), forMilliseconds: 21_000 }]);
  assert.deepEqual(scene.look(60), []);
  scene.heard = scene.now + 1;
  scene.unanswered = 0;
  assert.deepEqual(scene.look(), [{ kind: 'alive', peer: Uint8Array.of(7) }]);
  assert.deepEqual(scene.look(), []);
});

test('handshakes that were given up are silence too', () => {
  const scene = new Scene();
  scene.gaveUp = true;
  assert.deepEqual(scene.look(), [{ kind: 'silent', peer: Uint8Array.of(7), forMilliseconds: 0 }]);
});

test('drops are a storm when they come in masses, and told again once a minute', () => {
  const scene = new Scene();
  scene.drops.set('unknown-type', 50_000);
  assert.deepEqual(scene.look(), [], 'what was before is no news');
  scene.drops.set('unknown-type', 50_999);
  assert.deepEqual(scene.look(), []);
  const storm = { kind: 'drop-storm', reason: 'unknown-type', packets: 5000, withinMilliseconds: 2000 };
  scene.drops.set('unknown-type', 55_999);
  assert.deepEqual(scene.look(), [storm]);
  scene.drops.set('unknown-type', 60_999);
  assert.deepEqual(scene.look(), []);
  scene.look(59);
  scene.drops.set('unknown-type', 65_999);
  assert.deepEqual(scene.look(), [storm]);
});
