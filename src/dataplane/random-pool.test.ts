import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../testing/index.ts';
import { Arena } from './arena.ts';
import { POOL_BYTES, RandomPool } from './random-pool.ts';

test('no value is handed out twice, but for those that were given back unseen', () => {
  const pool = new RandomPool(new Arena(4), new SeededRandom(1));
  const first = pool.words(100);
  pool.giveBackWords(60);
  assert.equal(pool.words(10), first + 40 * 4);
  assert.equal(pool.bytes(1), first + 50 * 4);
});

test('what is given back is no reason to draw anew', () => {
  const random = new SeededRandom(1);
  let draws = 0;
  const counting = {
    uint32: () => random.uint32(),
    fill: (target: Uint8Array) => {
      draws += 1;
      return random.fill(target);
    },
  };
  const pool = new RandomPool(new Arena(4), counting);
  const frames = 3000;
  for (let frame = 0; frame < frames; frame += 1) {
    pool.words(1024);
    pool.giveBackWords(1023);
  }
  // The last words of a pool may be too few for the next question.
  assert.ok(draws <= Math.ceil((frames * 4) / (POOL_BYTES - 1024 * 4)) + 1, `${draws} draws`);
});
