import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { LatencyWatch } from './latency-watch.ts';

/** Looks every 500 ms. */
function watch(best: number | undefined, roundTrips: readonly (number | undefined)[], hasCollapsed = false): boolean {
  const latency = new LatencyWatch();
  for (const [index, roundTrip] of roundTrips.entries()) latency.look(roundTrip, best, (index * 500) as Instant);
  return latency.isSlowForLong(hasCollapsed, ((roundTrips.length - 1) * 500) as Instant);
}

test('three seconds of more than eight times the best, and more than 400 ms, are slow', () => {
  const seven = new Array<number>(7).fill(500);
  assert.ok(watch(40, seven));
  assert.ok(!watch(40, seven.slice(1)));
  assert.ok(!watch(80, seven), 'not eight times as long');
  assert.ok(!watch(10, new Array<number>(7).fill(390)), 'long for this path, but nobody minds');
});

test('half of what is slow is nearly slow already', () => {
  const latency = new LatencyWatch();
  const isNearlySlow = (roundTrip: number | undefined, best: number): boolean => {
    latency.look(roundTrip, best, 0 as Instant);
    return latency.isNearlySlow;
  };
  assert.deepEqual(
    [200, 201].map((roundTrip) => isNearlySlow(roundTrip, 10)),
    [false, true],
  );
  assert.deepEqual(
    [400, 401].map((roundTrip) => isNearlySlow(roundTrip, 100)),
    [false, true],
  );
  assert.equal(isNearlySlow(undefined, 10), false);
});

test('half as long is enough where much less gets through than used to', () => {
  const four = new Array<number>(4).fill(500);
  assert.ok(watch(40, four, true));
  assert.ok(!watch(40, four.slice(1), true));
});

test('one fast answer begins it anew, and without answers there is nothing to say', () => {
  assert.ok(!watch(40, [500, 500, 500, 60, 500, 500, 500]));
  assert.ok(!watch(undefined, new Array<number>(7).fill(500)));
  assert.ok(!watch(40, new Array<undefined>(7).fill(undefined)));
});
