import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint } from '../../testing/addresses.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { COOKIE_REPEATS_PER_TURN, COOKIE_TURN_MS } from '../constants.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Instant } from '../time.ts';
import { after } from '../time.ts';
import { CookieBudget } from './cookie-budget.ts';

const START = 1_000 as Instant;
const at = (address: Uint8Array, port = 1): Endpoint => ({ address, port, scopeId: 0 });
const forged = (index: number): Endpoint => at(Uint8Array.of(198, 18 + (index >> 16), (index >> 8) & 255, index & 255));
const count = (budget: CookieBudget, senders: readonly Endpoint[], now = START): number =>
  senders.filter((each) => budget.spend(each, now)).length;
const many = (length: number, from: (index: number) => Endpoint): Endpoint[] =>
  Array.from({ length }, (_, index) => from(index));

test('10,000 addresses that come again and again get one each and share what is left', () => {
  const budget = new CookieBudget(new SeededRandom(1));
  const first = count(budget, many(10_000, forged));
  const again = count(
    budget,
    many(40_000, (index) => forged(index % 10_000)),
  );
  assert.equal(first, 10_000);
  // A false hit or two is taken for a repetition.
  assert.ok(again <= COOKIE_REPEATS_PER_TURN && again > COOKIE_REPEATS_PER_TURN - 10, `${again}`);
});

test('with the budget spent, 99 of 100 newcomers still get theirs with the first message', () => {
  const budget = new CookieBudget(new SeededRandom(2));
  count(
    budget,
    many(40_000, (index) => forged(index % 20_000)),
  );
  const served = count(
    budget,
    many(1_000, (index) => at(Uint8Array.of(192, 0, index >> 8, index & 255))),
  );
  assert.ok(served >= 990, `${served} of 1000`);
});

test('whoever was passed over is served in the next turn, and so is everybody who had one', () => {
  const budget = new CookieBudget(new SeededRandom(3));
  const flooder = forged(0);
  count(
    budget,
    many(10_000, () => flooder),
  );
  assert.equal(budget.spend(flooder, after(START, COOKIE_TURN_MS - 1)), false);
  assert.equal(budget.spend(flooder, after(START, COOKIE_TURN_MS)), true);
});

test('addresses of one /64 are one source, those of two are two', () => {
  const budget = new CookieBudget(new SeededRandom(4));
  count(
    budget,
    many(10_000, (index) => endpoint(`2001:db8:0:1::${(index + 1).toString(16)}`, 1)),
  );
  assert.equal(budget.spend(endpoint('2001:db8:0:1:ffff::1', 1), START), false);
  assert.equal(budget.spend(endpoint('2001:db8:0:2::1', 1), START), true);
});

test('whoever shares the address of a flood is served all the same', () => {
  const budget = new CookieBudget(new SeededRandom(5));
  const flooder = forged(7);
  count(
    budget,
    many(10_000, () => flooder),
  );
  assert.equal(budget.spend(at(flooder.address, 51820), START), true);
});
