import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeypairMaterial, PeerId, ReceiverIndex } from '../protocol/engine-port.ts';
import { Keypair } from '../protocol/session/keypair.ts';
import type { Instant } from '../protocol/time.ts';
import type { Session } from './engine-peer.ts';
import { EnginePeer } from './engine-peer.ts';
import { SessionTable } from './session-table.ts';
import { StagingBudget } from './staged-frames.ts';

function sessionWith(localIndex: number): Session {
  const material: KeypairMaterial = {
    localIndex: localIndex as ReceiverIndex,
    remoteIndex: 0 as ReceiverIndex,
    sendKey: new Uint8Array(32),
    receiveKey: new Uint8Array(32),
    isInitiator: true,
    createdAt: 0 as Instant,
  };
  return { keypair: new Keypair(material), peer: new EnginePeer(0 as PeerId, 0, new StagingBudget()) };
}

test('finds a session by its index over the full 32 bits, signed or not, until it is removed', () => {
  const table = new SessionTable();
  for (const index of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    const session = sessionWith(index);
    table.add(session);
    assert.equal(table.find(index), session);
    assert.equal(table.find(index | 0), session);
    table.remove(index as ReceiverIndex);
    assert.equal(table.find(index), undefined);
  }
});

test('indices that differ in one bit are different sessions', () => {
  const table = new SessionTable();
  const [low, high] = [sessionWith(5), sessionWith(0x8000_0005)];
  table.add(low);
  table.add(high);
  assert.equal(table.find(5), low);
  assert.equal(table.find(0x8000_0005), high);
});
