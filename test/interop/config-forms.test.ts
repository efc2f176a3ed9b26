/**
 * The forms of a configuration against the programs that they are for: what we write for a control socket
 * is taken by real daemons and comes back the same, and so is what we write as a file, by `wg`.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ConfigForm } from '../../src/control/convert-config.ts';
import { readConfigForm, writeConfigForm } from '../../src/control/convert-config.ts';
import { run } from '../support/command.ts';
import { amneziawgRelease } from '../support/engines/amneziawg-releases.ts';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { wireguardGo } from '../support/engines/index.ts';
import { NetworkNamespace, namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import type { UapiLine } from '../support/uapi-client.ts';
import { uapiGet, uapiSet } from '../support/uapi-client.ts';
import { isLeftOut } from './generations/rows.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';

const PLAIN = `[Interface]
PrivateKey = ${PRIVATE}
ListenPort = 41820
FwMark = 0x2a

[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
PresharedKey = gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=
Endpoint = [2001:db8::1]:51820
PersistentKeepalive = 25
AllowedIPs = 10.8.0.0/24, fd00:8::/64
`;

const AWG_2_LINES = `Jc = 4
Jmin = 40
Jmax = 70
S1 = 15
S2 = 18
S3 = 20
S4 = 25
H1 = 100000-199999
H2 = 1234567890
H3 = 3000000000-3999999999
H4 = 255-4095
I1 = <b 0xc0ff><r 16>
I4 = <t>
`;

const AWG_3_LINES = `HeaderProtectionKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
ContentPaddingAddition = 10-100
RekeyAfterTime = 100-120
RekeyTimeout = 3-7
RejectAfterTime = 150-180
KeepaliveTimeout = 5-15
MaxHandshakeAttempts = 15-20
RandomTrailers = on
DisableCookies = off
`;

/** The keys after those of the interface. */
function withLines(lines: string): string {
  return PLAIN.replace('\n\n[Peer]', `\n${lines}\n[Peer]`);
}

interface Case {
  readonly engine: EngineAdapter;
  readonly folder: string;
  readonly file: string;
}

const CASES: readonly Case[] = [
  { engine: wireguardGo, folder: '/var/run/wireguard', file: PLAIN },
  { engine: amneziawgRelease('v0.2.19'), folder: '/var/run/amneziawg', file: withLines(AWG_2_LINES) },
  ...(isLeftOut('v3.1.20260814') ? [] : [newestCase()]),
];

function newestCase(): Case {
  return {
    engine: amneziawgRelease('v3.1.20260814'),
    folder: '/var/run/amneziawg',
    file: withLines(AWG_2_LINES + AWG_3_LINES).replace('Keepalive = 25', 'Keepalive = 25-35'),
  };
}

const scope = new Scope();
after(() => scope.close());

/** The interface of a daemon that knows nothing yet but a key. */
async function startBare(engine: EngineAdapter): Promise<string> {
  const namespace = await NetworkNamespace.create(scope);
  const settings = { privateKey: PRIVATE, listenPort: 0, addresses: [], mtu: 1420, peers: [] };
  return (await engine.start(scope, namespace, settings)).interfaceName;
}

function convert(from: ConfigForm, to: ConfigForm, text: string): string {
  const quiet = (): void => undefined;
  return writeConfigForm(to, readConfigForm(from, text, 'x', quiet), quiet);
}

function linesOf(uapi: string): UapiLine[] {
  const lines = uapi.trimEnd().split('\n').slice(1);
  return lines.map((line): UapiLine => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}

function textOf(lines: readonly UapiLine[]): string {
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}

/** Daemons answer in an order of their own. */
function sortedLines(uapi: string): string[] {
  return uapi.trimEnd().split('\n').sort();
}

for (const { engine, folder, file } of CASES) {
  const skip = namespacesUnavailable() ?? engine.unavailable() ?? false;
  test(`${engine.name} takes what we write for its socket, and gives it back`, { skip }, async () => {
    const socket = `${folder}/${await startBare(engine)}.sock`;
    const written = convert('conf', 'uapi', file);
    await uapiSet(socket, linesOf(written));
    const answer = textOf(await uapiGet(socket));
    assert.deepEqual(sortedLines(convert('uapi', 'uapi', answer)), sortedLines(written));
    assert.deepEqual(sortedLines(convert('conf', 'uapi', convert('uapi', 'conf', answer))), sortedLines(written));
  });
}

const wgMissing = namespacesUnavailable() ?? wireguardGo.unavailable() ?? false;
test('wg takes a file that we write, and we read the one that it writes', { skip: wgMissing }, async () => {
  const name = await startBare(wireguardGo);
  const file = convert('json', 'conf', convert('conf', 'json', PLAIN));
  await run('sh', ['-c', 'cat | wg setconf "$1" /dev/stdin', 'wg', name], { input: file });
  const shown = await run('wg', ['showconf', name]);
  assert.deepEqual(sortedLines(convert('conf', 'uapi', shown)), sortedLines(convert('conf', 'uapi', PLAIN)));
});
