import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { selfSigned } from '../../test/support/self-signed.ts';
import { formatEndpoint } from '../protocol/address-text.ts';
import { parseConfig } from './config/parse.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import { checkFiles, resolveSettings } from './resolve-settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'awg-settings-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const IDENTITY = selfSigned(['vpn.example']);
writeFileSync(join(directory, 'chain.pem'), IDENTITY.certificate);
writeFileSync(join(directory, 'key.pem'), IDENTITY.key, { mode: 0o644 });

function config(own: readonly string[], peer: readonly string[]): TunnelConfig {
  const lines = ['[Interface]', `PrivateKey = ${PRIVATE}`, ...own, '[Peer]', `PublicKey = ${PUBLIC}`, ...peer];
  return parseConfig(lines.join('\n'), join(directory, 'wg0.conf'));
}

async function lookup(host: string): Promise<string> {
  if (host === 'known.example') return '192.0.2.5';
  throw Object.assign(new Error(host), { code: 'ENOTFOUND' });
}

async function peerOf(...lines: readonly string[]) {
  const { peers } = await resolveSettings(config([], lines), 'wg0', { lookup });
  const [{ endpoint, carriers } = {}] = peers;
  return {
    endpoint: endpoint && formatEndpoint(endpoint),
    carriers: carriers?.map((carrier) => `${carrier.name} ${formatEndpoint(carrier.endpoint)}`),
  };
}

test('a peer is at its endpoint, or has carriers to choose from, never both', async () => {
  assert.deepEqual(await peerOf(), { endpoint: undefined, carriers: undefined });
  assert.deepEqual(await peerOf('Endpoint = known.example:7'), { endpoint: '192.0.2.5:7', carriers: undefined });
  assert.deepEqual(await peerOf('Endpoint = known.example:7', 'Transport = udp, tcp'), {
    endpoint: undefined,
    carriers: ['udp 192.0.2.5:7', 'tcp 192.0.2.5:7'],
  });
});

test('when udp is all that is left, the peer is a plain one', async () => {
  const found = await peerOf('Endpoint = known.example:7', 'EndpointTLS = unknown.example:7', 'Transport = auto');
  assert.deepEqual(found, { endpoint: '192.0.2.5:7', carriers: undefined });
});

const LISTENERS = ['ListenTCP = 443', 'ListenTLS = 444, 445', 'TLSCertificate = chain.pem', 'TLSKey = key.pem'];

test('listeners come with the contents of their files, and one warning for all', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const { streamListeners } = await resolveSettings(config(LISTENERS, []), 'wg0', { onWarning });
  const tls = { certificate: IDENTITY.certificate, key: IDENTITY.key };
  assert.deepEqual(streamListeners, [
    { kind: 'tcp', address: undefined, port: 443 },
    { kind: 'tls', address: undefined, port: 444, tls },
    { kind: 'tls', address: undefined, port: 445, tls },
  ]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /TLSKey = key\.pem: is accessible to every user/);
});

test('a check reads every file and resolves nothing', async () => {
  const ignore = (): void => undefined;
  const peer = ['EndpointTLS = unknown.example:1', 'Transport = tls'];
  await checkFiles(config(LISTENERS, [...peer, 'TLSCA = chain.pem']), ignore);
  await assert.rejects(checkFiles(config(LISTENERS, [...peer, 'TLSCA = none.pem']), ignore), { code: 'not-found' });
  const broken = LISTENERS.map((line) => line.replace('chain', 'none'));
  await assert.rejects(checkFiles(config(broken, []), ignore), { code: 'not-found' });
});
