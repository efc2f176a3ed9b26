import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineLimit } from './line-limit.ts';

/** A limit with a clock of its own, milliseconds. */
function limited(): { readonly limit: LineLimit; at: number } {
  const world = { at: 0 } as { limit: LineLimit; at: number };
  world.limit = new LineLimit(() => world.at);
  return world;
}

test('lines that differ in addresses alone are one flood, and what was left out is told', () => {
  const world = limited();
  const line = (n: number): string => `handshake message from 10.1.${n >> 8}.${n & 255}:${n} dropped: bad-handshake`;
  const admitted = Array.from({ length: 5000 }, (_, n) => world.limit.admit(line(n))).filter((each) => each === 0);
  assert.equal(admitted.length, 20);
  world.at = 5000;
  assert.equal(world.limit.admit(line(1)), 4980);
  assert.equal(world.limit.admit(line(2)), undefined);
});

test('peers have floods of their own; IPv6 and replaced addresses are addresses too', () => {
  const world = limited();
  for (let n = 0; n < 50; n++) world.limit.admit(`peer AAAAAAA${n % 10}: is now at <address ${n}ab>`);
  assert.equal(world.limit.admit('peer BBBBBBBB: is now at <address 12ab>'), 0);
  for (let n = 0; n < 50; n++) world.limit.admit(`from [fd00::${n}]:${n}`);
  assert.equal(world.limit.admit('from [fd00:1::7]:1'), undefined);
});

test('a day of the worst flood fits on a disk', () => {
  const world = limited();
  let lines = 0;
  for (let n = 0; n < 100_000; n++) {
    world.at += 10;
    if (world.limit.admit(`peer ${n}: no answer`) !== undefined) lines += 1;
  }
  // 1000 seconds: what may come at once, and 20 lines a second.
  assert.ok(lines <= 500 + 20 * 1000 && lines > 19_000, `${lines}`);
});
