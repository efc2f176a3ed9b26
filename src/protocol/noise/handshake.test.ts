import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { equalBytes, fromHex, isAllZero } from '../bytes.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import { encode } from '../tai64n.ts';
import type { WallTime } from '../time.ts';
import { INITIATION, parseInitiation } from '../wire/initiation.ts';
import { parseResponse, RESPONSE } from '../wire/response.ts';
import type { PendingResponse } from './handshake.ts';
import {
  consumeInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  remoteStaticOf,
  wipe,
} from './handshake.ts';

const crypto = nodeCrypto();
const initiator = crypto.generateKeypair();
const responder = crypto.generateKeypair();
const presharedKey = new Uint8Array(32).fill(0x55);
const timestamp = encode(1_700_000_000_000 as WallTime);
const initiatorIndex = 0xfedc_ba98 as ReceiverIndex;
const responderIndex = 0x8765_4321 as ReceiverIndex;

/** A point of order 8. */
const LOW_ORDER = fromHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800') as Uint8Array;

function initiate(type = 1) {
  const remote = remoteStaticOf(crypto, initiator, responder.publicKey);
  const created = createInitiation(crypto, initiator, remote, { type, sender: initiatorIndex, timestamp });
  assert.ok(created !== undefined);
  return created;
}

function consume(message: Uint8Array) {
  return consumeInitiation(crypto, responder, message, (publicKey) =>
    equalBytes(publicKey, initiator.publicKey) ? remoteStaticOf(crypto, responder, publicKey) : undefined,
  );
}

function accept(message: Uint8Array): PendingResponse {
  const consumed = consume(message);
  assert.ok(consumed.kind === 'accepted');
  return consumed.pending;
}

function respond(initiation: Uint8Array, psk = presharedKey) {
  const answer = createResponse(crypto, accept(initiation), psk, { type: 2, sender: responderIndex });
  assert.ok(answer !== undefined);
  return answer;
}

function flipped(message: Uint8Array, offset: number): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[offset] ^= 1;
  return copy;
}

test('both ends arrive at the same two keys, one for each direction', () => {
  const { message, pending } = initiate();
  const answer = respond(message);
  const finished = consumeResponse(crypto, initiator, pending, presharedKey, answer.message);
  assert.equal(finished?.sender, responderIndex);
  assert.deepEqual(finished.keys.sendKey, answer.keys.receiveKey);
  assert.deepEqual(finished.keys.receiveKey, answer.keys.sendKey);
  assert.notDeepEqual(finished.keys.sendKey, finished.keys.receiveKey);
});

test('the messages carry what was asked for, and leave room for the MACs', () => {
  const { message } = initiate(0xdead_beef);
  const initiation = parseInitiation(message);
  assert.equal(initiation?.type, 0xdead_beef);
  assert.equal(initiation.sender, initiatorIndex);
  assert.ok(isAllZero(message.subarray(INITIATION.mac1)));

  const answer = respond(message);
  const response = parseResponse(answer.message);
  assert.equal(response?.type, 2);
  assert.equal(response.sender, responderIndex);
  assert.equal(response.receiver, initiatorIndex);
  assert.ok(isAllZero(answer.message.subarray(RESPONSE.mac1)));
});

test('two initiations share neither ephemeral key nor ciphertext', () => {
  const [first, second] = [initiate().message, initiate().message];
  for (const [from, to] of [
    [8, 40],
    [40, 88],
    [88, 116],
  ]) {
    assert.notDeepEqual(first.subarray(from, to), second.subarray(from, to));
  }
});

test('types and indices are outside the transcript of an initiation, everything else inside', () => {
  const { message } = initiate();
  for (let offset = 0; offset < INITIATION.ephemeral; offset++) accept(flipped(message, offset));
  for (let offset = INITIATION.ephemeral; offset < INITIATION.mac1; offset++) {
    assert.deepEqual(consume(flipped(message, offset)), { kind: 'refused', reason: 'bad-handshake' }, `${offset}`);
  }
});

test('an initiation of the wrong length is refused', () => {
  const { message } = initiate();
  for (const wrong of [message.subarray(0, 147), new Uint8Array(149), new Uint8Array(0)]) {
    assert.deepEqual(consume(wrong), { kind: 'refused', reason: 'bad-handshake' });
  }
});

test('an initiation to another device, or from an unknown peer, is refused', () => {
  const { message } = initiate();
  const other = crypto.generateKeypair();
  const elsewhere = consumeInitiation(crypto, other, message, () => assert.fail('nothing to look up'));
  assert.deepEqual(elsewhere, { kind: 'refused', reason: 'bad-handshake' });
  const unknown = consumeInitiation(crypto, responder, message, () => undefined);
  assert.deepEqual(unknown, { kind: 'refused', reason: 'unknown-peer' });
});

test('knowing a static public key is not enough to speak in its name', () => {
  const attacker = crypto.generateKeypair();
  const impostor = { ...attacker, publicKey: initiator.publicKey };
  const remote = remoteStaticOf(crypto, impostor, responder.publicKey);
  const created = createInitiation(crypto, impostor, remote, { type: 1, sender: initiatorIndex, timestamp });
  assert.ok(created !== undefined);
  assert.deepEqual(consume(created.message), { kind: 'refused', reason: 'bad-handshake' });
});

test('a forged response leaves the handshake open for the true one', () => {
  const { message, pending } = initiate();
  const answer = respond(message);
  for (let offset = RESPONSE.receiver; offset < RESPONSE.mac1; offset++) {
    const forged = flipped(answer.message, offset);
    assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, forged), undefined, `${offset}`);
  }
  assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, answer.message.subarray(1)), undefined);
  assert.notEqual(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
});

test('a preshared key that differs ends in a refused response', () => {
  const { message, pending } = initiate();
  const answer = respond(message, new Uint8Array(32));
  assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
});

test('a response serves once, and so does what it answers', () => {
  const { message, pending } = initiate();
  const waiting = accept(message);
  const answer = createResponse(crypto, waiting, presharedKey, { type: 2, sender: responderIndex });
  assert.ok(answer !== undefined);
  assert.equal(createResponse(crypto, waiting, presharedKey, { type: 2, sender: responderIndex }), undefined);
  assert.notEqual(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
  assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
});

test('wipe closes the handshake', () => {
  const { message, pending } = initiate();
  const answer = respond(message);
  wipe(pending);
  wipe(pending);
  assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
});

test('finishing wipes the state of both ends, but not the session keys', () => {
  const { message, pending } = initiate();
  const waiting = accept(message);
  const answer = createResponse(crypto, waiting, presharedKey, { type: 2, sender: responderIndex });
  assert.ok(answer !== undefined);
  const finished = consumeResponse(crypto, initiator, pending, presharedKey, answer.message);
  assert.equal(waiting.state.isWiped, true);
  assert.equal(pending.state.isWiped, true);
  for (const key of [answer.keys.sendKey, answer.keys.receiveKey, finished?.keys.sendKey]) {
    assert.ok(key !== undefined && !isAllZero(key));
  }
});

test('the messages may be overwritten once they are consumed', () => {
  const { message, pending } = initiate();
  const waiting = accept(message);
  message.fill(0xff);
  const answer = createResponse(crypto, waiting, presharedKey, { type: 2, sender: responderIndex });
  assert.ok(answer !== undefined);
  assert.notEqual(consumeResponse(crypto, initiator, pending, presharedKey, answer.message), undefined);
});

test('a peer with a low-order static key never gets an initiation', () => {
  const remote = remoteStaticOf(crypto, initiator, LOW_ORDER);
  assert.ok(isAllZero(remote.staticStatic));
  const fields = { type: 1, sender: initiatorIndex, timestamp };
  assert.equal(createInitiation(crypto, initiator, remote, fields), undefined);
  const { publicKey } = responder;
  const halfChecked = { publicKey, loaded: crypto.loadPublicKey(publicKey), staticStatic: new Uint8Array(32) };
  assert.equal(createInitiation(crypto, initiator, halfChecked, fields), undefined);
});

test('low-order keys in messages are refused', () => {
  const { message, pending } = initiate();
  const initiation = Uint8Array.from(message);
  initiation.set(LOW_ORDER, INITIATION.ephemeral);
  assert.deepEqual(consume(initiation), { kind: 'refused', reason: 'bad-handshake' });

  const { message: response } = respond(message);
  response.set(LOW_ORDER, RESPONSE.ephemeral);
  assert.equal(consumeResponse(crypto, initiator, pending, presharedKey, response), undefined);
});

test('a peer known by a low-order static key gets no response', () => {
  const impostor = { ...initiator, publicKey: LOW_ORDER };
  const remote = remoteStaticOf(crypto, initiator, responder.publicKey);
  const created = createInitiation(crypto, impostor, remote, { type: 1, sender: initiatorIndex, timestamp });
  assert.ok(created !== undefined);
  const consumed = consumeInitiation(crypto, responder, created.message, (publicKey) => {
    assert.deepEqual(publicKey, LOW_ORDER);
    return remoteStaticOf(crypto, responder, publicKey);
  });
  assert.deepEqual(consumed, { kind: 'refused', reason: 'bad-handshake' });
});
