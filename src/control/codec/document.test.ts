import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CONFIG_TEXT, HOSTILE_TEXT, KEY_TEXT } from '../../../test/support/config-texts.ts';
import { readSections } from '../config/lines.ts';
import { ConfigDocument } from './document.ts';
import type { SectionSpan } from './section-layout.ts';

const ALICE = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const BOB = 'gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=';
const CAROL = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';

const FILE = [
  '# my server   ',
  '[Interface]',
  `privatekey=${CAROL}`,
  '  Jc = 4 # junk',
  'ListenPort = 1',
  'ListenPort =  51820\t# the last counts',
  'PostUp = first',
  'Strange = kept ',
  '',
  '# Alice, phone',
  '[Peer]',
  `PublicKey = ${ALICE}`,
  'AllowedIPs = 10.8.0.2/32',
  'AllowedIPs = fd00::2/128',
  '',
  '# Bob',
  '[ peer ]',
  `publickey = ${BOB}`,
  '',
  '# the end',
].join('\n');

function documentOf(text: string): ConfigDocument {
  return ConfigDocument.parse(text, 'wg0.conf');
}

function peerOf(document: ConfigDocument, key: string): SectionSpan {
  const found = document.findPeer(key);
  assert.ok(found !== undefined);
  return found;
}

/** `-` and `+` lines, the way from one text to the other. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  return [
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
  ];
}

function edit(change: (document: ConfigDocument) => ConfigDocument, text = FILE): string[] {
  return difference(text, change(documentOf(text)).text);
}

test('any text comes back as it was, byte for byte', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), CONFIG_TEXT, HOSTILE_TEXT), (text) => {
      assert.equal(documentOf(text).text, text);
    }),
  );
});

test('a value changes in its place: spelling, spaces and comment stay', () => {
  const change = (key: string, ...values: string[]): string[] =>
    edit((document) => document.withValue(document.interfaceSection(key), key, ...values));
  assert.deepEqual(change('JC', '5'), ['-  Jc = 4 # junk', '+  Jc = 5 # junk']);
  assert.deepEqual(change('ListenPort', '7'), [
    '-ListenPort =  51820\t# the last counts',
    '+ListenPort =  7\t# the last counts',
  ]);
  assert.deepEqual(change('MTU', '1400'), ['+MTU = 1400']);
  assert.deepEqual(change('ListenPort'), ['-ListenPort = 1', '-ListenPort =  51820\t# the last counts']);
  assert.deepEqual(change('PostUp', 'a', 'b'), ['-PostUp = first', '+PostUp = a', '+PostUp = b']);
});

test('a list of several lines becomes what it is set to', () => {
  const change = (...values: string[]): string[] =>
    edit((document) => document.withValue(peerOf(document, ALICE), 'AllowedIPs', ...values));
  assert.deepEqual(change('10.0.0.0/8, ::/0'), [
    '-AllowedIPs = 10.8.0.2/32',
    '-AllowedIPs = fd00::2/128',
    '+AllowedIPs = 10.0.0.0/8, ::/0',
  ]);
  assert.deepEqual(change('10.8.0.2/32', 'fd00::2/128', 'fd00::3/128'), ['+AllowedIPs = fd00::3/128']);
});

test('a peer goes with the comment above it, its neighbours keep theirs', () => {
  assert.deepEqual(
    edit((document) => document.withoutPeer(ALICE)),
    [
      '-# Alice, phone',
      '-[Peer]',
      `-PublicKey = ${ALICE}`,
      '-AllowedIPs = 10.8.0.2/32',
      '-AllowedIPs = fd00::2/128',
      '-',
    ],
  );
});

test('where nothing parts peers, closing comments and switched-off keys belong to the one before', () => {
  const peer = (name: string, key: string, ...last: string[]): string[] => [
    `# BEGIN_PEER ${name}`,
    '[Peer]',
    `PublicKey = ${key}`,
    ...last,
  ];
  const alice = peer('alice', ALICE, '#PersistentKeepalive = 25', '# END_PEER alice');
  const bob = peer('bob', BOB, '# END_PEER bob');
  const carol = peer('carol', CAROL, '# Endpoint = 192.0.2.1:1');
  const text = (...peers: string[][]): string => ['[Interface]', ...peers.flat(), ''].join('\n');
  const document = documentOf(text(alice, carol, bob));
  assert.equal(document.withoutPeer(CAROL).text, text(alice, bob));
  assert.equal(document.withoutPeer(ALICE).text, text(carol, bob));
  assert.equal(document.withoutPeer(ALICE).withoutPeer(CAROL).text, text(bob));
});

test('a new peer comes last, with the line ends of the file', () => {
  const entries = [
    { key: 'PublicKey', value: CAROL },
    { key: 'AllowedIPs', value: '10.8.0.4/32' },
  ];
  const added = `# Carol\n[Peer]\nPublicKey = ${CAROL}\nAllowedIPs = 10.8.0.4/32\n`;
  const withCarol = documentOf(FILE).withPeer(entries, 'Carol');
  assert.equal(withCarol.text, `${FILE}\n\n${added}`);
  assert.equal(withCarol.withoutPeer(CAROL).text, `${FILE}\n\n`);
  const windows = FILE.replaceAll('\n', '\r\n');
  assert.equal(
    documentOf(windows).withPeer(entries, 'Carol').text,
    `${windows}\n\n${added}`.replaceAll(/\r?\n/g, '\r\n'),
  );
  assert.throws(() => withCarol.withPeer(entries), { code: 'duplicate-peer' });
  assert.throws(() => documentOf(FILE).withPeer([]), { code: 'incomplete' });
});

test('a replaced peer keeps its comments, its place and the lines that stay true', () => {
  const change = (...entries: Array<{ key: string; value: string }>): string[] =>
    edit((document) => document.withReplacedPeer(ALICE, entries));
  assert.deepEqual(
    change(
      { key: 'PublicKey', value: CAROL },
      { key: 'AllowedIPs', value: '10.8.0.2/32' },
      { key: 'AllowedIPs', value: 'fd00::2/128' },
    ),
    [`-PublicKey = ${ALICE}`, `+PublicKey = ${CAROL}`],
  );
  assert.deepEqual(change({ key: 'PublicKey', value: ALICE }), [
    '-AllowedIPs = 10.8.0.2/32',
    '-AllowedIPs = fd00::2/128',
  ]);
  assert.throws(() => change({ key: 'PublicKey', value: BOB }), { code: 'duplicate-peer' });
});

test('what is not there has a name in the error', () => {
  assert.throws(() => documentOf(FILE).withoutPeer(CAROL), { code: 'missing-peer' });
  assert.throws(() => documentOf('# nothing').interfaceSection('Jc'), { code: 'missing-section' });
  assert.throws(() => documentOf('x'.repeat(16 * 1024 * 1024 + 1)), { code: 'too-large' });
  assert.throws(() => documentOf('\n'.repeat(1_000_001)), { code: 'too-large' });
});

test('no value and no comment, however made, adds a line or a section', () => {
  fc.assert(
    fc.property(CONFIG_TEXT, HOSTILE_TEXT, fc.constantFrom('Jc', 'PostUp', 'I1', 'Strange'), (text, value, key) => {
      const document = documentOf(text);
      let edited: ConfigDocument;
      try {
        edited = document.withValue(document.interfaceSection(key), key, value);
      } catch (error) {
        assert.match((error as { code: string }).code, /^(control-character|comment-sign|outer-space|empty)$/);
        return;
      }
      const values = edited.valuesOf(edited.interfaceSection(key), key);
      assert.equal(values.at(-1), value);
      assert.equal(edited.sections.length, document.sections.length);
      assert.deepEqual(otherEntries(edited.text, key), otherEntries(text, key));
    }),
  );
});

/** Every entry but those with this key, with its section. */
function otherEntries(text: string, key: string): string[] {
  return readSections(text, 'wg0.conf').flatMap((section, index) =>
    section.entries.flatMap((entry) =>
      entry.key.toLowerCase() === key.toLowerCase() ? [] : [`${index} ${section.kind} ${entry.key} = ${entry.value}`],
    ),
  );
}

test('a peer comment cannot open a section either', () => {
  fc.assert(
    fc.property(HOSTILE_TEXT, (comment) => {
      const document = documentOf(FILE);
      try {
        assert.equal(document.withPeer([{ key: 'PublicKey', value: CAROL }], comment).sections.length, 4);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'control-character');
      }
    }),
  );
});

test('adding and removing a peer leaves every other line as it was', () => {
  fc.assert(
    fc.property(CONFIG_TEXT, KEY_TEXT, (text, key) => {
      const document = documentOf(text);
      fc.pre(document.findPeer(key) === undefined);
      const added = document.withPeer([{ key: 'PublicKey', value: key }]);
      assert.ok(added.text.startsWith(text));
      const removed = added.withoutPeer(key).text;
      assert.equal(removed.trimEnd(), text.trimEnd());
      assert.ok(removed.startsWith(text));
    }),
  );
});
