import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';
import type { TunnelConfig } from './tunnel-config.ts';

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const ZERO_KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const PREFIXES = ['S1 = 12', 'S2 = 12', 'S3 = 12', 'S4 = 12'];

/** An [Interface] with these lines, of which the first is line 3, and a peer with a persistent keepalive. */
function withInterface(...lines: readonly string[]): TunnelConfig {
  const peer = ['[Peer]', `PublicKey = ${KEY}`, 'PersistentKeepalive = 20-30'];
  return parseConfig(['[Interface]', `PrivateKey = ${KEY}`, ...lines, ...peer].join('\n'), 'wg0.conf');
}

/** Asserts that these lines fail with this code, at this line, with this message. */
function refuses(lines: readonly string[], code: string, line: number, message: RegExp): void {
  assert.throws(
    () => withInterface(...lines),
    (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.deepEqual([error.code, error.line, error.file], [code, line, 'wg0.conf'], error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

function messages(config: TunnelConfig): string[] {
  return config.warnings.map((warning) => warning.message);
}

test('header ranges that overlap or make no sense', () => {
  const clash = ['H1 = 100-200', 'H2 = 150', 'H3 = 7', 'H4 = 8'];
  refuses(clash, 'header-overlap', 4, /^wg0\.conf:4: H2 = 150: overlaps H1 = 100-200$/);
  refuses(['H1 = 2'], 'header-overlap', 3, /^wg0\.conf:3: H1 = 2: overlaps H2, which is 2 while it is not set$/);
  refuses(['H1 = 20-10'], 'bad-obfuscation', 3, /H1 = 20-10/);
  refuses(['H1 = 4294967296'], 'bad-obfuscation', 3, /H1 = 4294967296/);
  refuses(['Jmin = 80', 'Jmax = 40', 'Jc = 1'], 'bad-obfuscation', 3, /Jmin = 80/);
  refuses(['I1 = <b 0xabc>'], 'bad-obfuscation', 3, /I1 = <b 0xabc>/);
});

test('signature packets keep their inner spaces, empty ones are unset, comments end them', () => {
  const config = withInterface('  I1 =  <b 0x01>  <r 2>   # why', 'I2 =', 'I3 = <t>', 'I3 =');
  assert.deepEqual(
    config.profile.signatures.map((packet) => packet.text),
    ['<b 0x01>  <r 2>'],
  );
});

test('every key of AmneziaWG 3.1 comes to its place', () => {
  const { profile, timing, peers, warnings } = withInterface(
    ...PREFIXES,
    `HeaderProtectionKey = ${KEY}`,
    'ContentPaddingAddition = 10-60',
    'RekeyAfterTime = 100-140',
    'RekeyTimeout = 4',
    'RejectAfterTime = 170 - 190',
    'KeepaliveTimeout = 8-12',
    'MaxHandshakeAttempts = 10-20',
    'RandomTrailers = on',
    'DisableCookies = 1',
  );
  assert.equal(Buffer.from(profile.headerProtection ?? []).toString('base64'), KEY);
  assert.deepEqual(profile.contentPadding, { low: 10, high: 60 });
  assert.deepEqual([profile.randomTrailers, profile.disableCookies, profile.generation], [true, true, '3.1']);
  assert.deepEqual(timing, {
    rekeyAfterTime: { low: 100_000, high: 140_000 },
    rekeyTimeout: { low: 4_000, high: 4_000 },
    rejectAfterTime: { low: 170_000, high: 190_000 },
    keepaliveTimeout: { low: 8_000, high: 12_000 },
    maxHandshakeAttempts: { low: 10, high: 20 },
  });
  assert.deepEqual(peers[0]?.persistentKeepalive, { low: 20, high: 30 });
  assert.deepEqual(warnings, []);
});

test('keys of AmneziaWG 3 that are 0, off or empty change nothing', () => {
  const settings = [
    ['RekeyTimeout = 0', 'KeepaliveTimeout = 0-0', 'RandomTrailers = off', 'DisableCookies = 0'],
    ['RekeyTimeout =', 'KeepaliveTimeout = (off)', 'RandomTrailers =', 'DisableCookies = 000'],
    ['ContentPaddingAddition = off', `HeaderProtectionKey = ${ZERO_KEY}`, 'Itime =', 'J2 ='],
    [`HeaderProtectionKey = ${KEY}`, 'HeaderProtectionKey =', 'RandomTrailers = 1', 'RandomTrailers = off'],
  ];
  const plain = withInterface();
  for (const lines of settings) {
    const config = withInterface(...lines);
    assert.deepEqual([config.profile, config.timing, config.warnings], [plain.profile, {}, []], lines.join());
  }
});

test('switches and ranges that are neither', () => {
  for (const value of ['true', 'yes', '-1', '1.5', 'on off']) {
    refuses(
      [`RandomTrailers = ${value}`],
      'bad-value',
      3,
      /^wg0\.conf:3: RandomTrailers = .*: is neither "on" nor "off"/,
    );
  }
  for (const value of ['5-', '-5', '1-2-3', 'x', '0x10', '4294967296']) {
    refuses([`RekeyAfterTime = ${value}`], 'bad-value', 3, /RekeyAfterTime = /);
  }
  refuses(['RekeyTimeout = 9-5'], 'bad-value', 3, /^wg0\.conf:3: RekeyTimeout = 9-5: ends before it begins$/);
  refuses(['Itime = 2-3'], 'bad-value', 3, /Itime = 2-3/);
});

test('a header protection key is 32 bytes, and is never repeated', () => {
  refuses(['HeaderProtectionKey = AAAA'], 'bad-key', 3, /^wg0\.conf:3: HeaderProtectionKey: is 3 bytes long/);
  const warned = messages(withInterface(...PREFIXES, `HeaderProtectionKey = ${KEY}`, 'Generation = 2.0'));
  assert.match(warned.join(), /HeaderProtectionKey: came with generation 3\.0/);
  assert.ok(!warned.join().includes(KEY));
});

test('header protection needs prefixes of 12 bytes, and says at which line', () => {
  const protection = `HeaderProtectionKey = ${KEY}`;
  refuses(['S1 = 12', 'S2 = 11', 'S3 = 12', 'S4 = 12', protection], 'bad-obfuscation', 4, /S2 = 11: is too short/);
  refuses(['S1 = 12', 'S2 = 12', 'S3 = 12', protection], 'bad-obfuscation', 6, /^wg0\.conf:6: S4: is too short for H/);
});

test('trailers with prefixes that upstream would trip over are a warning', () => {
  const lines = ['H1 = 100-99999', 'H2 = 5', 'H3 = 6', 'H4 = 7', 'S2 = 20', 'RandomTrailers = on'];
  assert.deepEqual(messages(withInterface(...lines)), [
    'wg0.conf:7: S2 = 20: differs from S4 while RandomTrailers is on; ' +
      'amneziawg-go loses one in 4294967296 of the longer transport messages then',
  ]);
});

test('the special handshake of AmneziaWG 1.5, and keys that another generation does not know', () => {
  const { profile, warnings } = withInterface('I1 = <b 0X1>', 'J1 = <rc  4><t>', 'Itime = 120');
  assert.deepEqual(
    [profile.generation, profile.special?.interval, profile.special?.packets.map(({ text }) => text)],
    ['1.5', 120_000, ['<rc  4><t>']],
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(messages(withInterface('Generation = 2.0', 'J1 = <t>', 'RandomTrailers = on')), [
    'wg0.conf:4: J1 = <t>: has no effect: only generation 1.5 has it, and this is 2.0',
    'wg0.conf:5: RandomTrailers = on: came with generation 3.1; an end of generation 2.0 does not know it',
  ]);
  refuses(['J2 = <b 0xg>'], 'bad-obfuscation', 3, /^wg0\.conf:3: J2 = <b 0xg>/);
});

test('a generation is one of five, or left to the keys', () => {
  assert.equal(withInterface('Generation = 1.5').profile.generation, '1.5');
  assert.equal(withInterface('Generation = 1.5', 'Generation = auto', 'RandomTrailers = on').profile.generation, '3.1');
  refuses(['Generation = 4.0'], 'bad-value', 3, /is neither "auto" nor one of 1\.0, 1\.5, 2\.0, 3\.0, 3\.1$/);
});
