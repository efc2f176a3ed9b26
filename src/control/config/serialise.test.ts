import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { readSections } from './lines.ts';
import { parseConfig } from './parse.ts';
import { awgEntries, commentLine, configLine } from './serialise.ts';

const EVERYTHING: Required<Omit<AwgParameters, 'generation'>> = {
  jc: 4,
  jmin: 8,
  jmax: 80,
  s1: 15,
  s2: 18,
  s3: 20,
  s4: 25,
  h1: { low: 123456, high: 123500 },
  h2: { low: 67543, high: 67543 },
  h3: { low: 5, high: 6 },
  h4: { low: 4_000_000_000, high: 4_294_967_295 },
  i1: '<b 0xc0ff><r 16>',
  i2: '<t>',
  i3: '<rc 3>',
  i4: '<rd 4>',
  i5: '<c>',
  j1: '<r 1>',
  j2: '<r 2>',
  j3: '<r 3>',
  itime: 120,
  headerProtectionKey: Uint8Array.from({ length: 32 }, (_, index) => index),
  contentPaddingAddition: { low: 0, high: 64 },
  rekeyAfterTime: { low: 100, high: 120 },
  rekeyTimeout: { low: 4, high: 6 },
  rejectAfterTime: { low: 180, high: 180 },
  keepaliveTimeout: { low: 8, high: 12 },
  maxHandshakeAttempts: { low: 18, high: 20 },
  randomTrailers: true,
  disableCookies: false,
};

function keysOf(parameters: AwgParameters): string[] {
  return awgEntries(parameters).map((entry) => entry.key);
}

test('every parameter has its line', () => {
  const text = awgEntries(EVERYTHING).map(configLine).join('');
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, Object.keys(EVERYTHING).length);
  for (const line of [
    'Jc = 4',
    'H1 = 123456-123500',
    'H2 = 67543',
    'H4 = 4000000000-4294967295',
    'I1 = <b 0xc0ff><r 16>',
    'Itime = 120',
    'HeaderProtectionKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    'RejectAfterTime = 180',
    'RandomTrailers = on',
    'DisableCookies = off',
  ])
    assert.ok(lines.includes(line), line);
});

test('what has to match on both ends is what a receiver looks at', () => {
  const matching = awgEntries(EVERYTHING).flatMap(({ key, mustMatch }) => (mustMatch ? [key] : []));
  assert.equal(matching.join(' '), 'S1 S2 S3 S4 H1 H2 H3 H4 HeaderProtectionKey RandomTrailers');
});

test('unset parameters have no line', () => {
  assert.deepEqual(awgEntries({}), []);
  assert.deepEqual(awgEntries({ i1: '', s4: 0 }), [{ key: 'S4', value: '0', mustMatch: true }]);
});

test('the generation has a line only where the other keys would give another', () => {
  const parameters: AwgParameters = { i1: '<c>' };
  assert.deepEqual(keysOf({ ...parameters, generation: '2.0' }), ['I1']);
  assert.deepEqual(keysOf({ ...parameters, generation: '1.5' }), ['I1', 'Generation']);
});

test('a file gives back every parameter', () => {
  for (const parameters of [EVERYTHING, { ...EVERYTHING, generation: '1.5' } as const]) {
    const text = awgEntries(parameters).map(configLine).join('');
    const { profile, timing } = parseConfig(`[Interface]\nPrivateKey = ${'A'.repeat(43)}=\n${text}`, 'x.conf');
    const built = buildProfile(parameters);
    assert.deepEqual(timing, built.timing);
    assert.equal(JSON.stringify(profile), JSON.stringify(built.profile));
  }
});

test('a value with a line break, of whatever kind, is refused', () => {
  for (const lineBreak of ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029', '\0', '\u001b']) {
    const text = `<r 1>${lineBreak}PostUp = reboot`;
    for (const action of [
      () => configLine({ key: 'I1', value: text }),
      () => configLine({ key: `I1${lineBreak}`, value: '<r 1>' }),
      () => commentLine(text),
    ])
      assert.throws(action, (error: { code: string }) => /control-character|bad-key/.test(error.code));
  }
});

test('so is what would not be read back as it was', () => {
  const refused = [
    ['empty', { key: 'I1', value: '' }],
    ['comment-sign', { key: 'I1', value: '<r 1># ' }],
    ['outer-space', { key: 'I1', value: ' <r 1>' }],
    ['bad-key', { key: 'I1 = x', value: '1' }],
    ['bad-key', { key: '[Peer]', value: '1' }],
    ['bad-key', { key: '', value: '1' }],
  ] as const;
  for (const [code, entry] of refused) assert.throws(() => configLine(entry), { code }, JSON.stringify(entry));
});

test('whatever is written is read back as that one entry, or is not written', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a1<>= \t#\n\r[]Peer\u2028'.split('')) });
  fc.assert(
    fc.property(text, text, (key, value) => {
      let line: string;
      try {
        line = configLine({ key, value });
      } catch {
        return;
      }
      const [section, ...others] = readSections(`[Interface]\n${line}`, 'x.conf');
      assert.deepEqual([section?.entries, others], [[{ line: 2, key, value }], []]);
    }),
  );
});

test('comments stay comments', () => {
  const text = [commentLine('PostUp = reboot'), commentLine(), commentLine('# twice')].join('');
  assert.deepEqual(readSections(text, 'x.conf'), []);
  assert.equal(text.split('\n').length, 4);
});
