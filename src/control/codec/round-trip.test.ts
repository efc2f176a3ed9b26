import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { CONFIG_TEXT, HOSTILE_TEXT } from '../../../test/support/config-texts.ts';
import type { Schema } from '../../../test/support/json-schema.ts';
import { schemaComplaints } from '../../../test/support/json-schema.ts';
import { INTERFACE_KEYS } from '../config/interface-keys.ts';
import { readSections } from '../config/lines.ts';
import { PEER_KEYS } from '../config/peer-keys.ts';
import type { ConfigForm } from '../convert-config.ts';
import { formOf, readConfigForm, writeConfigForm } from '../convert-config.ts';
import type { Finding } from './finding.ts';
import { INTERFACE_WORDS, PEER_WORDS } from './key-vocabulary.ts';

const SCHEMA = JSON.parse(readFileSync('docs/config.schema.json', 'utf8')) as Schema;

const FILE = `# office
[Interface] # mine
PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=
Address = 10.8.0.2/32, fd00:8::2/128
FwMark = 0xca6c
Jc = 4
H1 = 5-10
I1 = <b 0xc0ff><r 16> # a tag
RandomTrailers = on
SaveConfig = true
PostUp = echo a
PostUp = echo b
Frob_nicate = any thing

### Client alice
[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
AllowedIPs = 0.0.0.0/0, ::/0
# behind NAT
PersistentKeepalive = 25-35
Endpoint = [2001:db8::1]:51820

[Peer]
PublicKey = gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=
# the end
`;

const UAPI = `set=1
private_key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e5f
fwmark=51820
replace_peers=true
jc=4
h1=5-10
i1=<b 0xc0ff><r 16>
random_trailers=1
public_key=404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f
endpoint=[2001:db8::1]:51820
persistent_keepalive_interval=25-35
replace_allowed_ips=true
allowed_ip=0.0.0.0/0
allowed_ip=::/0
public_key=808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f

`;

interface Outcome {
  readonly text: string;
  readonly findings: readonly Finding[];
}

function convert(from: ConfigForm, to: ConfigForm, text: string): Outcome {
  const findings: Finding[] = [];
  const report = (finding: Finding): number => findings.push(finding);
  return { text: writeConfigForm(to, readConfigForm(from, text, 'input', report), report), findings };
}

function json(text: string): { interface: Record<string, unknown>; peers: Array<Record<string, unknown>> } {
  return JSON.parse(convert('conf', 'json', text).text) as ReturnType<typeof json>;
}

/** Entries of a file as they count, in no order: of scalars the last, lists in one, no empty ones. */
function meaning(text: string): string[] {
  return Object.values(json(text)).flatMap((part) =>
    JSON.stringify(part, (key, value: unknown) => (key === '#' ? [] : value)),
  );
}

test('every key that the daemon knows is in the vocabulary', () => {
  const names = (words: ReadonlyArray<{ name: string }>): string[] => words.map(({ name }) => name).sort();
  assert.deepEqual(names(INTERFACE_WORDS), names([...INTERFACE_KEYS.values()]));
  assert.deepEqual(names(PEER_WORDS), names([...PEER_KEYS.values()]));
});

test('a file as JSON has numbers, lists and switches, and what nobody knows', () => {
  const { interface: own, peers } = json(FILE);
  assert.deepEqual(
    [own.Address, own.FwMark, own.Jc, own.H1, own.RandomTrailers, own.SaveConfig],
    [['10.8.0.2/32', 'fd00:8::2/128'], '0xca6c', 4, '5-10', true, true],
  );
  assert.deepEqual([own.PostUp, own.Frob_nicate], [['echo a', 'echo b'], 'any thing']);
  assert.deepEqual(peers[0]?.['#'], [
    { line: 'above', after: 0, text: '## Client alice' },
    { line: 'own', after: 2, text: 'behind NAT' },
  ]);
  assert.deepEqual(convert('conf', 'json', FILE).findings, [
    { code: 'unknown-key', message: 'input:13: Frob_nicate: is not a known key here; it is kept as it is' },
  ]);
});

test('a file in one spelling comes back from JSON byte for byte', () => {
  assert.equal(convert('json', 'conf', convert('conf', 'json', FILE).text).text, FILE);
});

test('every file comes back from JSON with every key, value, comment and their order', () => {
  fc.assert(
    fc.property(CONFIG_TEXT, (text) => {
      const first = convert('conf', 'json', text).text;
      const file = convert('json', 'conf', first).text;
      assert.equal(convert('conf', 'json', file).text, first);
      assert.equal(convert('conf', 'conf', file).text, file);
      assert.equal(convert('conf', 'conf', text).text, file);
      assert.equal(readSections(file, 'x').length, readSections(text, 'x').length);
    }),
  );
});

test('no comment is lost', () => {
  const comments = (text: string): string[] =>
    text.split(/\r?\n/).flatMap((line) =>
      line.includes('#')
        ? [
            line
              .slice(line.indexOf('#'))
              .replace(/^#+\s*/, '')
              .trimEnd(),
          ]
        : [],
    );
  fc.assert(
    fc.property(CONFIG_TEXT, (text) => {
      assert.deepEqual(comments(convert('conf', 'conf', text).text).sort(), comments(text).sort());
    }),
  );
});

test('what JSON says fits the schema, whatever the file', () => {
  assert.deepEqual(schemaComplaints(SCHEMA, json(FILE)), []);
  fc.assert(
    fc.property(CONFIG_TEXT, (text) => {
      assert.deepEqual(schemaComplaints(SCHEMA, json(text)), []);
    }),
  );
});

test('the schema knows every key, and refuses what the reader refuses', () => {
  const definitions = SCHEMA.$defs as Record<string, { properties: object }>;
  const keys = (name: string): string[] => Object.keys(definitions[name]?.properties ?? {}).sort();
  assert.deepEqual(keys('interface'), ['#', ...INTERFACE_WORDS.map(({ name }) => name)].sort());
  assert.deepEqual(keys('peer'), ['#', ...PEER_WORDS.map(({ name }) => name)].sort());
  for (const wrong of [
    [],
    { peers: {} },
    { peers: [], other: 1 },
    { peers: [], version: 2 },
    { peers: [7] },
    { peers: [], interface: { Jc: true } },
    { peers: [], interface: { Jc: 1.5 } },
    { peers: [], interface: { Jc: -1 } },
    { peers: [], interface: { PrivateKey: 7 } },
    { peers: [], interface: { DNS: ['1.1.1.1, 8.8.8.8'] } },
    { peers: [], interface: { PostUp: [1] } },
    { peers: [], interface: { Frobnicate: { a: 1 } } },
    { peers: [], interface: { '#': [{ line: 'below', after: 0, text: '' }] } },
    { peers: [], interface: { '#': [{ line: 'own', after: 0 }] } },
  ]) {
    const text = JSON.stringify(wrong);
    assert.notDeepEqual(schemaComplaints(SCHEMA, wrong), [], text);
    assert.throws(() => convert('json', 'conf', text), { code: 'bad-shape' }, text);
  }
});

test('JSON that is none is refused without being quoted', () => {
  assert.throws(() => convert('json', 'conf', '{"PrivateKey": secret}'), {
    code: 'bad-json',
    message: 'input: is not JSON',
  });
  assert.throws(() => convert('json', 'conf', '{"peers":[{"Endpoint":"a:1","endpoint":"b:2"}]}'), {
    code: 'bad-shape',
  });
});

test('no string in JSON becomes more than a value in a file', () => {
  fc.assert(
    fc.property(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT, (value, key, comment) => {
      const own = { '#': [{ line: 'own', after: 0, text: comment }], PostUp: [value], [key]: value, I1: value };
      const text = JSON.stringify({ interface: own, peers: [{ PublicKey: value }] });
      let file: string;
      try {
        file = convert('json', 'conf', text).text;
      } catch (error) {
        const { code } = error as { code: string };
        assert.match(code, /^(control-character|comment-sign|outer-space|bad-key|bad-shape)$/);
        return;
      }
      const sections = readSections(file, 'x');
      assert.deepEqual(
        sections.map(({ kind }) => kind),
        ['interface', 'peer'],
      );
      assert.ok(
        sections.flatMap(({ entries }) => entries).every((entry) => entry.value === value || entry.key === 'PublicKey'),
      );
    }),
    { numRuns: 500 },
  );
});

test('repeated and empty keys are reported, what counts stays', () => {
  const text = '[Interface]\nJc = 1\nJc = 2\nI2 =\nRandomTrailers = maybe\nPublicKey = x\n[Interface]\nJmin = 3\n';
  const { text: file, findings } = convert('conf', 'conf', text);
  assert.equal(file, '[Interface]\nJc = 2\nRandomTrailers = maybe\nPublicKey = x\nJmin = 3\n');
  assert.deepEqual(
    findings.map(({ code, message }) => [code, message.split(':')[1]]),
    [
      ['repeated-key', '2'],
      ['empty-value', '4'],
      ['odd-value', '5'],
      ['unknown-key', '6'],
    ],
  );
});

test('what is no configuration is refused with its line', () => {
  for (const [text, code, line] of [
    ['Jc = 1\n[Interface]', 'syntax', 1],
    ['[Interface]\nJc 1', 'syntax', 2],
    ['[Interface]\n[Pear]', 'unknown-section', 2],
    ['[Interface]\nJ c = 1', 'syntax', 2],
    ['# nothing', 'missing-section', 0],
  ] as const)
    assert.throws(() => convert('conf', 'json', text), { code, line }, text);
});

test('a file as UAPI is what awg would send, in its order', () => {
  const { text, findings } = convert('conf', 'uapi', FILE);
  assert.equal(text, UAPI);
  assert.deepEqual(
    findings.map(({ code, message }) => `${code} ${message.split(': ')[1]}`),
    [
      'unknown-key Frob_nicate',
      'no-place Address',
      'no-place SaveConfig',
      'no-place PostUp',
      'no-place PostUp',
      'no-place Frob_nicate',
    ],
  );
});

test('UAPI comes back as it was', () => {
  assert.equal(convert('uapi', 'uapi', UAPI).text, UAPI);
  fc.assert(
    fc.property(CONFIG_TEXT, (text) => {
      const first = convert('conf', 'uapi', text).text;
      assert.equal(convert('uapi', 'uapi', first).text, first);
      assert.equal(convert('conf', 'uapi', convert('uapi', 'conf', first).text).text, first);
      assert.equal(convert('json', 'uapi', convert('uapi', 'json', first).text).text, first);
    }),
  );
});

test('the answer to get gives a file, without counters', () => {
  const answer = `${UAPI.replace('set=1\n', '').replace('replace_peers=true\n', '').trimEnd()}
preshared_key=${'0'.repeat(64)}
protocol_version=1
last_handshake_time_sec=1700000000
tx_bytes=7
new_thing=9
errno=0

`;
  const { text, findings } = convert('uapi', 'conf', answer);
  assert.doesNotMatch(text, /1700000000|PresharedKey/);
  assert.match(text, /\nnew_thing = 9\n$/);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['unknown-key', 'no-place'],
  );
  assert.deepEqual(meaning(text.replace(/new_thing.*\n/, '')), meaning(convert('uapi', 'conf', UAPI).text));
});

test('UAPI that is no configuration, or breaks its rules, is refused', () => {
  const key = `public_key=${'40'.repeat(32)}`;
  for (const [text, code] of [
    ['set=1\njc\n\n', 'bad-uapi'],
    [`set=1\n${key}\njc=1\n\n`, 'bad-uapi'],
    ['set=1\nallowed_ip=::/0\n\n', 'bad-uapi'],
    ['set=1\njc=1\n\nset=1\njc=2\n\n', 'bad-uapi'],
    ['errno=-22\n\n', 'bad-uapi'],
    ['get=1\n\n', 'uapi-operation'],
    [`set=1\n${key}\nremove=true\n\n`, 'uapi-operation'],
    [`set=1\n${key}\nallowed_ip=-::/0\n\n`, 'uapi-operation'],
    ['private_key=00', 'bad-key'],
    ['jc=-1', 'bad-value'],
    ['h1=5-', 'bad-value'],
    ['random_trailers=yes', 'bad-value'],
  ])
    assert.throws(() => convert('uapi', 'conf', text ?? ''), { code }, text);
});

test('a value that no socket takes is refused with its line, a host name is kept and reported', () => {
  const peer = '[Interface]\n[Peer]\nPublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n';
  assert.throws(() => convert('conf', 'uapi', `${peer}AllowedIPs = 10.0.0.0/33`), { code: 'bad-prefix', line: 4 });
  assert.throws(() => convert('conf', 'uapi', '[Interface]\nJc = many'), { code: 'bad-value', line: 2 });
  assert.throws(() => convert('conf', 'uapi', '[Peer]\nAllowedIPs = ::/0'), { code: 'missing-key', line: 1 });
  const { text, findings } = convert('conf', 'uapi', `${peer}Endpoint = vpn.example:7\n`);
  assert.match(text, /^endpoint=vpn\.example:7$/m);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['host-name'],
  );
});

test('a text says itself which form it has', () => {
  for (const form of ['conf', 'json', 'uapi'] as const)
    assert.equal(formOf(convert('conf', form, FILE).text, 'x'), form);
  assert.equal(formOf('\uFEFF# c\r\n [ PEER ]', 'x'), 'conf');
  assert.equal(formOf('private_key=00', 'x'), 'uapi');
  assert.equal(formOf('vpn://AAAA', 'x'), 'link');
  assert.equal(formOf('{"containers": []}', 'x'), 'link');
  assert.throws(() => formOf(' \n', 'x'), { code: 'unknown-form' });
});
