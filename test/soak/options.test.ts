import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSoakOptions } from './options.ts';

test('a soak lasts as long as told, in either kind of time', () => {
  const lasts = (...args: string[]) => {
    const { hours, minutes } = parseSoakOptions(args);
    return [hours, minutes];
  };
  assert.deepEqual(lasts(), [100, Infinity]);
  assert.deepEqual(lasts('--hours', '1000'), [1000, Infinity]);
  assert.deepEqual(lasts('--minutes', '0.5'), [Infinity, 0.5]);
  assert.deepEqual(lasts('--minutes', '5', '--hours', '2'), [2, 5]);
});

test('what cannot be is refused, and quoted', () => {
  for (const [flag, value] of [
    ['--hours', '0'],
    ['--hours', 'ten'],
    ['--minutes', ''],
    ['--workers', '1.5'],
    ['--only-seed', '4294967296'],
  ] as const)
    assert.throws(() => parseSoakOptions([flag, value]), new RegExp(`${flag} '${value}'`));
});
