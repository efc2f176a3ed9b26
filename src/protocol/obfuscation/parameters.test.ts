import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactly } from '../range.ts';
import { isNull, nullProfile } from './null-profile.ts';
import type { AwgParameters } from './parameters.ts';
import { buildProfile } from './parameters.ts';

/** What is refused, as key and code. */
function refusal(parameters: AwgParameters): string {
  try {
    buildProfile(parameters);
  } catch (error) {
    const { key, code } = error as { key: string; code: string };
    return `${key} ${code}`;
  }
  return 'accepted';
}

function warnings(parameters: AwgParameters): string[] {
  return buildProfile(parameters).warnings.map(({ key, code }) => `${key} ${code}`);
}

describe('buildProfile', () => {
  it('makes plain WireGuard of no parameters', () => {
    assert.deepEqual(buildProfile({}), { profile: nullProfile(), timing: {}, warnings: [] });
    assert.equal(isNull(buildProfile({}).profile), true);
  });

  it('takes every parameter to its place', () => {
    const { profile, warnings: advice } = buildProfile({
      jc: 5,
      jmin: 50,
      jmax: 200,
      s1: 30,
      s2: 45,
      s3: 20,
      s4: 17,
      h1: { low: 1000000, high: 1500000 },
      h2: exactly(5),
      h3: exactly(6),
      h4: { low: 256, high: 300 },
      i1: '<b 0xc0ffee><r 20><t>',
      i2: '<rc 7><rd 5>',
    });
    assert.deepEqual(profile.initiation, { prefix: 30, header: { low: 1000000, high: 1500000 } });
    assert.deepEqual(profile.response, { prefix: 45, header: { low: 5, high: 5 } });
    assert.deepEqual(profile.cookieReply, { prefix: 20, header: { low: 6, high: 6 } });
    assert.deepEqual(profile.transport, { prefix: 17, header: { low: 256, high: 300 } });
    assert.deepEqual(profile.junk, { count: 5, minimum: 50, maximum: 200 });
    assert.deepEqual(
      profile.signatures.map(({ key, bytes }) => [key, bytes]),
      [
        ['I1', 27],
        ['I2', 12],
      ],
    );
    assert.deepEqual(advice, []);
    assert.equal(isNull(profile), false);
  });

  it('treats empty signature values as unset and keeps the numbers of the others', () => {
    const { profile } = buildProfile({ i1: '', i2: '<b 02>', i3: '', i5: '<b 05>' });
    assert.deepEqual(
      profile.signatures.map(({ key }) => key),
      ['I2', 'I5'],
    );
  });
});

describe('buildProfile of generation 3', () => {
  it('takes every parameter to its place, seconds to milliseconds', () => {
    const key = new Uint8Array(32).fill(7);
    const {
      profile,
      timing,
      warnings: advice,
    } = buildProfile({
      s1: 12,
      s2: 12,
      s3: 12,
      s4: 12,
      headerProtectionKey: key,
      contentPaddingAddition: { low: 0, high: 60 },
      rekeyAfterTime: { low: 100, high: 140 },
      rekeyTimeout: exactly(4),
      rejectAfterTime: { low: 150, high: 200 },
      keepaliveTimeout: { low: 0, high: 9 },
      maxHandshakeAttempts: { low: 5, high: 8 },
      randomTrailers: true,
      disableCookies: true,
    });
    assert.deepEqual(profile.headerProtection, key);
    assert.notEqual(profile.headerProtection, key, 'a copy');
    assert.deepEqual(profile.contentPadding, { low: 0, high: 60 });
    assert.deepEqual([profile.randomTrailers, profile.disableCookies], [true, true]);
    assert.deepEqual(timing, {
      rekeyAfterTime: { low: 100_000, high: 140_000 },
      rekeyTimeout: exactly(4_000),
      rejectAfterTime: { low: 150_000, high: 200_000 },
      keepaliveTimeout: { low: 0, high: 9_000 },
      maxHandshakeAttempts: { low: 5, high: 8 },
    });
    assert.deepEqual(advice, []);
  });

  it('takes a range of 0 and a key of zeros for nothing', () => {
    const zero = exactly(0);
    const { profile, timing } = buildProfile({
      headerProtectionKey: new Uint8Array(32),
      contentPaddingAddition: zero,
      rekeyAfterTime: zero,
      maxHandshakeAttempts: zero,
      randomTrailers: false,
    });
    assert.deepEqual([profile, timing], [nullProfile(), {}]);
  });
});

describe('isNull', () => {
  it('notices any one difference from plain WireGuard', () => {
    const differences: readonly AwgParameters[] = [
      { jc: 1, jmax: 1 },
      { s1: 1 },
      { s2: 1 },
      { s3: 1 },
      { s4: 1 },
      { h1: exactly(5) },
      { h2: exactly(6) },
      { h3: exactly(0) },
      { h4: { low: 4, high: 5 } },
      { i4: '<b 00>' },
      { j1: '<b 00>' },
      { s1: 12, s2: 12, s3: 12, s4: 12, headerProtectionKey: new Uint8Array(32).fill(1) },
      { contentPaddingAddition: exactly(1) },
      { randomTrailers: true },
      { disableCookies: true },
    ];
    for (const parameters of differences)
      assert.equal(isNull(buildProfile(parameters).profile), false, JSON.stringify(parameters));
  });
});

describe('buildProfile refuses', () => {
  it('numbers that are none, negative, broken or wider than 16 bits', () => {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 65536]) {
      for (const key of ['jc', 'jmin', 'jmax', 's1', 's2', 's3', 's4'] as const) {
        assert.equal(refusal({ [key]: value }), `${key[0]?.toUpperCase()}${key.slice(1)} bad-number`, `${value}`);
      }
    }
  });

  it('a Jmin above Jmax', () => {
    assert.equal(refusal({ jc: 4, jmin: 80, jmax: 8 }), 'Jmin junk-sizes');
    assert.equal(refusal({ jmin: 1 }), 'Jmin junk-sizes');
    assert.throws(() => buildProfile({ jmin: 80, jmax: 8 }), { message: 'Jmin = "80": is greater than Jmax = 8' });
  });

  it('what no datagram can hold', () => {
    assert.equal(refusal({ s1: 65507 - 148 }), 'accepted');
    assert.equal(refusal({ s1: 65507 - 147 }), 'S1 too-large');
    assert.equal(refusal({ s4: 65507 - 31 }), 'S4 too-large');
    assert.equal(refusal({ jmax: 65508 }), 'Jmax too-large');
    assert.equal(refusal({ i2: '<r 65507><r 1>' }), 'I2 too-large');
  });

  it('a prelude that would fill the memory', () => {
    assert.equal(refusal({ jc: 128, jmax: 65507 }), 'accepted');
    assert.equal(refusal({ jc: 65535, jmax: 1500 }), 'Jc too-large');
  });

  it('header ranges that share a value, and names both', () => {
    const parameters = { h1: { low: 10, high: 20 }, h3: { low: 20, high: 30 } };
    assert.throws(() => buildProfile(parameters), {
      code: 'header-overlap',
      key: 'H3',
      text: '20-30',
      complaint: 'overlaps H1 = 10-20',
      message: 'H3 = "20-30": overlaps H1 = 10-20',
    });
    assert.equal(refusal({ h2: exactly(4) }), 'H4 header-overlap');
    assert.equal(refusal({ h1: { low: 0, high: 0xffff_ffff } }), 'H2 header-overlap');
  });

  it('header ranges that are none', () => {
    assert.equal(refusal({ h1: { low: 9, high: 8 } }), 'H1 bad-header-range');
    assert.equal(refusal({ h4: { low: 9, high: 2 ** 32 } }), 'H4 bad-header-range');
    assert.equal(refusal({ h2: { low: -1, high: 9 } }), 'H2 bad-header-range');
    assert.equal(refusal({ h3: { low: Number.NaN, high: 9 } }), 'H3 bad-header-range');
  });

  it('signatures that cannot be read, by key', () => {
    assert.equal(refusal({ i1: '<b 00>', i4: '<r -5>' }), 'I4 bad-signature');
    assert.equal(refusal({ j1: '<b 00>', j3: '<r -5>' }), 'J3 bad-signature');
    assert.equal(refusal({ i1: '<b 0X00>' }), 'I1 bad-signature');
    assert.equal(refusal({ i1: '<b 0X00>', itime: 1 }), 'accepted');
  });

  it('header protection without room for the nonce, by key', () => {
    const headerProtectionKey = new Uint8Array(32).fill(1);
    const prefixes = { s1: 12, s2: 12, s3: 12, s4: 12 };
    assert.equal(refusal({ ...prefixes, headerProtectionKey }), 'accepted');
    for (const key of ['s1', 's2', 's3', 's4'] as const) {
      const name = key.toUpperCase();
      assert.equal(refusal({ ...prefixes, [key]: 11, headerProtectionKey }), `${name} short-prefix`);
      assert.equal(refusal({ ...prefixes, [key]: 11, headerProtectionKey: new Uint8Array(32) }), 'accepted');
    }
    assert.equal(refusal({ ...prefixes, headerProtectionKey: new Uint8Array(31) }), 'HeaderProtectionKey bad-key');
  });

  it('ranges that are none, and an Itime that is no time', () => {
    assert.equal(refusal({ rekeyAfterTime: { low: 9, high: 8 } }), 'RekeyAfterTime bad-range');
    assert.equal(refusal({ contentPaddingAddition: { low: 0, high: 2 ** 32 } }), 'ContentPaddingAddition bad-range');
    assert.equal(refusal({ maxHandshakeAttempts: { low: -1, high: 8 } }), 'MaxHandshakeAttempts bad-range');
    assert.equal(refusal({ itime: -1 }), 'Itime bad-number');
    assert.equal(refusal({ itime: 1.5 }), 'Itime bad-number');
  });
});

describe('buildProfile only warns of', () => {
  it('bursts that others do not survive', () => {
    assert.deepEqual(warnings({ jc: 127, jmax: 10 }), []);
    assert.deepEqual(warnings({ jc: 127, jmax: 10, i1: '<b 00>' }), ['Jc large-burst']);
  });

  it('datagrams that may not arrive in one piece', () => {
    assert.deepEqual(warnings({ s1: 1132, jc: 1, jmax: 1280, i1: '<r 1280>' }), []);
    assert.deepEqual(warnings({ s1: 1133, jc: 1, jmax: 1281, i1: '<r 1281>' }), [
      'Jmax large-datagram',
      'S1 large-datagram',
      'I1 large-datagram',
    ]);
  });

  it('message kinds of equal size', () => {
    assert.deepEqual(warnings({ s1: 10, s2: 66 }), ['S2 equal-sizes']);
    assert.deepEqual(warnings({ s1: 0, s3: 84 }), ['S3 equal-sizes']);
  });

  it('what only an early end minds, as long as the other end may be one', () => {
    assert.deepEqual(warnings({ s1: 10, s2: 66, generation: '3.0' }), []);
    assert.deepEqual(warnings({ i1: '<b 00>', i3: '<b 00>', generation: '3.1' }), []);
  });

  it('prefixes that differ from S4 under trailers, with what it costs', () => {
    const equal = { s1: 20, s2: 20, s3: 20, s4: 20, randomTrailers: true };
    assert.deepEqual(warnings(equal), []);
    assert.deepEqual(warnings({ ...equal, s2: 21, randomTrailers: false }), []);
    const { warnings: advice } = buildProfile({ ...equal, s1: 21, h1: { low: 1 << 28, high: 2 ** 29 - 1 } });
    assert.deepEqual(
      advice.map(({ key, code }) => [key, code]),
      [['S1', 'unequal-prefixes']],
    );
    assert.match(advice[0].message, /loses one in 16 of the longer transport messages/);
  });

  it('keys that the named generation does not know', () => {
    const parameters = { s4: 12, h1: { low: 8, high: 9 }, randomTrailers: true, j1: '<t>' };
    const codes = (generation: '1.0' | '1.5' | '2.0' | '3.1'): string[] => warnings({ ...parameters, generation });
    const unequal = ['S1 unequal-prefixes', 'S2 unequal-prefixes', 'S3 unequal-prefixes'];
    assert.deepEqual(codes('3.1'), [...unequal, 'J1 no-effect']);
    assert.deepEqual(codes('2.0'), [...unequal, 'J1 no-effect', 'RandomTrailers newer-key']);
    assert.deepEqual(codes('1.5'), [...unequal, 'H1 newer-key', 'RandomTrailers newer-key']);
    assert.deepEqual(codes('1.0'), [
      ...unequal,
      'S4 newer-key',
      'H1 newer-key',
      'J1 no-effect',
      'RandomTrailers newer-key',
    ]);
  });

  it('ranges that others cut to 16 bits', () => {
    assert.deepEqual(warnings({ contentPaddingAddition: { low: 0, high: 65535 } }), []);
    assert.deepEqual(warnings({ contentPaddingAddition: { low: 0, high: 65536 } }), ['ContentPaddingAddition cut-off']);
  });

  it('sessions that end before they are replaced', () => {
    assert.deepEqual(warnings({ rekeyAfterTime: { low: 100, high: 179 } }), []);
    assert.deepEqual(warnings({ rekeyAfterTime: { low: 100, high: 180 } }), ['RekeyAfterTime timing']);
    assert.deepEqual(warnings({ rejectAfterTime: { low: 120, high: 300 } }), ['RejectAfterTime timing']);
  });

  it('junk without a size', () => {
    assert.deepEqual(warnings({ jc: 4 }), ['Jc no-effect']);
  });

  it('holes between signatures, and values without effect', () => {
    assert.deepEqual(warnings({ i1: '<b 00>', i3: '<b 00>' }), ['I3 gap']);
    assert.deepEqual(warnings({ i1: 'quic' }), ['I1 no-effect']);
    assert.deepEqual(warnings({ i1: '<b 00><wt 5>', i2: 'x<b 00>' }), ['I1 no-effect', 'I2 no-effect']);
  });
});
