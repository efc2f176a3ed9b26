/** What the checker does about messages that are no messages, zones, and its secret; cookie.test.ts has the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { isAllZero } from '../bytes.ts';
import { COOKIE_LIFETIME_MS, INITIATION_BYTES, MAC_BYTES } from '../constants.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Random } from '../random.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { mac1Input, mac1Of, mac2Input, mac2Of } from '../wire/macs.ts';
import { MacChecker } from './mac-checker.ts';
import { MacStamper } from './mac-stamper.ts';

const crypto = nodeCrypto();
const now = 5_000 as Instant;
const here: Endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 4000, scopeId: 0 };

/** Remembers what it filled. */
class WatchedRandom implements Random {
  readonly filled: Uint8Array[] = [];

  fill(target: Uint8Array): Uint8Array {
    this.filled.push(target);
    return target.fill(7);
  }

  uint32(): number {
    return 7;
  }
}

function ends() {
  const random = new WatchedRandom();
  const { publicKey } = crypto.generateKeypair();
  return { random, checker: new MacChecker(crypto, random, publicKey), stamper: new MacStamper(crypto, publicKey) };
}

/** A message that carries the checker's cookie for `from`. */
function proven(
  { checker, stamper }: Pick<ReturnType<typeof ends>, 'checker' | 'stamper'>,
  from: Endpoint,
): Uint8Array {
  const message = new Uint8Array(INITIATION_BYTES);
  stamper.stamp(message, now);
  assert.ok(stamper.consumeReply(checker.createReply(message, 3, from, now), now));
  stamper.stamp(message, now);
  return message;
}

test('what is too short to have MACs has none, whatever it says', () => {
  const { checker, stamper } = ends();
  proven({ checker, stamper }, here);
  for (let length = 0; length < 2 * MAC_BYTES; length += 1) {
    assert.equal(checker.hasValidMac1(new Uint8Array(length)), false, `${length}`);
    assert.equal(checker.hasValidMac2(new Uint8Array(length), here, now), false, `${length}`);
  }
});

test('a message of nothing but MACs is judged by them', () => {
  const { checker } = ends();
  const message = new Uint8Array(2 * MAC_BYTES);
  assert.equal(checker.hasValidMac1(message), false);
  mac1Of(message).set(crypto.mac(checker.mac1Key, mac1Input(message)));
  assert.equal(checker.hasValidMac1(message), true);
  const { random, checker: other } = ends();
  other.createReply(new Uint8Array(INITIATION_BYTES), 3, here, now);
  const [secret] = random.filled;
  const cookie = crypto.mac(secret, here.address, new Uint8Array(0), Uint8Array.of(4000 & 255, 4000 >> 8));
  mac2Of(message).set(crypto.mac(cookie, mac2Input(message)));
  assert.equal(other.hasValidMac2(message, here, now), true);
});

test('a cookie of one zone is of no use in another', () => {
  const linkLocal = (scopeId: number): Endpoint => ({ address: Uint8Array.of(0xfe, 0x80), port: 1, scopeId });
  const { checker, stamper } = ends();
  const message = proven({ checker, stamper }, linkLocal(1));
  for (const [scopeId, valid] of [
    [1, true],
    [0, false],
    [2, false],
  ] as const)
    assert.equal(checker.hasValidMac2(message, linkLocal(scopeId), now), valid, `${scopeId}`);
});

test('an old secret is wiped when another takes its place', () => {
  const { random, checker } = ends();
  checker.createReply(new Uint8Array(INITIATION_BYTES), 3, here, now);
  const [secret] = random.filled;
  assert.equal(secret.length, 32);
  assert.equal(isAllZero(secret), false);
  checker.createReply(new Uint8Array(INITIATION_BYTES), 3, here, after(now, COOKIE_LIFETIME_MS));
  assert.ok(isAllZero(secret));
});
