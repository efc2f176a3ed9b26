import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeypairMaterial, PeerId, ReceiverIndex } from '../../../../src/protocol/engine-port.ts';
import type { Instant } from '../../../../src/protocol/time.ts';
import { WipedSecrets } from './wiped-secrets.ts';

const PEER = 3 as PeerId;
const NOW = 1000 as Instant;

test('an audit finds a key that is gone wherever it lies in the arena, and nothing else', () => {
  const secrets = new WipedSecrets(0);
  const keypair: KeypairMaterial = {
    localIndex: 5 as ReceiverIndex,
    remoteIndex: 6 as ReceiverIndex,
    sendKey: new Uint8Array(32).fill(7),
    receiveKey: Uint8Array.from({ length: 32 }, (_, index) => index),
    isInitiator: true,
    createdAt: NOW,
  };
  const arena = new Uint32Array(4096);
  const key = new Uint32Array(keypair.receiveKey.slice().buffer);
  arena.set(key, 1001);
  secrets.command({ kind: 'install-keypair', peer: PEER, keypair, confirm: true }, NOW, 540_000);
  secrets.audit(arena);
  keypair.sendKey.fill(0);
  keypair.receiveKey.fill(0);
  secrets.report({ kind: 'keypair-retired', peer: PEER, localIndex: keypair.localIndex });
  assert.throws(() => secrets.audit(arena), /a key that is gone at 4004 of its arena/);
  arena.set([0, 0], 1001);
  secrets.audit(arena);
});
