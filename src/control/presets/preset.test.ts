import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import { GENERATIONS, isLater } from '../../protocol/obfuscation/generation.ts';
import { generationOf } from '../../protocol/obfuscation/needed-generation.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import type { Random } from '../../protocol/random.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { parseConfig } from '../config/parse.ts';
import { awgEntries, configLine } from '../config/serialise.ts';
import type { GuiseName } from './guises/table.ts';
import { GUISES } from './guises/table.ts';
import { headers } from './headers.ts';
import { prefixSizes } from './prefix-sizes.ts';
import type { Preset } from './preset.ts';
import { createPreset } from './preset.ts';

const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);
const LIKES = Object.keys(GUISES) as GuiseName[];
const PRIVATE_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';

/** IPv6 and UDP headers on the smallest path of IPv6. */
const MAX_PAYLOAD = 1280 - 48;

function everyPreset(generation: Generation): Preset[] {
  return LIKES.flatMap((like) => SEEDS.map((seed) => createPreset({ like, generation }, new SeededRandom(seed))));
}

/** Prefix and length of the four kinds. */
function lengths({ s1 = 0, s2 = 0, s3 = 0, s4 = 0 }: AwgParameters): number[] {
  return [s1 + 148, s2 + 92, s3 + 64, s4 + 32];
}

function configured({ parameters }: Preset): string {
  return `[Interface]\nPrivateKey = ${PRIVATE_KEY}\n${awgEntries(parameters).map(configLine).join('')}`;
}

for (const generation of GENERATIONS) {
  test(`${generation}: no warning, and the generation is the one asked for`, () => {
    for (const { parameters } of everyPreset(generation)) {
      assert.deepEqual(buildProfile(parameters).warnings, []);
      const { generation: _, ...derived } = parameters;
      assert.equal(generationOf(derived), generation);
    }
  });

  test(`${generation}: a configuration file gives back the same profile and timers, without warnings`, () => {
    for (const preset of everyPreset(generation)) {
      const { profile, timing, warnings } = parseConfig(configured(preset), 'wg0.conf');
      const built = buildProfile(preset.parameters);
      assert.deepEqual(warnings, []);
      assert.deepEqual(timing, built.timing);
      assert.deepEqual(comparable(profile), comparable(built.profile));
    }
  });

  test(`${generation}: lengths, types and bursts`, () => {
    for (const { parameters } of everyPreset(generation)) {
      assert.equal(new Set(lengths(parameters)).size, 4);
      checkHeaders(parameters, generation === '1.0' || generation === '1.5');
      const { profile } = buildProfile(parameters);
      const packets = [...profile.signatures, ...(profile.special?.packets ?? [])];
      assert.ok(packets.length + profile.junk.count + 1 <= 128 && profile.junk.count >= 4);
      assert.ok(profile.junk.minimum < profile.junk.maximum);
      for (const bytes of [...lengths(parameters), profile.junk.maximum, ...packets.map((each) => each.bytes)])
        assert.ok(bytes <= MAX_PAYLOAD, `${bytes}`);
      assert.ok(profile.signatures.reduce((sum, { text }) => sum + text.length, 0) <= 3000);
    }
  });

  test(`${generation}: uses every key that it brought, and none that came later`, () => {
    for (const { parameters } of everyPreset(generation)) {
      const keys = new Set(awgEntries(parameters).map((entry) => entry.key));
      assert.equal(keys.has('I1'), generation !== '1.0');
      assert.equal(keys.has('S3'), generation !== '1.0');
      assert.equal(keys.has('S4'), isLater(generation, '1.5'));
      assert.equal(keys.has('J1') && keys.has('Itime'), generation === '1.5');
      assert.equal(keys.has('HeaderProtectionKey') && keys.has('RekeyAfterTime'), isLater(generation, '2.0'));
      assert.equal(keys.has('RandomTrailers'), generation === '3.1');
    }
  });
}

/** A built profile holds functions, which are never equal; the texts say the same. */
function comparable(profile: ReturnType<typeof buildProfile>['profile']): unknown {
  return JSON.parse(JSON.stringify(profile));
}

function checkHeaders({ h1, h2, h3, h4 }: AwgParameters, isSingle: boolean): void {
  const ranges = [h1, h2, h3, h4].map((range) => range ?? assert.fail('a type is missing'));
  const ascending = [...ranges].sort((a, b) => a.low - b.low);
  for (const [index, { low, high }] of ascending.entries()) {
    assert.ok(low > (ascending[index - 1]?.high ?? 4) && high <= 0x7fff_ffff);
    assert.equal(low === high, isSingle);
  }
}

test('lengths differ whatever is drawn, in every generation', () => {
  const random = new SeededRandom(7);
  for (let draw = 0; draw < 5_000; draw++) {
    const generation = GENERATIONS[draw % GENERATIONS.length] ?? '1.0';
    assert.equal(new Set(lengths(prefixSizes(generation, random))).size, 4);
  }
});

test('the lowest type that can be drawn is 5', () => {
  let next = 0;
  const counting: Random = { fill: (target) => target.fill(0), uint32: () => next++ };
  const { h1, h2, h3, h4 } = headers('1.0', counting);
  assert.deepEqual(
    [h1, h2, h3, h4].map((range) => range.low).sort((a, b) => a - b),
    [5, 6, 7, 8],
  );
});

test('prefixes: twelve or more under header protection, all equal with trailers', () => {
  for (const generation of ['3.0', '3.1'] as const) {
    for (const { parameters } of everyPreset(generation)) {
      const { s1 = 0, s2 = 0, s3 = 0, s4 = 0 } = parameters;
      assert.ok(Math.min(s1, s2, s3, s4) >= 12);
      assert.equal(new Set([s1, s2, s3, s4]).size === 1, generation === '3.1');
    }
  }
});

test('1.5 gets only tags that its releases know, none twice where they forbid that', () => {
  for (const { parameters } of everyPreset('1.5')) {
    const { i1 = '', i2 = '', i3 = '', i4 = '', j1 = '' } = parameters;
    for (const text of [i1, i2, i3, i4, j1]) assert.match(text, /^(<b 0x([0-9a-f]{2})+>|<r ([1-9]\d{0,2}|1000)>)*$/);
  }
});

test('the random bytes of a tag stay within what the first releases allow', () => {
  for (const generation of GENERATIONS) {
    for (const { parameters } of everyPreset(generation)) {
      for (const [, count] of JSON.stringify(parameters).matchAll(/<r (\d+)>/g)) assert.ok(Number(count) <= 1000);
    }
  }
});

test('rekeying happens before either end rejects the session', () => {
  for (const { parameters } of everyPreset('3.1')) {
    const { rekeyAfterTime, rekeyTimeout, keepaliveTimeout } = parameters;
    const latest = (rekeyAfterTime?.high ?? 120) + (rekeyTimeout?.high ?? 5) + (keepaliveTimeout?.high ?? 10);
    assert.ok(latest < 180, `${latest}`);
  }
});

test('a seed gives the same preset again, another seed another', () => {
  const [first, again, other] = [1, 1, 2].map((seed) =>
    createPreset({ like: 'quic', generation: '3.1' }, new SeededRandom(seed)),
  );
  assert.deepEqual(first, again);
  assert.notDeepEqual(first?.parameters.i1, other?.parameters.i1);
  assert.notDeepEqual(first?.parameters.headerProtectionKey, other?.parameters.headerProtectionKey);
});

test('the host: the one asked for, else a known one, none where none is mentioned', () => {
  const random = new SeededRandom(1);
  assert.equal(
    createPreset({ like: 'dns', generation: '2.0', host: 'WWW.Example.com' }, random).host,
    'www.example.com',
  );
  assert.ok(GUISES.sip.hosts.includes(createPreset({ like: 'sip', generation: '2.0' }, random).host ?? ''));
  assert.equal(createPreset({ like: 'random', generation: '2.0', host: 'a.example' }, random).host, undefined);
  assert.equal(createPreset({ like: 'quic', generation: '1.0' }, random).host, undefined);
});

test('what is no host name, or too long a one for its datagrams, is refused', () => {
  const random = new SeededRandom(1);
  for (const host of [
    '',
    'localhost',
    'a b.c',
    'a..b',
    '-a.b',
    'a.b\nPostUp',
    '192.0.2.1',
    `${'a'.repeat(64)}.b`,
    'é.fr',
  ])
    assert.throws(() => createPreset({ like: 'dns', generation: '2.0', host }, random), { code: 'bad-host' }, host);
  const host = `${`${'a'.repeat(60)}.`.repeat(4)}example`;
  assert.equal(createPreset({ like: 'dns', generation: '2.0', host }, random).host, host);
  assert.throws(() => createPreset({ like: 'sip', generation: '2.0', host }, random), { code: 'too-large' });
});
