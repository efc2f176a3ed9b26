import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { asciiBytes, concatBytes, toHex } from '../../src/protocol/bytes.ts';
import { CONSTRUCTION, IDENTIFIER } from '../../src/protocol/constants.ts';
import { MacChecker } from '../../src/protocol/cookie/mac-checker.ts';
import { MacStamper } from '../../src/protocol/cookie/mac-stamper.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import {
  consumeInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  remoteStaticOf,
} from '../../src/protocol/noise/handshake.ts';
import { disguise } from '../../src/protocol/obfuscation/disguise.ts';
import { maskMessage } from '../../src/protocol/obfuscation/header-protection.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import type { Random } from '../../src/protocol/random.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { mac2Of } from '../../src/protocol/wire/macs.ts';
import { encodeTransport } from '../../src/protocol/wire/transport.ts';
import { hex, INPUT, OUTPUT } from './derived-values.ts';

const crypto = nodeCrypto();
const initiator = crypto.loadPrivateKey(INPUT.initiatorStatic);
const responder = crypto.loadPrivateKey(INPUT.responderStatic);
const now = 1_000_000 as Instant;

const initiationFields = () => ({
  type: INPUT.types.initiation,
  sender: INPUT.initiatorIndex as ReceiverIndex,
  timestamp: INPUT.timestamp,
  ephemeral: crypto.loadPrivateKey(INPUT.initiatorEphemeral),
});
const responseFields = () => ({
  type: INPUT.types.response,
  sender: INPUT.responderIndex as ReceiverIndex,
  ephemeral: crypto.loadPrivateKey(INPUT.responderEphemeral),
});

function initiate() {
  const created = createInitiation(
    crypto,
    initiator,
    remoteStaticOf(crypto, initiator, responder.publicKey),
    initiationFields(),
  );
  assert.ok(created !== undefined);
  return created;
}

/** Hands out the given values in order, each to a `fill` of exactly its length; empty ones are free. */
function scripted(...values: readonly Uint8Array[]): Random {
  const rest = [...values];
  return {
    fill(target) {
      if (target.length === 0) return target;
      const next = rest.shift();
      assert.equal(next?.length, target.length);
      target.set(next);
      return target;
    },
    uint32: () => assert.fail('not expected here'),
  };
}

test('the handshake begins from the published chaining key and hash', () => {
  const chainingKey = crypto.hash(asciiBytes(CONSTRUCTION));
  assert.equal(toHex(chainingKey), OUTPUT.initialChainingKey);
  assert.equal(toHex(crypto.hash(chainingKey, asciiBytes(IDENTIFIER))), OUTPUT.initialHash);
});

test('initiation, response and both keys', () => {
  const { message: initiation, pending } = initiate();
  new MacStamper(crypto, responder.publicKey).stamp(initiation, now);
  assert.equal(toHex(initiation), OUTPUT.initiation);

  const consumed = consumeInitiation(crypto, responder, initiation, (publicKey) => {
    assert.deepEqual(publicKey, initiator.publicKey);
    return remoteStaticOf(crypto, responder, publicKey);
  });
  assert.ok(consumed.kind === 'accepted');
  assert.deepEqual(consumed.publicKey, initiator.publicKey);
  assert.deepEqual(consumed.timestamp, INPUT.timestamp);
  assert.equal(consumed.sender, INPUT.initiatorIndex);

  const answer = createResponse(crypto, consumed.pending, INPUT.presharedKey, responseFields());
  assert.ok(answer !== undefined);
  new MacStamper(crypto, initiator.publicKey).stamp(answer.message, now);
  assert.equal(toHex(answer.message), OUTPUT.response);
  assert.equal(toHex(answer.keys.receiveKey), OUTPUT.initiatorSendKey);
  assert.equal(toHex(answer.keys.sendKey), OUTPUT.initiatorReceiveKey);

  const finished = consumeResponse(crypto, initiator, pending, INPUT.presharedKey, answer.message);
  assert.equal(finished?.sender, INPUT.responderIndex);
  assert.equal(toHex(finished.keys.sendKey), OUTPUT.initiatorSendKey);
  assert.equal(toHex(finished.keys.receiveKey), OUTPUT.initiatorReceiveKey);
});

test('transport messages under the initiator key', () => {
  assert.equal(toHex(transportMessage(0, new Uint8Array(0))), OUTPUT.keepalive);
  const padded = new Uint8Array(32);
  padded.set(INPUT.packet);
  assert.equal(toHex(transportMessage(1, padded)), OUTPUT.transport);
});

/** Sealed by OpenSSL: what is checked is where the nonce and the fields go. */
function transportMessage(counter: number, plaintext: Uint8Array): Uint8Array {
  const nonce = Uint8Array.of(0, 0, 0, 0, counter, 0, 0, 0, 0, 0, 0, 0);
  const cipher = createCipheriv('chacha20-poly1305', hex(OUTPUT.initiatorSendKey), nonce, { authTagLength: 16 });
  const encryptedPacket = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return encodeTransport({
    type: INPUT.types.transport,
    receiver: INPUT.responderIndex as ReceiverIndex,
    counter: { high: 0, low: counter },
    encryptedPacket,
  });
}

test('header protection: key stream, initiation and keepalive as datagrams', () => {
  const { headerProtectionKey, initiationPrefix, transportPrefix } = INPUT;
  const mask = (prefix: Uint8Array, bytes: Uint8Array): Uint8Array =>
    maskMessage(crypto, headerProtectionKey, prefix, bytes);
  assert.equal(toHex(mask(initiationPrefix, new Uint8Array(16))), OUTPUT.keyStream);

  const { profile } = buildProfile({ s1: 15, s2: 12, s3: 12, s4: 12, headerProtectionKey });
  const datagram = disguise(profile, profile.initiation, hex(OUTPUT.initiation), crypto, scripted(initiationPrefix));
  assert.equal(toHex(datagram), OUTPUT.initiationDatagram);
  assert.equal(toHex(mask(datagram, datagram.subarray(15))), OUTPUT.initiation);

  const keepalive = hex(OUTPUT.keepalive);
  const header = mask(transportPrefix, keepalive.subarray(0, 16));
  assert.equal(toHex(concatBytes(transportPrefix, header, keepalive.subarray(16))), OUTPUT.keepaliveDatagram);
});

test('cookie, cookie reply and mac2', () => {
  const stamper = new MacStamper(crypto, responder.publicKey);
  const { message: initiation } = initiate();
  stamper.stamp(initiation, now);

  const checker = new MacChecker(crypto, scripted(INPUT.cookieSecret, INPUT.cookieNonce), responder.publicKey);
  const reply = checker.createReply(initiation, INPUT.types.cookieReply, INPUT.cookieSource, now);
  assert.equal(toHex(reply), OUTPUT.cookieReply);

  assert.equal(stamper.consumeReply(reply, now), true);
  stamper.stamp(initiation, now);
  assert.equal(toHex(mac2Of(initiation)), OUTPUT.mac2);
  assert.equal(toHex(crypto.mac(hex(OUTPUT.cookie), initiation.subarray(0, 132))), OUTPUT.mac2);
  assert.equal(checker.hasValidMac2(initiation, INPUT.cookieSource, now), true);
});
