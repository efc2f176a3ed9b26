import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import { createInitiation, remoteStaticOf } from '../noise/handshake.ts';
import type { Instant } from '../time.ts';
import type { SentInitiation } from './sent-initiations.ts';
import { SentInitiations } from './sent-initiations.ts';

const crypto = nodeCrypto();
const local = crypto.generateKeypair();
const remote = remoteStaticOf(crypto, local, crypto.generateKeypair().publicKey);

function sent(index: number): SentInitiation {
  const fields = { type: 1, sender: index as ReceiverIndex, timestamp: new Uint8Array(12) };
  const initiation = createInitiation(crypto, local, remote, fields);
  assert.ok(initiation !== undefined);
  return { pending: initiation.pending, sentAt: index as Instant, isTrial: false };
}

const isWiped = ({ pending }: SentInitiation): boolean => pending.state.isWiped;

test('an answer makes older initiations worthless, newer ones may still be answered', () => {
  const initiations = new SentInitiations();
  const all = [1, 2, 3].map(sent);
  for (const initiation of all) initiations.add(initiation);
  assert.deepEqual(initiations.answered(2 as ReceiverIndex), [1], 'index 2 lives on as the session');
  assert.deepEqual(all.map(isWiped), [true, true, false]);
  assert.equal(initiations.find(2 as ReceiverIndex), undefined);
  assert.equal(initiations.find(3 as ReceiverIndex), all[2]);
});

test('what is forgotten is wiped, and its index returned', () => {
  const initiations = new SentInitiations();
  const all = [1, 2].map(sent);
  for (const initiation of all) initiations.add(initiation);
  assert.deepEqual(initiations.clear(), [1, 2]);
  assert.ok(all.every(isWiped));
  assert.equal(initiations.size, 0);
});

test('no more initiations are kept than one handshake has', () => {
  const initiations = new SentInitiations();
  for (let index = 1; index <= 20; index++) assert.deepEqual(initiations.add(sent(index)), []);
  assert.deepEqual(initiations.add(sent(21)), [1]);
  assert.equal(initiations.size, 20);
});
