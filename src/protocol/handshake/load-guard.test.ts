import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { endpoint } from '../../testing/addresses.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { MacChecker } from '../cookie/mac-checker.ts';
import { MacStamper } from '../cookie/mac-stamper.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import type { Judgement } from './load-guard.ts';
import { LoadGuard } from './load-guard.ts';

const START = 1_000_000 as Instant;
const FLOODER = endpoint('203.0.113.66', 666);
const BOB = endpoint('192.0.2.2', 51820);

const crypto = nodeCrypto();
const publicKey = crypto.generateKeypair().publicKey;

class Door {
  readonly guard = new LoadGuard();
  readonly checker = new MacChecker(crypto, new SeededRandom(1), publicKey);
  now = START;

  /** A message that went through a stamper, as the data plane reports it. */
  knock(stamper: MacStamper, from: Endpoint, backlog: number): Judgement {
    const message = new Uint8Array(148);
    stamper.stamp(message, this.now);
    const admission = this.guard.admit(this.checker, message, from, backlog, this.now);
    if (admission === 'cookie-needed')
      stamper.consumeReply(this.checker.createReply(message, 3, from, this.now), this.now);
    return admission;
  }

  /** Many messages in one batch, each behind the one before it. */
  flood(count: number, from: (index: number) => Endpoint): Judgement[] {
    const stamper = newStamper();
    return Array.from({ length: count }, (_, index) => this.knock(stamper, from(index), index + 1));
  }
}

const newStamper = (): MacStamper => new MacStamper(crypto, publicKey);
const forged = (index: number): Endpoint =>
  endpoint(`198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`, 1);

test('whoever speaks over a stream has shown where he is, and may come as often as anybody', () => {
  const door = new Door();
  const overStream = { ...BOB, bundle: 7 };
  const burst = Array.from({ length: 6 }, () => door.knock(newStamper(), overStream, 1000));
  assert.deepEqual(burst, [...Array<string>(5).fill('admitted'), 'rate-limited']);
});

test('while nothing piles up mac1 is enough', () => {
  const door = new Door();
  const stamper = newStamper();
  for (let i = 0; i < 100; i++) assert.equal(door.knock(stamper, BOB, 127), 'admitted');
});

test('under load a message without mac2 gets a cookie, and with it the next is admitted', () => {
  const door = new Door();
  const stamper = newStamper();
  assert.equal(door.knock(stamper, BOB, 128), 'cookie-needed');
  assert.equal(door.knock(stamper, BOB, 128), 'admitted');
});

test('a cookie of one address or port is worth nothing at another', () => {
  const door = new Door();
  const stamper = newStamper();
  assert.equal(door.knock(stamper, BOB, 128), 'cookie-needed');
  assert.equal(door.knock(stamper, { ...BOB, port: 51821 }, 128), 'cookie-needed');
  assert.equal(door.knock(stamper, endpoint('192.0.2.3', 51820), 128), 'cookie-needed');
});

test('under load a source with a cookie may come 20 times a second, 5 at once', () => {
  const door = new Door();
  const stamper = newStamper();
  door.knock(stamper, BOB, 128);
  const burst = Array.from({ length: 6 }, () => door.knock(stamper, BOB, 128));
  assert.deepEqual(burst, [...Array<string>(5).fill('admitted'), 'rate-limited']);
  door.now = after(door.now, 50);
  assert.deepEqual([door.knock(stamper, BOB, 128), door.knock(stamper, BOB, 128)], ['admitted', 'rate-limited']);
  assert.equal(door.knock(newStamper(), FLOODER, 128), 'cookie-needed', 'others have a rate of their own');
});

test('the under-load state ends by itself one second after the backlog', () => {
  const door = new Door();
  door.knock(newStamper(), BOB, 128);
  door.now = after(START, 999);
  assert.equal(door.knock(newStamper(), BOB, 1), 'cookie-needed');
  door.now = after(START, 1000);
  assert.equal(door.knock(newStamper(), BOB, 1), 'admitted');
});

test('one flooder does not push everyone into cookie mode', () => {
  const door = new Door();
  for (let batch = 0; batch < 5; batch++) {
    const admissions = door.flood(1000, () => FLOODER);
    assert.ok(admissions.filter((admission) => admission === 'cookie-needed').length > 0);
    assert.ok(admissions.filter((admission) => admission === 'admitted').length <= 133);
    assert.equal(door.knock(newStamper(), BOB, 1001), 'admitted');
    door.now = after(door.now, 100);
  }
});

test('a flood from forged addresses does, and who owns an address gets through', () => {
  const door = new Door();
  door.flood(20_000, forged);
  const stamper = newStamper();
  assert.equal(door.knock(stamper, BOB, 1000), 'cookie-needed');
  assert.equal(door.knock(stamper, BOB, 1000), 'admitted');
});

test('a flood that is over is forgotten with the last of its messages, and a backlog of others counts in full', () => {
  const door = new Door();
  for (let index = 0; index < 128; index += 1) door.knock(newStamper(), FLOODER, 1);
  for (let index = 0; index < 128; index += 1) door.knock(newStamper(), forged(index), 1);
  assert.equal(door.knock(newStamper(), forged(1000), 127), 'admitted');
  assert.equal(door.knock(newStamper(), forged(1001), 128), 'cookie-needed');
});

test('of a backlog that half is a flooder’s, half is counted', () => {
  for (const [backlog, admission] of [
    [255, 'admitted'],
    [256, 'cookie-needed'],
  ] as const) {
    const door = new Door();
    for (let index = 0; index < 69; index += 1) door.knock(newStamper(), FLOODER, 1);
    for (let index = 0; index < 59; index += 1) door.knock(newStamper(), forged(index), 1);
    assert.equal(door.knock(newStamper(), forged(1000), backlog), admission, `${backlog}`);
  }
});
