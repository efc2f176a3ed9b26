import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { LossWatch } from './loss-watch.ts';
import type { PathTraffic } from './selector-messages.ts';

const never = 0 as Instant;

function record(receivedMessages: number, expectedMessages: number, receivedBytes = 0): PathTraffic {
  return {
    dataSentUnanswered: never,
    authenticatedSentLast: never,
    authenticatedReceivedLast: never,
    receivedBytes,
    sentBytes: 0,
    receivedMessages,
    expectedMessages,
    receivedHereLast: never,
    dataReceivedHereLast: never,
  };
}

/** Windows of a second, each [received, expected]; begins in the middle of a long session. */
function watch(windows: readonly (readonly [number, number])[]): LossWatch {
  let [received, expected] = [10_000, 10_500];
  const loss = new LossWatch(record(received, expected), 1_000 as Instant);
  for (const [index, [more, moreExpected]] of windows.entries()) {
    received += more;
    expected += moreExpected;
    loss.look(record(received, expected), 0, (2_000 + index * 1_000) as Instant);
  }
  return loss;
}

const bad = [94, 100] as const;
const good = [100, 100] as const;
const slight = [98, 100] as const;

test('three windows in a row above 5 % are a lossy path, two are not, nor three with a good one between', () => {
  assert.ok(watch([bad, bad, bad]).isLossy(false));
  assert.ok(!watch([bad, bad]).isLossy(false));
  assert.ok(!watch([bad, bad, good, bad, bad]).isLossy(false));
  assert.ok(
    !watch([
      [95, 100],
      [95, 100],
      [95, 100],
      [95, 100],
    ]).isLossy(false),
  );
});

test('the fraction is that of the last window', () => {
  assert.equal(watch([bad, [80, 100]]).fraction.toFixed(3), '0.200');
  assert.equal(watch([bad, good]).fraction, 0);
});

test('slight losses count after three windows where the path has become slow, else after twenty', () => {
  const three = watch([slight, slight, slight]);
  assert.deepEqual([three.isLossy(true), three.isLossy(false)], [true, false]);
  assert.ok(watch(new Array<typeof slight>(20).fill(slight)).isLossy(false));
  assert.ok(!watch(new Array<typeof good>(20).fill(good)).isLossy(true));
});

test('too few packets tell nothing: a window waits for fifty, and is thrown away after three seconds', () => {
  assert.equal(
    watch([
      [10, 20],
      [10, 20],
    ]).fraction,
    0,
  );
  assert.equal(
    watch([
      [10, 20],
      [20, 40],
    ]).fraction,
    0.5,
  );
  assert.ok(!watch([bad, bad, [1, 10], [1, 10], [1, 10], bad]).isLossy(false));
});

test('late packets of the window before are no gain', () => {
  assert.equal(watch([[110, 100]]).fraction, 0);
});

test('much slower than usual from a loss on is a collapse, slower without one is somebody with less to send', () => {
  const after = (first: readonly [number, number], speeds: readonly number[]): boolean => {
    const loss = new LossWatch(record(0, 0), 0 as Instant);
    loss.look(record(first[0], first[1], 1_000_000), 1_000_000, 1_000 as Instant);
    let bytes = 1_000_000;
    for (const [index, speed] of speeds.entries()) {
      bytes += speed;
      const messages = 100 * (index + 1);
      const next = record(first[0] + messages, first[1] + messages, bytes);
      loss.look(next, 1_000_000, ((index + 2) * 1_000) as Instant);
    }
    return loss.hasCollapsed;
  };
  assert.ok(after([90, 100], [300_000, 300_000]));
  assert.ok(!after([90, 100], [300_000]));
  assert.ok(!after([90, 100], [300_000, 400_000]));
  assert.ok(!after([90, 100], [400_000, 300_000, 300_000]));
  assert.ok(!after([100, 100], [300_000, 300_000, 300_000]));
});
