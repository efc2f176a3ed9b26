import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactly } from '../range.ts';
import type { AwgParameters } from './awg-parameters.ts';
import { nullProfile } from './null-profile.ts';
import { buildProfile } from './parameters.ts';
import { parametersOf } from './parameters-of.ts';

const PLAIN = { h1: exactly(1), h2: exactly(2), h3: exactly(3), h4: exactly(4) };

const SETS: Readonly<Record<string, AwgParameters>> = {
  plain: PLAIN,
  '1.0': { ...PLAIN, jc: 4, jmin: 10, jmax: 90, s1: 15, s2: 18, h1: exactly(1000), h4: exactly(4000) },
  '1.5': { ...PLAIN, jc: 1, jmin: 10, jmax: 20, i1: '<b 0xaa><t>', i3: '<r 9>', j1: '<b 0xbb>', itime: 60 },
  '2.0': { ...PLAIN, s3: 20, s4: 17, h1: { low: 1000, high: 2000 }, i2: '<b 0xc0ffee><rc 5>', i5: '<r 3>' },
  '3.1': {
    ...PLAIN,
    s1: 12,
    s2: 13,
    s3: 14,
    s4: 15,
    headerProtectionKey: Uint8Array.from({ length: 32 }, (_, index) => index),
    contentPaddingAddition: { low: 3, high: 40 },
    rekeyAfterTime: { low: 100, high: 110 },
    rekeyTimeout: exactly(4),
    rejectAfterTime: exactly(200),
    keepaliveTimeout: { low: 9, high: 11 },
    maxHandshakeAttempts: exactly(7),
    randomTrailers: true,
    disableCookies: true,
  },
};

for (const [name, parameters] of Object.entries(SETS)) {
  test(`parameters come back as they were: ${name}`, () => {
    const { profile, timing } = buildProfile(parameters);
    assert.deepEqual(parametersOf(profile, timing), parameters);
  });
}

test('a generation is told only where the rest does not tell it', () => {
  assert.deepEqual(parametersOf(nullProfile(), {}), PLAIN);
  const forced: AwgParameters = { ...PLAIN, jc: 1, jmin: 1, jmax: 2, generation: '3.1' };
  const { profile, timing } = buildProfile(forced);
  assert.equal(parametersOf(profile, timing).generation, '3.1');
});
