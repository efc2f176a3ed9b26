import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nullProfile } from '../protocol/obfuscation/null-profile.ts';
import type { AwgParameters } from '../protocol/obfuscation/parameters.ts';
import { buildProfile } from '../protocol/obfuscation/parameters.ts';
import { exactly } from '../protocol/range.ts';
import { reportObfuscation } from './report-obfuscation.ts';

function report(parameters: AwgParameters): Record<string, string | number> {
  const { profile, timing } = buildProfile(parameters);
  return reportObfuscation(profile, timing);
}

test('plain WireGuard has nothing to report', () => {
  assert.deepEqual(reportObfuscation(nullProfile(), {}), {});
});

test('every key, in the order of the configuration file, and no secret', () => {
  const reported = report({
    jc: 4,
    jmin: 8,
    jmax: 80,
    s1: 12,
    s2: 13,
    s3: 14,
    s4: 15,
    h1: { low: 100, high: 200 },
    i1: '<b 0x01>',
    i3: '<r 3>',
    headerProtectionKey: new Uint8Array(32).fill(1),
    contentPaddingAddition: { low: 10, high: 60 },
    rekeyAfterTime: { low: 100, high: 140 },
    rekeyTimeout: exactly(4),
    rejectAfterTime: exactly(190),
    keepaliveTimeout: { low: 8, high: 12 },
    maxHandshakeAttempts: exactly(9),
    randomTrailers: true,
    disableCookies: true,
  });
  assert.deepEqual(Object.entries(reported), [
    ['jc', 4],
    ['jmin', 8],
    ['jmax', 80],
    ['s1', 12],
    ['s2', 13],
    ['s3', 14],
    ['s4', 15],
    ['h1', '100-200'],
    ['h2', '2'],
    ['h3', '3'],
    ['h4', '4'],
    ['i1', '<b 0x01>'],
    ['i3', '<r 3>'],
    ['headerprotectionkey', '(hidden)'],
    ['contentpaddingaddition', '10-60'],
    ['rekeyaftertime', '100-140'],
    ['rekeytimeout', '4'],
    ['rejectaftertime', '190'],
    ['keepalivetimeout', '8-12'],
    ['maxhandshakeattempts', '9'],
    ['randomtrailers', 'on'],
    ['disablecookies', 'on'],
    ['generation', '3.1'],
  ]);
});

test('the special handshake of generation 1.5', () => {
  const expected = { i1: '<t>', j1: '<c>', j3: '<r 1>', itime: 120, generation: '1.5' };
  assert.deepEqual(report({ i1: '<t>', j1: '<c>', j3: '<r 1>', itime: 120 }), expected);
});
