/** What becomes of cookies that are no longer needed; cookie.test.ts has the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import { isAllZero } from '../bytes.ts';
import { COOKIE_LIFETIME_MS, INITIATION_BYTES } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { MacChecker } from './mac-checker.ts';
import { MacStamper } from './mac-stamper.ts';

const now = 5_000 as Instant;
const here: Endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 4000, scopeId: 0 };

test('a cookie is wiped when another comes, and when it is too old', () => {
  const opened: Uint8Array[] = [];
  const real = nodeCrypto();
  const crypto: HandshakeCrypto = {
    ...real,
    xopen: (...args) => {
      const cookie = real.xopen(...args);
      if (cookie !== undefined) opened.push(cookie);
      return cookie;
    },
  };
  const { publicKey } = crypto.generateKeypair();
  const [checker, stamper] = [new MacChecker(crypto, new SystemRandom(), publicKey), new MacStamper(crypto, publicKey)];
  const message = new Uint8Array(INITIATION_BYTES);
  const getCookie = (at: Instant): void => {
    stamper.stamp(message, at);
    assert.ok(stamper.consumeReply(checker.createReply(message, 3, here, at), at));
  };
  const areZero = (): boolean[] => opened.map(isAllZero);
  getCookie(now);
  assert.deepEqual(areZero(), [false]);
  getCookie(after(now, 1000));
  assert.deepEqual(areZero(), [true, false]);
  stamper.stamp(message, after(now, 1000 + COOKIE_LIFETIME_MS - 1));
  assert.deepEqual(areZero(), [true, false]);
  stamper.stamp(message, after(now, 1000 + COOKIE_LIFETIME_MS));
  assert.deepEqual(areZero(), [true, true]);
});
