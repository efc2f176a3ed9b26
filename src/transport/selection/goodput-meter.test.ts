import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { GoodputMeter } from './goodput-meter.ts';
import type { PathTraffic } from './selector-messages.ts';

class Traffic {
  readonly meter = new GoodputMeter();
  #now = 1_000;
  #bytes = 5_000_000;

  /** So many seconds of so many bytes each, looked at every 250 ms. */
  run(seconds: number, bytesPerSecond: number): this {
    for (let look = 0; look < seconds * 4; look++) {
      this.#now += 250;
      this.#bytes += bytesPerSecond / 4;
      const record = { receivedBytes: this.#bytes, sentBytes: 7 } as PathTraffic;
      this.meter.look(record, this.#now as Instant);
    }
    return this;
  }
}

test('counts what came and went over the last three seconds', () => {
  assert.equal(new GoodputMeter().bytesPerSecond, 0);
  const traffic = new Traffic().run(5, 100_000);
  assert.equal(Math.round(traffic.meter.bytesPerSecond), 100_000);
  assert.ok(traffic.meter.isBulk);
  traffic.run(4, 4_000);
  assert.equal(Math.round(traffic.meter.bytesPerSecond), 4_000);
  assert.ok(!traffic.meter.isBulk);
});

test('has collapsed when it is less than a third of what it was, on whatever path, within ten minutes', () => {
  const traffic = new Traffic().run(10, 900_000);
  assert.ok(!traffic.meter.hasCollapsed);
  traffic.run(5, 400_000);
  assert.ok(!traffic.meter.hasCollapsed);
  traffic.meter.reset();
  traffic.run(5, 200_000);
  assert.ok(traffic.meter.hasCollapsed);
  traffic.run(601, 200_000);
  assert.ok(!traffic.meter.hasCollapsed, 'forgotten');
});

test('a first burst is no measure', () => {
  const traffic = new Traffic().run(0.5, 10_000_000);
  traffic.meter.reset();
  traffic.run(5, 200_000);
  assert.ok(!traffic.meter.hasCollapsed);
});
