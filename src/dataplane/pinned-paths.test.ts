import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../protocol/engine-port.ts';
import { endpoint } from '../testing/addresses.ts';
import { PinnedPaths } from './pinned-paths.ts';

const PEER = 1 as PeerId;
const HERE = endpoint('192.0.2.1', 1);
const THERE = endpoint('192.0.2.2', 2);

test('of a pinned peer a report is outdated that says another place than the last order', () => {
  const paths = new PinnedPaths();
  paths.note([{ kind: 'set-endpoint', peer: PEER, endpoint: HERE }]);
  assert.equal(paths.isOutdated(PEER, THERE), false, 'it is not pinned');
  paths.note([{ kind: 'pin-path', peer: PEER, pinned: true }]);
  assert.equal(paths.isOutdated(PEER, THERE), false, 'nothing was ordered since');
  paths.note([{ kind: 'set-endpoint', peer: PEER, endpoint: HERE }]);
  assert.equal(paths.isOutdated(PEER, THERE), true);
  const local = { address: Uint8Array.of(10, 0, 0, 1), interfaceIndex: 1 };
  assert.equal(paths.isOutdated(PEER, { ...HERE, local }), false, 'the same place, from an address of ours');
  assert.equal(paths.isOutdated(2 as PeerId, THERE), false);
});

test('a peer that is let go, removed or without an endpoint may be anywhere', () => {
  const paths = new PinnedPaths();
  const pinned = [
    { kind: 'pin-path', peer: PEER, pinned: true },
    { kind: 'set-endpoint', peer: PEER, endpoint: HERE },
  ] as const;
  for (const last of [
    { kind: 'pin-path', peer: PEER, pinned: false },
    { kind: 'remove-peer', peer: PEER },
    { kind: 'set-endpoint', peer: PEER, endpoint: undefined },
  ] as const) {
    paths.note(pinned);
    assert.equal(paths.isOutdated(PEER, THERE), true);
    paths.note([last]);
    assert.equal(paths.isOutdated(PEER, THERE), false);
  }
});
