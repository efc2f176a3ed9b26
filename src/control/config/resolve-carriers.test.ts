import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { selfSigned } from '../../../test/support/self-signed.ts';
import { formatEndpoint } from '../../protocol/address-text.ts';
import { parseConfig } from './parse.ts';
import { resolveCarriers } from './resolve-carriers.ts';
import type { CarrierEntry } from './tunnel-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'awg-resolve-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const FILE = join(directory, 'wg0.conf');

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';

function carriers(...lines: readonly string[]): readonly CarrierEntry[] {
  const text = ['[Interface]', `PrivateKey = ${PRIVATE}`, '[Peer]', `PublicKey = ${PUBLIC}`, ...lines].join('\n');
  return parseConfig(text, FILE).peers[0]?.carriers ?? [];
}

/** A name server that knows a few names; others do not exist, or (`later.…`) have to wait. */
async function lookup(host: string): Promise<string> {
  if (host === 'one.example') return '192.0.2.1';
  if (host === 'two.example') return '2001:db8::2';
  throw Object.assign(new Error(host), { code: host.startsWith('later.') ? 'EAI_AGAIN' : 'ENOTFOUND' });
}

const warnings: string[] = [];
const onWarning = (warning: string): void => void warnings.push(warning);

test('every carrier gets its address, and what a stream needs', async () => {
  const { certificate } = selfSigned(['ca']);
  writeFileSync(join(directory, 'ca.pem'), certificate);
  const entries = carriers(
    'Endpoint = one.example:1',
    'EndpointTLS = two.example:2',
    'EndpointWebSocket = ws://one.example/w',
    'Transport = auto',
    'Connections = 3',
    'TLSALPN = h2',
    'TLSCA = ca.pem',
  );
  const found = await resolveCarriers(entries, FILE, { lookup, onWarning });
  const [udp, tls, websocket] = found;
  assert.deepEqual(
    found.map(({ name, endpoint }) => `${name} ${formatEndpoint(endpoint)}`),
    ['udp 192.0.2.1:1', 'tls [2001:db8::2]:2', 'websocket 192.0.2.1:80'],
  );
  assert.equal(udp?.target, undefined);
  assert.deepEqual(tls?.target, {
    kind: 'tls',
    endpoint: tls?.endpoint,
    connections: 3,
    tls: { serverName: 'two.example', alpn: ['h2'], ca: certificate },
  });
  assert.deepEqual(websocket?.target, {
    kind: 'websocket',
    endpoint: websocket?.endpoint,
    connections: 3,
    websocket: { secure: false, host: 'one.example', path: '/w' },
  });
});

test('a name that does not exist costs one carrier, with a warning', async () => {
  const entries = carriers('Endpoint = nowhere.example:1', 'EndpointTCP = one.example:2', 'Transport = auto');
  warnings.length = 0;
  const found = await resolveCarriers(entries, FILE, { lookup, onWarning });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['tcp'],
  );
  assert.deepEqual(warnings, [
    `${FILE}:5: Endpoint = nowhere.example:1: this host name does not exist; going on without udp`,
  ]);
});

test('a name that cannot be resolved now is given up soon after another one is known', async () => {
  const entries = carriers('Endpoint = later.example:1', 'EndpointTCP = 192.0.2.1:2', 'Transport = auto');
  warnings.length = 0;
  const found = await resolveCarriers(entries, FILE, { lookup, onWarning, graceMilliseconds: 20, retries: 1000 });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['tcp'],
  );
  assert.deepEqual(warnings, ['"later.example" was not resolved in time; going on without udp']);
});

test('without any carrier there is no tunnel', async () => {
  const entries = carriers('Endpoint = nowhere.example:1', 'EndpointTCP = neither.example:2', 'Transport = auto');
  await assert.rejects(resolveCarriers(entries, FILE, { lookup, onWarning }), {
    code: 'unresolved-endpoint',
    message: /Endpoint = nowhere\.example:1/,
  });
});

test('a file that is missing is an error whatever else works', async () => {
  const entries = carriers(
    'Endpoint = 192.0.2.1:1',
    'EndpointTLS = 192.0.2.1:2',
    'Transport = auto',
    'TLSCA = none.pem',
  );
  await assert.rejects(resolveCarriers(entries, FILE, { lookup, onWarning }), { code: 'not-found', line: 8 });
});

test('an abort ends it', async () => {
  const controller = new AbortController();
  const entries = carriers('Endpoint = 192.0.2.1:1', 'EndpointTCP = later.example:2', 'Transport = auto');
  const onRetry = (): void => controller.abort(new Error('SIGTERM'));
  const attempt = resolveCarriers(entries, FILE, { lookup, onWarning, onRetry, signal: controller.signal });
  await assert.rejects(attempt, { message: 'SIGTERM' });
});
