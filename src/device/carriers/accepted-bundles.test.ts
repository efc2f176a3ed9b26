import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';
import { AcceptedBundles } from './accepted-bundles.ts';

const PEER = 1 as PeerId;
const HOME = Uint8Array.of(192, 0, 2, 1);
const ELSEWHERE = Uint8Array.of(192, 0, 2, 2);

/** A, B and C come from one address by TCP, D by TLS, E from another address. */
const [A, B, C, D, E] = [1, 2, 3, 4, 5].map((number) => 0x8000_0000 + number) as [
  number,
  number,
  number,
  number,
  number,
];

function bundles(): AcceptedBundles {
  const accepted = new AcceptedBundles();
  for (const bundle of [A, B, C, D, E]) {
    const endpoint = { address: bundle === E ? ELSEWHERE : HOME, port: bundle & 0xffff, scopeId: 0 };
    accepted.accepted(bundle, endpoint, bundle === D ? 'tls' : 'tcp');
  }
  return accepted;
}

/** What is joined on the way, one move each 10 ms; `undefined` is UDP. */
function walk(accepted: AcceptedBundles, ways: ReadonlyArray<number | undefined>, stepMs = 10): string[] {
  const name = (bundle: number): string => 'ABCDE'.charAt([A, B, C, D, E].indexOf(bundle));
  return ways.flatMap((way, index) => {
    const joined = accepted.heard(PEER, way, (1000 + index * stepMs) as Instant);
    return joined === undefined ? [] : [`${name(joined.from)}>${name(joined.into)}`];
  });
}

test('a peer that is heard by two connections in turn has both', () => {
  assert.deepEqual(walk(bundles(), [A, B, A, B, A]), ['B>A']);
});

test('a whole pool becomes one', () => {
  assert.deepEqual(walk(bundles(), [A, B, C, A, B, C]), ['C>A', 'A>B']);
});

test('a peer that moves on leaves the old connection behind', () => {
  assert.deepEqual(walk(bundles(), [A, B, C]), []);
});

test('coming back later proves nothing', () => {
  assert.deepEqual(walk(bundles(), [A, B, A, B], 6000), []);
});

test('different carriers and different addresses stay apart', () => {
  assert.deepEqual(walk(bundles(), [A, D, A, D]), []);
  assert.deepEqual(walk(bundles(), [A, E, A, E]), []);
});

test('a way by UDP joins nothing', () => {
  assert.deepEqual(walk(bundles(), [A, undefined, A, undefined, B]), []);
});

test('what is closed is not joined', () => {
  const accepted = bundles();
  walk(accepted, [A, B]);
  accepted.closed(B);
  assert.deepEqual(walk(accepted, [A]), []);
});

test('peers are told apart', () => {
  const accepted = bundles();
  assert.equal(accepted.heard(PEER, A, 1 as Instant), undefined);
  assert.equal(accepted.heard(2 as PeerId, B, 2 as Instant), undefined);
  assert.equal(accepted.heard(PEER, B, 3 as Instant), undefined);
  assert.equal(accepted.heard(2 as PeerId, A, 4 as Instant), undefined);
});
