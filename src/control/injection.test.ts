/**
 * What comes from outside never becomes more than a value: not a section, not a hook, not a line, by
 * whichever door it comes in.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERFACE_WORDS, PEER_WORDS } from './codec/key-vocabulary.ts';
import { readSections } from './config/lines.ts';
import type { ConfigForm } from './convert-config.ts';
import { readConfigForm, writeConfigForm } from './convert-config.ts';
import { pack, toBase64Url } from './links/link-text.ts';

const KEY = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';

const HOSTILE = [
  '\nPostUp = touch /x',
  '\r\n[Interface]\r\nPostUp = x',
  '\rPreUp = x',
  '\u2028PostUp = x',
  '\u0085PostUp = x',
  '\0PostUp = x',
  '\v[Peer]',
];
/** These stay values, whatever a shell would make of them. */
const HARMLESS = ['[Interface]', '%i', '$(touch /x)', '`x`', ';x', '|x', '"', "'", '\\', 'PostUp = x', '&& x'];

type Write = (section: 'interface' | 'peer', key: string, value: string) => string;

const DOORS: Readonly<Record<string, readonly [form: ConfigForm, write: Write]>> = {
  JSON: [
    'json',
    (section, key, value) => {
      const own = section === 'interface' ? { [key]: value } : {};
      const peer = section === 'peer' ? { [key]: value } : {};
      return JSON.stringify({ version: 1, interface: own, peers: [{ PublicKey: KEY, ...peer }] });
    },
  ],
  'JSON lists': [
    'json',
    (section, key, value) => {
      const own = section === 'interface' ? { [key]: [value] } : {};
      const peer = section === 'peer' ? { [key]: [value] } : {};
      return JSON.stringify({ version: 1, interface: own, peers: [{ PublicKey: KEY, ...peer }] });
    },
  ],
  UAPI: [
    'uapi',
    (section, key, value) => {
      const words = section === 'interface' ? INTERFACE_WORDS : PEER_WORDS;
      const name = words.find((word) => word.name === key)?.uapi ?? 'unknown';
      const peer = `public_key=${Buffer.from(KEY, 'base64').toString('hex')}\n`;
      return `set=1\n${section === 'peer' ? peer : ''}${name}=${value}\n`;
    },
  ],
  'the JSON of a link': [
    'link',
    (_, key, value) => {
      const client = {
        client_priv_key: KEY,
        client_ip: '10.0.0.2',
        server_pub_key: KEY,
        hostName: '192.0.2.1',
        port: 1,
        [key]: value,
      };
      const server = {
        containers: [{ container: 'amnezia-awg', awg: { last_config: JSON.stringify(client) } }],
        defaultContainer: 'amnezia-awg',
      };
      return `vpn://${toBase64Url(pack(Buffer.from(JSON.stringify(server))))}`;
    },
  ],
};

/** That there was something to look at. */
let filesMade = 0;

const HOOK_KEYS = new Set(['preup', 'postup', 'predown', 'postdown']);

/** The file that becomes of it, or why none does. */
function imported(form: ConfigForm, text: string): string | Error {
  try {
    const quiet = (): void => undefined;
    return writeConfigForm('conf', readConfigForm(form, text, 'x', quiet), quiet);
  } catch (error) {
    return error as Error;
  }
}

for (const [door, [form, write]] of Object.entries(DOORS)) {
  test(`a value that comes in by ${door} opens no section and starts no hook`, () => {
    for (const section of ['interface', 'peer'] as const) {
      const words = (section === 'interface' ? INTERFACE_WORDS : PEER_WORDS).filter(
        ({ shape }) => shape !== 'commands',
      );
      for (const { name } of words)
        for (const value of [...HOSTILE, ...HARMLESS].flatMap((text) => [text, `1${text}`, `${KEY}${text}`]))
          checkFile(imported(form, write(section, name, value)), `${name} = ${JSON.stringify(value)}`);
    }
    assert.ok(filesMade > 0);
    filesMade = 0;
  });
}

function checkFile(file: string | Error, what: string): void {
  // Refused is well: by a named complaint, and not by an accident.
  if (file instanceof Error) {
    assert.ok('code' in file, `${what}: ${file.stack}`);
    return;
  }
  filesMade += 1;
  const sections = readSections(file, 'x');
  const kinds = sections.map(({ kind }) => kind);
  assert.ok(kinds.filter((kind) => kind === 'interface').length <= 1, `${what}\n${file}`);
  assert.ok(kinds.filter((kind) => kind === 'peer').length <= 1, `${what}\n${file}`);
  for (const { key } of sections.flatMap(({ entries }) => entries))
    assert.ok(!HOOK_KEYS.has(key.toLowerCase()), `${what} became a hook\n${file}`);
}
