import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../../protocol/address-text.ts';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';
import type { TunnelConfig } from './tunnel-config.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';

/** The first of the lines is line 3. */
function withInterface(...lines: readonly string[]): TunnelConfig {
  return parseConfig(['[Interface]', `PrivateKey = ${PRIVATE}`, ...lines].join('\n'), 'wg0.conf');
}

function listeners(...lines: readonly string[]): string[] {
  return withInterface(...lines).streamListeners.map(({ kind, address, port, websocket, tls }) => {
    const scheme = websocket === undefined ? '' : websocket.secure ? 'wss ' : 'ws ';
    const files = tls === undefined ? '' : ` ${tls.certificate.path} ${tls.key.path}`;
    return `${kind} ${scheme}${address === undefined ? 'any' : formatAddress(address)} ${port}${websocket?.path ?? ''}${files}`;
  });
}

function refuses(lines: readonly string[], code: string, line: number, message: RegExp): void {
  assert.throws(
    () => withInterface(...lines),
    (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.deepEqual([error.code, error.line], [code, line], error.message);
      assert.match(error.message, message);
      return true;
    },
    lines.join(),
  );
}

const FILES = ['TLSCertificate = tls/chain.pem', 'TLSKey = tls/key.pem'];

test('without the keys nobody listens', () => {
  assert.deepEqual(listeners(), []);
});

test('addresses and ports', () => {
  assert.deepEqual(listeners('ListenTCP = 443'), ['tcp any 443']);
  assert.deepEqual(listeners('ListenTCP = *:443, [::]:444'), ['tcp any 443', 'tcp any 444']);
  assert.deepEqual(listeners('ListenTCP = 0.0.0.0:443', 'ListenTCP = 127.0.0.1:444'), [
    'tcp 0.0.0.0 443',
    'tcp 127.0.0.1 444',
  ]);
  assert.deepEqual(listeners('listentcp = [2001:db8::1]:443'), ['tcp 2001:db8::1 443']);
  for (const text of [
    'h.example:443',
    '2001:db8::1:443',
    '[127.0.0.1]:443',
    '[]:443',
    ':443',
    '127.0.0.1',
    '443,',
    'x',
  ])
    refuses([`ListenTCP = ${text}`], 'bad-endpoint', 3, /^wg0\.conf:3: ListenTCP/);
  for (const text of ['0', '65536', '127.0.0.1:99999'])
    refuses([`ListenTCP = ${text}`], 'bad-port', 3, /is not a port from 1 to 65535/);
});

test('tls listeners have the files of the interface', () => {
  assert.deepEqual(listeners('ListenTLS = 443', ...FILES), ['tls any 443 tls/chain.pem tls/key.pem']);
  refuses(
    ['ListenTLS = 443', ...FILES.slice(1)],
    'missing-key',
    3,
    /ListenTLS = 443: needs TLSCertificate, which is missing/,
  );
  refuses(['ListenTLS = 443', ...FILES.slice(0, 1)], 'missing-key', 3, /needs TLSKey/);
});

test('websocket listeners', () => {
  assert.deepEqual(listeners('ListenWebSocket = ws://127.0.0.1:8080/tunnel'), ['websocket ws 127.0.0.1 8080/tunnel']);
  assert.deepEqual(listeners('ListenWebSocket = ws://*'), ['websocket ws any 80/']);
  assert.deepEqual(listeners('ListenWebSocket = wss://[::1]/t', ...FILES), [
    'websocket wss ::1 443/t tls/chain.pem tls/key.pem',
  ]);
  refuses(['ListenWebSocket = wss://*/x'], 'missing-key', 3, /wss:\/\/\*\/x: needs TLSCertificate/);
  refuses(['ListenWebSocket = 8080'], 'bad-endpoint', 3, /is not ws\[s\]:\/\/address\[:port\]\/path/);
  refuses(['ListenWebSocket = ws://h.example/x'], 'bad-endpoint', 3, /"h\.example" is not an IP address of this host/);
});

test('files that nobody uses are pointed out', () => {
  const messages = withInterface('ListenTCP = 1', 'ListenWebSocket = ws://*', ...FILES).warnings.map(
    ({ message }) => message,
  );
  assert.equal(messages.length, 2);
  assert.match(messages[0] ?? '', /^wg0\.conf:5: TLSCertificate = tls\/chain\.pem: has no effect/);
  assert.deepEqual(withInterface('ListenTLS = 1', ...FILES).warnings, []);
});

test('belongs into the right section', () => {
  refuses(['EndpointTCP = h:1'], 'wrong-section', 3, /EndpointTCP belongs into the other kind of section/);
  refuses(['ListenTPC = 1'], 'unknown-key', 3, /did you mean ListenTCP\?/);
});
