import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import { isAllZero, toHex } from '../bytes.ts';
import { COOKIE_LIFETIME_MS, INITIATION_BYTES, RESPONSE_BYTES } from '../constants.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { parseCookieReply } from '../wire/cookie-reply.ts';
import { mac1Of, mac2Of } from '../wire/macs.ts';
import { MacChecker } from './mac-checker.ts';
import { MacStamper } from './mac-stamper.ts';

const crypto = nodeCrypto();
const random = new SystemRandom();
const now = 5_000 as Instant;

const home: Endpoint = { address: Uint8Array.of(192, 168, 13, 37), port: 4000, scopeId: 0 };

function pair() {
  const { publicKey } = crypto.generateKeypair();
  return { checker: new MacChecker(crypto, random, publicKey), stamper: new MacStamper(crypto, publicKey) };
}

function randomMessage(length = INITIATION_BYTES): Uint8Array {
  return random.fill(new Uint8Array(length));
}

/** A pair whose stamper holds the checker's cookie for `home`. */
function pairWithCookie() {
  const { checker, stamper } = pair();
  const message = randomMessage();
  stamper.stamp(message, now);
  assert.equal(stamper.consumeReply(checker.createReply(message, 3, home, now), now), true);
  return { checker, stamper };
}

test('before a cookie, mac1 is valid and mac2 is zero and invalid', () => {
  const { checker, stamper } = pair();
  for (const length of [INITIATION_BYTES, RESPONSE_BYTES]) {
    const message = randomMessage(length);
    stamper.stamp(message, now);
    assert.equal(checker.hasValidMac1(message), true);
    assert.ok(isAllZero(mac2Of(message)));
    assert.equal(checker.hasValidMac2(message, home, now), false);
  }
});

test('after a cookie reply, mac2 is valid too', () => {
  const { checker, stamper } = pairWithCookie();
  for (const length of [INITIATION_BYTES, RESPONSE_BYTES]) {
    const message = randomMessage(length);
    stamper.stamp(message, now);
    assert.equal(checker.hasValidMac1(message), true);
    assert.equal(checker.hasValidMac2(message, home, now), true);
  }
});

test('any flipped bit before them breaks both MACs', () => {
  const { checker, stamper } = pairWithCookie();
  const message = randomMessage();
  stamper.stamp(message, now);
  for (let bit = 0; bit < (INITIATION_BYTES - 32) * 8; bit += 7) {
    message[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(checker.hasValidMac1(message), false, `bit ${bit}`);
    assert.equal(checker.hasValidMac2(message, home, now), false, `bit ${bit}`);
    message[bit >> 3] ^= 1 << (bit & 7);
  }
  assert.equal(checker.hasValidMac2(message, home, now), true);
});

test('a cookie is worth nothing from another address, port, zone or family', () => {
  const { checker, stamper } = pairWithCookie();
  const message = randomMessage();
  stamper.stamp(message, now);
  const others: readonly Endpoint[] = [
    { ...home, address: Uint8Array.of(192, 168, 13, 38) },
    { ...home, port: 4001 },
    { ...home, port: 4000 ^ 0x100 },
    { ...home, scopeId: 2 },
    { ...home, address: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 13, 37) },
  ];
  for (const from of others) assert.equal(checker.hasValidMac2(message, from, now), false);
  const sameHostOtherRoute = { ...home, local: { address: Uint8Array.of(10, 0, 0, 1), interfaceIndex: 3 } };
  assert.equal(checker.hasValidMac2(message, sameHostOtherRoute, now), true);
});

test('messages too short to hold MACs have none', () => {
  const { checker } = pair();
  checker.createReply(randomMessage(), 3, home, now);
  for (const length of [0, 15, 31]) {
    assert.equal(checker.hasValidMac1(new Uint8Array(length)), false);
    assert.equal(checker.hasValidMac2(new Uint8Array(length), home, now), false);
  }
});

test('a reply names the type asked for and the index of the sender, with a new nonce each time', () => {
  const { checker, stamper } = pair();
  const message = randomMessage();
  stamper.stamp(message, now);
  const [first, second] = [0, 1].map(() => parseCookieReply(checker.createReply(message, 0xcafe_f00d, home, now)));
  assert.equal(first?.type, 0xcafe_f00d);
  assert.equal(first.receiver, new DataView(message.buffer).getUint32(4, true));
  assert.notEqual(toHex(first.nonce), toHex(second?.nonce ?? first.nonce));
});

test('only a genuine reply to the last message is believed, and only once', () => {
  const { checker, stamper } = pair();
  const [earlier, later] = [randomMessage(), randomMessage()];
  const premature = checker.createReply(earlier, 3, home, now);
  assert.equal(stamper.consumeReply(premature, now), false, 'nothing sent yet');
  stamper.stamp(earlier, now);
  const toEarlier = checker.createReply(earlier, 3, home, now);
  stamper.stamp(later, now);
  const toLater = checker.createReply(later, 3, home, now);

  assert.equal(stamper.consumeReply(toEarlier, now), false, 'answers an older message');
  for (let offset = 8; offset < toLater.length; offset++) {
    const forged = Uint8Array.from(toLater);
    forged[offset] ^= 0x10;
    assert.equal(stamper.consumeReply(forged, now), false, `byte ${offset}`);
  }
  assert.equal(stamper.consumeReply(toLater.subarray(0, 63), now), false, 'cut short');
  assert.equal(
    stamper.consumeReply(pair().checker.createReply(later, 3, home, now), now),
    false,
    'from another device',
  );
  assert.equal(stamper.consumeReply(toLater, now), true);
  assert.equal(stamper.consumeReply(toLater, now), false, 'again');
});

test('a received cookie is used for 120 s, then mac2 is zero again', () => {
  const { stamper } = pairWithCookie();
  const message = randomMessage();
  stamper.stamp(message, after(now, COOKIE_LIFETIME_MS - 1));
  assert.equal(isAllZero(mac2Of(message)), false);
  stamper.stamp(message, after(now, COOKIE_LIFETIME_MS));
  assert.equal(isAllZero(mac2Of(message)), true);
  stamper.stamp(message, now);
  assert.equal(isAllZero(mac2Of(message)), true, 'forgotten for good');
});

test('the secret behind the cookies lives for 120 s and changes when it is next needed', () => {
  const { checker, stamper } = pairWithCookie();
  const message = randomMessage();
  stamper.stamp(message, now);
  assert.equal(checker.hasValidMac2(message, home, after(now, COOKIE_LIFETIME_MS - 1)), true);
  const expired = after(now, COOKIE_LIFETIME_MS);
  assert.equal(checker.hasValidMac2(message, home, expired), false);
  const reply = checker.createReply(message, 3, home, expired);
  assert.equal(checker.hasValidMac2(message, home, expired), false, 'the old cookie under the new secret');
  assert.equal(stamper.consumeReply(reply, expired), true);
  stamper.stamp(message, expired);
  assert.equal(checker.hasValidMac2(message, home, expired), true);
});

test('a newer cookie replaces the old one', () => {
  const { checker, stamper } = pairWithCookie();
  const moved = { ...home, port: 9 };
  const message = randomMessage();
  stamper.stamp(message, now);
  assert.equal(checker.hasValidMac2(message, moved, now), false);
  assert.equal(stamper.consumeReply(checker.createReply(message, 3, moved, now), now), true);
  stamper.stamp(message, now);
  assert.equal(checker.hasValidMac2(message, moved, now), true);
  assert.equal(checker.hasValidMac2(message, home, now), false);
});

test('mac1 depends on whom the message is for', () => {
  const message = randomMessage();
  const [one, other] = [pair(), pair()];
  one.stamper.stamp(message, now);
  assert.equal(other.checker.hasValidMac1(message), false);
  const mac1 = Uint8Array.from(mac1Of(message));
  other.stamper.stamp(message, now);
  assert.notDeepEqual(Uint8Array.from(mac1Of(message)), mac1);
});
