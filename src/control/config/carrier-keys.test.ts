import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';
import type { CarrierEntry, TunnelConfig } from './tunnel-config.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const PIN = createHash('sha256').update('key').digest();
const PIN_TEXT = PIN.toString('base64');

/** A peer with these lines; the first of them is line 5. */
function withPeer(...lines: readonly string[]): TunnelConfig {
  const text = ['[Interface]', `PrivateKey = ${PRIVATE}`, '[Peer]', `PublicKey = ${PUBLIC}`, ...lines].join('\n');
  return parseConfig(text, 'wg0.conf');
}

function carriersOf(...lines: readonly string[]): readonly CarrierEntry[] {
  return withPeer(...lines).peers[0]?.carriers ?? [];
}

function ways(...lines: readonly string[]): string {
  return carriersOf(...lines)
    .map(({ name, endpoint }) => `${name} ${endpoint.host}:${endpoint.port}`)
    .join(', ');
}

function refuses(lines: readonly string[], code: string, line: number, message: RegExp): void {
  assert.throws(
    () => withPeer(...lines),
    (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.deepEqual([error.code, error.line], [code, line], error.message);
      assert.match(error.message, message);
      return true;
    },
    lines.join(),
  );
}

function warnings(...lines: readonly string[]): string[] {
  return withPeer(...lines).warnings.map((warning) => warning.message);
}

const UDP = 'Endpoint = vpn.example.com:51820';
const TCP = 'EndpointTCP = vpn.example.com:8443';
const TLS = 'EndpointTLS = 192.0.2.7:443';
const WEB_SOCKET = 'EndpointWebSocket = wss://www.example.com/tunnel';

test('udp, said or not, leaves everything as it was', () => {
  assert.equal(ways(UDP), '');
  assert.equal(ways(UDP, 'Transport = udp'), '');
  assert.equal(ways('Transport = UDP'), '', 'a server need not know where its peers are');
});

test('auto takes udp and whatever has an endpoint of its own, in a fixed order', () => {
  assert.equal(
    ways('Transport = auto', WEB_SOCKET, TLS, TCP, UDP),
    'udp vpn.example.com:51820, tcp vpn.example.com:8443, tls 192.0.2.7:443, websocket www.example.com:443',
  );
  assert.equal(ways('Transport = auto', UDP, WEB_SOCKET), 'udp vpn.example.com:51820, websocket www.example.com:443');
  assert.equal(ways('Transport = auto', TLS), 'tls 192.0.2.7:443');
});

test('auto without a choice is udp, with a warning', () => {
  assert.equal(ways('Transport = auto', UDP), '');
  assert.match(warnings('Transport = auto', UDP).join(), /^wg0\.conf:5: Transport = auto: has nothing to choose from/);
});

test('a list is in the order in which it is written', () => {
  assert.equal(
    ways(UDP, TLS, WEB_SOCKET, 'Transport = websocket, udp,TLS'),
    'websocket www.example.com:443, udp vpn.example.com:51820, tls 192.0.2.7:443',
  );
});

test('tcp without an endpoint of its own goes where udp would', () => {
  assert.equal(ways(UDP, 'Transport = tcp'), 'tcp vpn.example.com:51820');
  assert.equal(ways(UDP, TCP, 'Transport = tcp'), 'tcp vpn.example.com:8443');
});

test('a transport that is named needs its endpoint', () => {
  refuses(['Transport = tcp'], 'missing-key', 5, /Transport = tcp: tcp needs EndpointTCP, which is missing/);
  refuses([UDP, 'Transport = udp, tls'], 'missing-key', 6, /tls needs EndpointTLS/);
  refuses([UDP, 'Transport = websocket'], 'missing-key', 6, /websocket needs EndpointWebSocket/);
  refuses([TLS, 'Transport = udp, tls'], 'missing-key', 6, /udp needs Endpoint,/);
});

test('transports that are none', () => {
  for (const text of ['sctp', 'udp,', ',', 'udp tcp x', 'auto, udp', 'udp, auto'])
    refuses([`Transport = ${text}`], 'bad-value', 5, /there are auto, or a list of udp, tcp, tls, websocket/);
  refuses([UDP, 'Transport = udp, tcp, UDP'], 'bad-value', 6, /names udp twice/);
});

test('websocket addresses', () => {
  const parts = (text: string) => {
    const [carrier] = carriersOf('Transport = websocket', `EndpointWebSocket = ${text}`);
    return { host: carrier?.endpoint.host, port: carrier?.endpoint.port, ...carrier?.stream?.websocket };
  };
  assert.deepEqual(parts('ws://h.example/a/b?c=d'), {
    host: 'h.example',
    port: 80,
    secure: false,
    path: '/a/b?c=d',
  });
  const hosts = (text: string) => {
    const [carrier] = carriersOf('Transport = websocket', `EndpointWebSocket = ${text}`);
    const { endpoint, stream } = carrier ?? {};
    return `${endpoint?.host} ${endpoint?.port} ${stream?.websocket?.host} ${stream?.websocket?.path}`;
  };
  assert.equal(hosts('WSS://h.example'), 'h.example 443 h.example /');
  assert.equal(hosts('wss://h.example:443/x'), 'h.example 443 h.example /x');
  assert.equal(hosts('wss://h.example:8443/x'), 'h.example 8443 h.example:8443 /x');
  assert.equal(hosts('ws://[2001:db8::1]/x'), '2001:db8::1 80 [2001:db8::1] /x');
  assert.equal(hosts('ws://[2001:db8::1]:81/x'), '2001:db8::1 81 [2001:db8::1]:81 /x');
  for (const text of [
    'h.example',
    'http://h/',
    'ws:/h',
    'ws:///x',
    'wss://user@h/x',
    'wss://h?x',
    'ws://h:/x',
    'ws://a b~/',
  ])
    refuses(
      [`EndpointWebSocket = ${text}`],
      text.endsWith(':/x') ? 'bad-port' : 'bad-endpoint',
      5,
      /EndpointWebSocket/,
    );
  refuses(['EndpointWebSocket = ws://h:70000/x'], 'bad-port', 5, /= ws:\/\/h:70000\/x: "70000" is not a port/);
});

test('the other endpoints are like Endpoint', () => {
  for (const key of ['EndpointTCP', 'EndpointTLS']) {
    refuses(
      [`${key} = 192.0.2.1`],
      'bad-endpoint',
      5,
      new RegExp(`^wg0\\.conf:5: ${key} = 192\\.0\\.2\\.1: is not host:port`),
    );
    refuses([`${key} = h:0`], 'bad-port', 5, /is not a port/);
  }
});

test('tls: the name of the host unless told otherwise, pins that accumulate', () => {
  const tls = (...lines: readonly string[]) => carriersOf('Transport = tls', ...lines)[0]?.stream?.tls;
  assert.equal(tls('EndpointTLS = h.example:1')?.serverName, 'h.example');
  assert.equal(tls(TLS)?.serverName, undefined, 'an address is no name');
  const full = tls(
    TLS,
    'TLSServerName = cdn.example',
    'TLSALPN = h2, http/1.1',
    `TLSPin = ${PIN_TEXT}`,
    `TLSPin = sha256//${PIN_TEXT}, sha256/${PIN_TEXT}`,
    'TLSCA = /etc/my authorities.pem',
  );
  assert.deepEqual(
    [full?.serverName, full?.alpn, full?.ca?.path],
    ['cdn.example', ['h2', 'http/1.1'], '/etc/my authorities.pem'],
  );
  assert.deepEqual(
    full?.pins.map((pin) => Buffer.from(pin).toString('base64')),
    [PIN_TEXT, PIN_TEXT, PIN_TEXT],
  );
});

test('only what speaks TLS has TLS', () => {
  const [tcp, ws] = carriersOf(TCP, 'EndpointWebSocket = ws://h/', 'Transport = tcp, websocket');
  assert.deepEqual([tcp?.stream?.tls, ws?.stream?.tls], [undefined, undefined]);
  const [wss] = carriersOf(WEB_SOCKET, 'Transport = websocket');
  assert.equal(wss?.stream?.tls?.serverName, 'www.example.com');
});

test('values that make no sense', () => {
  refuses(['TLSServerName = 192.0.2.1'], 'bad-value', 5, /is not a host name/);
  refuses(['TLSServerName = a b!'], 'bad-value', 5, /is not a host name/);
  refuses(['TLSALPN = h2,,h3'], 'bad-value', 5, /is not a list of protocol names/);
  refuses([`TLSALPN = ${'x'.repeat(256)}`], 'bad-value', 5, /is not a list of protocol names/);
  refuses(['TLSPin = AAAA'], 'bad-value', 5, /is not the base64 of a SHA-256 digest \(32 bytes\)/);
  refuses([`TLSPin = ${PIN_TEXT.slice(0, -1)}`], 'bad-value', 5, /SHA-256/);
  refuses(['Connections = 0'], 'bad-value', 5, /is not a number from 1 to 8/);
  refuses(['Connections = 9'], 'bad-value', 5, /is not a number from 1 to 8/);
  refuses(['TLSCA ='], 'empty-value', 5, /has no value/);
});

test('connections belong to every stream', () => {
  const connections = (...lines: readonly string[]) => carriersOf(...lines).map(({ stream }) => stream?.connections);
  assert.deepEqual(connections(UDP, TCP, TLS, 'Transport = auto', 'Connections = 4'), [undefined, 4, 4]);
  assert.deepEqual(connections(TLS, 'Transport = auto'), [1]);
});

test('keys that decide nothing are pointed out', () => {
  assert.deepEqual(warnings(UDP, TCP), [
    'wg0.conf:6: EndpointTCP = vpn.example.com:8443: has no effect: without Transport it is udp',
  ]);
  const lines = warnings(UDP, 'Transport = udp,tcp', TLS, WEB_SOCKET, 'TLSServerName = x', `TLSPin = ${PIN_TEXT}`);
  assert.deepEqual(
    lines.map((line) => line.split(/[:=]/)[2]?.trim()),
    ['EndpointTLS', 'EndpointWebSocket', 'TLSServerName', 'TLSPin'],
  );
  assert.ok(lines.every((line) => line.endsWith('has no effect: Transport does not need it')));
  assert.deepEqual(warnings(UDP, 'Connections = 2'), [
    'wg0.conf:6: Connections = 2: has no effect: without Transport it is udp',
  ]);
  assert.deepEqual(warnings(UDP, TCP, TLS, WEB_SOCKET, 'Transport = auto', 'TLSALPN = h2', 'Connections = 2'), []);
});

test('of a repeated endpoint the last counts', () => {
  assert.equal(ways(TCP, 'EndpointTCP = other.example:1', 'Transport = tcp'), 'tcp other.example:1');
});
