import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactly } from '../range.ts';
import type { AwgParameters } from './awg-parameters.ts';
import type { Generation } from './generation.ts';
import { GENERATIONS, isGeneration, isLater } from './generation.ts';
import { generationOf } from './needed-generation.ts';
import { buildProfile } from './parameters.ts';

const KEY = new Uint8Array(32).fill(1);

describe('generationOf', () => {
  const cases: readonly (readonly [Generation, AwgParameters])[] = [
    ['1.0', {}],
    ['1.0', { jc: 4, jmin: 8, jmax: 80, s1: 20, s2: 30, h1: exactly(7), h4: exactly(8) }],
    ['2.0', { s4: 1 }],
    ['2.0', { i1: '<b 01>' }],
    ['2.0', { h2: { low: 5, high: 6 } }],
    ['1.5', { i1: '<b 01>', itime: 120 }],
    ['1.5', { j2: '<b 01>' }],
    ['1.5', { i1: '<b 01><wt 10>' }],
    ['2.0', { j1: '<b 01>', h2: { low: 5, high: 6 } }],
    ['3.0', { headerProtectionKey: KEY, s1: 12, s2: 12, s3: 12, s4: 12 }],
    ['3.0', { contentPaddingAddition: { low: 0, high: 9 } }],
    ['3.0', { maxHandshakeAttempts: exactly(3), itime: 5 }],
    ['3.1', { randomTrailers: true }],
    ['3.1', { disableCookies: true, rekeyTimeout: exactly(4) }],
  ];
  for (const [generation, parameters] of cases) {
    it(`is ${generation} for ${JSON.stringify(parameters)}`, () => {
      assert.equal(generationOf(parameters), generation);
      assert.equal(buildProfile(parameters).profile.generation, generation);
    });
  }

  it('is what the configuration says, whatever the keys are', () => {
    for (const generation of GENERATIONS)
      assert.equal(generationOf({ generation, randomTrailers: true, j1: '<t>' }), generation);
  });

  it('does not count what is off', () => {
    const off = { randomTrailers: false, rekeyTimeout: exactly(0), headerProtectionKey: new Uint8Array(32), itime: 0 };
    assert.equal(generationOf({ ...off, j1: '', s4: 0 }), '1.0');
  });
});

describe('generations', () => {
  it('follow one another', () => {
    assert.equal(isLater('2.0', '1.5'), true);
    assert.equal(isLater('2.0', '2.0'), false);
    assert.equal(isLater('1.0', '3.1'), false);
    assert.deepEqual(['1.0', '3.1', '4.0', ''].map(isGeneration), [true, true, false, false]);
  });
});
