import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix } from '../../protocol/address-text.ts';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';
import type { TunnelConfig } from './tunnel-config.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const OTHER = 'gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=';

function parse(...lines: readonly string[]): TunnelConfig {
  return parseConfig(lines.join('\n'), 'wg0.conf');
}

/** An [Interface] with these lines, and a peer. */
function withInterface(...lines: readonly string[]): TunnelConfig {
  return parse('[Interface]', `PrivateKey = ${PRIVATE}`, ...lines, '[Peer]', `PublicKey = ${PUBLIC}`);
}

function withPeer(...lines: readonly string[]): TunnelConfig {
  return parse('[Interface]', `PrivateKey = ${PRIVATE}`, '[Peer]', `PublicKey = ${PUBLIC}`, ...lines);
}

/** Asserts that `action` fails with this code, at this line, with this message. */
function refuses(action: () => unknown, code: string, line: number, message: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.deepEqual([error.code, error.line, error.file], [code, line, 'wg0.conf'], error.message);
    assert.match(error.message, message);
    return true;
  });
}

function messages(config: TunnelConfig): string[] {
  return config.warnings.map((warning) => warning.message);
}

test('reads a whole file', () => {
  const config = parse(
    '# my tunnel',
    '[Interface]',
    `PrivateKey = ${PRIVATE}`,
    'ListenPort = 51820',
    'Address = 10.8.0.2/24, fd00::2/64',
    'Address = 192.168.7.1',
    'MTU = 1380',
    'FwMark = 0xca6c',
    'Table = 123',
    'Jc = 4',
    'Jmin = 40',
    'Jmax = 70',
    'S1 = 15',
    'H1 = 100-200',
    'H2 = 300',
    'H3 = 400',
    'H4 = 500-600',
    'I1 = <b 0xc0ff><r 16>',
    '',
    '[Peer]',
    `PublicKey = ${PUBLIC}  # the office`,
    `PresharedKey = ${OTHER}`,
    'AllowedIPs = 0.0.0.0/0, ::/0',
    'Endpoint = vpn.example.com:51820',
    'PersistentKeepalive = 25',
  );
  const { listenPort, fwmark, mtu, table, profile } = config;
  assert.deepEqual({ listenPort, fwmark, mtu, table }, { listenPort: 51820, fwmark: 0xca6c, mtu: 1380, table: 123 });
  assert.deepEqual(config.addresses.map(formatPrefix), ['10.8.0.2/24', 'fd00::2/64', '192.168.7.1/32']);
  assert.deepEqual(
    [profile.junk.count, profile.initiation.prefix, profile.transport.header],
    [4, 15, { low: 500, high: 600 }],
  );
  const [peer] = config.peers;
  assert.deepEqual(
    [peer?.endpoint?.host, peer?.endpoint?.port, peer?.endpoint?.line, peer?.persistentKeepalive],
    ['vpn.example.com', 51820, 24, 25],
  );
  assert.deepEqual(peer?.allowedIps.map(formatPrefix), ['0.0.0.0/0', '::/0']);
  assert.equal(Buffer.from(peer?.presharedKey ?? []).toString('base64'), OTHER);
});

test('sections and keys in any case, spaces and line ends of any kind', () => {
  const config = parseConfig(
    `\uFEFF [ interface ]\r\n\tprivatekey=${PRIVATE}\r\nLISTENPORT =  7\r\n[PEER]\r\npublicKEY = ${PUBLIC}`,
    'x',
  );
  assert.equal(config.listenPort, 7);
  assert.equal(config.peers.length, 1);
});

test('defaults', () => {
  const { listenPort, fwmark, mtu, table, addresses, peers, warnings } = parse(
    '[Interface]',
    `PrivateKey = ${PRIVATE}`,
  );
  assert.deepEqual(
    { listenPort, fwmark, mtu, table, addresses, peers, warnings },
    { listenPort: 0, fwmark: 0, mtu: undefined, table: 'auto', addresses: [], peers: [], warnings: [] },
  );
});

test('of repeated scalar keys the last wins, lists accumulate', () => {
  const config = withPeer(
    'PersistentKeepalive = 1',
    'AllowedIPs = 10.0.0.0/8',
    'PersistentKeepalive = off',
    'AllowedIPs = 10.1.0.0/16,10.0.0.0/8',
  );
  assert.equal(config.peers[0]?.persistentKeepalive, 0);
  assert.deepEqual(config.peers[0]?.allowedIps.map(formatPrefix), ['10.0.0.0/8', '10.1.0.0/16']);
});

test('a missing mask means one address; host bits are cleared with a warning', () => {
  const config = withPeer('AllowedIPs = 10.8.0.7/24, 10.9.0.1, fd00::5');
  assert.deepEqual(config.peers[0]?.allowedIps.map(formatPrefix), ['10.8.0.0/24', '10.9.0.1/32', 'fd00::5/128']);
  assert.deepEqual(messages(config), [
    'wg0.conf:5: AllowedIPs = 10.8.0.7/24: has bits beyond the prefix length; 10.8.0.0/24 is used',
  ]);
});

test('a prefix of two peers goes to the later one, with a warning', () => {
  const config = parse(
    '[Interface]',
    `PrivateKey = ${PRIVATE}`,
    '[Peer]',
    `PublicKey = ${PUBLIC}`,
    'AllowedIPs = 10.0.0.0/8, 10.1.0.0/16',
    '[Peer]',
    `PublicKey = ${OTHER}`,
    'AllowedIPs = 10.0.0.0/8',
  );
  assert.deepEqual(
    config.peers.map((peer) => peer.allowedIps.map(formatPrefix)),
    [['10.1.0.0/16'], ['10.0.0.0/8']],
  );
  assert.match(messages(config)[0] ?? '', /^wg0.conf:8: AllowedIPs = 10.0.0.0\/8: also belongs to the peer of line 3/);
});

test('keys of wrong length or alphabet are refused without being repeated', () => {
  for (const key of [
    PRIVATE.slice(4),
    `${PRIVATE}AAAA`,
    'hello',
    '!!!!',
    PRIVATE.slice(0, -1),
    PRIVATE.replace('8=', '9='),
  ]) {
    refuses(() => parse('[Interface]', `PrivateKey = ${key}`), 'bad-key', 2, /PrivateKey: is/);
    assert.throws(
      () => parse('[Interface]', `PrivateKey = ${key}`),
      (error: Error) => !error.message.includes(key),
    );
  }
  refuses(
    () => withPeer(`PresharedKey = ${OTHER.slice(8)}`),
    'bad-key',
    5,
    /PresharedKey: is 26 bytes long; a key is 32 bytes/,
  );
  refuses(() => withPeer('PublicKey = AAAA'), 'bad-key', 5, /PublicKey: is 3 bytes long/);
});

test('prefixes that are none', () => {
  for (const text of [
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'hello',
    '1.2.3.4/0x8',
  ]) {
    refuses(() => withPeer(`AllowedIPs = ${text}`), 'bad-prefix', 5, /AllowedIPs/);
    refuses(() => withInterface(`Address = ${text}`), 'bad-prefix', 3, /Address/);
  }
  refuses(() => withPeer('AllowedIPs = 10.0.0.0/8,'), 'bad-prefix', 5, /AllowedIPs/);
  refuses(
    () => withPeer('AllowedIPs = 10.0.0.0/33'),
    'bad-prefix',
    5,
    /^wg0\.conf:5: AllowedIPs = 10\.0\.0\.0\/33: "\/33" is not a prefix length from 0 to 32$/,
  );
});

test('two peers with one key', () => {
  refuses(
    () =>
      parse(
        '[Interface]',
        `PrivateKey = ${PRIVATE}`,
        '[Peer]',
        `PublicKey = ${PUBLIC}`,
        '[Peer]',
        `PublicKey = ${PUBLIC}`,
      ),
    'duplicate-peer',
    6,
    /the peer of line 4 has the same key/,
  );
});

test('a private key that looks like a name is not repeated', () => {
  const key = 'QGFiYGFiYGFiYGFiYGFiYGFiYGFiYGFiYGFiYGFiYGE=';
  for (const line of [`PrivateKey ${key}`, key, `PrivateKye ${key}`]) {
    assert.throws(
      () => parseConfig(`[Interface]\n${line}\n`, 'wg0.conf'),
      (error: Error) => error.message.startsWith('wg0.conf:2: ') && !error.message.includes(key.slice(0, 8)),
    );
    assert.throws(
      () => parseConfig(`${line}\n[Interface]\n`, 'wg0.conf'),
      (error: Error) => /comes before/.test(error.message) && !error.message.includes(key.slice(0, 8)),
    );
  }
});

test('unknown keys name their nearest neighbour', () => {
  refuses(
    () => withInterface('ListenProt = 1'),
    'unknown-key',
    3,
    /^wg0\.conf:3: "ListenProt": is not a known key; did you mean ListenPort\?$/,
  );
  refuses(() => withPeer('AllowedIP = 1.2.3.4'), 'unknown-key', 5, /did you mean AllowedIPs\?/);
  refuses(() => withPeer('xyzzyplugh = 1.2.3.4'), 'unknown-key', 5, /is not a known key$/);
  refuses(() => withPeer('__proto__ = 1'), 'unknown-key', 5, /__proto__/);
  refuses(
    () => withInterface('Endpoint = 1.2.3.4:5'),
    'wrong-section',
    3,
    /Endpoint belongs into the other kind of section/,
  );
});

test('structure', () => {
  refuses(() => parse(`PrivateKey = ${PRIVATE}`), 'syntax', 1, /before the first \[Interface\]/);
  refuses(() => parse('[Interfaces]'), 'unknown-section', 1, /"\[Interfaces\]"/);
  refuses(() => parse('[Interface', 'x = y'), 'unknown-section', 1, /\[Interface/);
  refuses(
    () => parse('[Interface]', PRIVATE.slice(0, -1)),
    'syntax',
    2,
    /^wg0\.conf:2: expected a line like "Key = value"$/,
  );
  refuses(() => parse('[Interface]', 'ListenPort ='), 'empty-value', 2, /has no value/);
  refuses(() => parse(''), 'missing-section', 0, /^wg0\.conf: has no \[Interface\] section$/);
  refuses(() => parse('[Interface]', 'ListenPort = 1'), 'missing-key', 1, /PrivateKey: is missing/);
  refuses(
    () => parse('[Interface]', `PrivateKey = ${PRIVATE}`, '[Peer]', 'AllowedIPs = ::/0'),
    'missing-key',
    3,
    /PublicKey: is missing/,
  );
});

test('numbers out of range', () => {
  refuses(
    () => withInterface('ListenPort = 65536'),
    'bad-port',
    3,
    /ListenPort = 65536: is not a number from 0 to 65535/,
  );
  refuses(() => withInterface('ListenPort = http'), 'bad-port', 3, /http/);
  refuses(() => withInterface('MTU = 67'), 'bad-value', 3, /MTU/);
  refuses(() => withInterface('Address = fd00::1/64', 'MTU = 1279'), 'bad-value', 4, /MTU = 1279: .*1280/);
  assert.equal(withInterface('Address = 10.0.0.1/24', 'MTU = 1279').mtu, 1279);
  refuses(() => withInterface('S4 = 100', 'MTU = 64900'), 'bad-value', 4, /MTU = 64900: .*64868/);
  refuses(() => withInterface('FwMark = 0x1ffffffff'), 'bad-value', 3, /FwMark/);
  refuses(() => withInterface('Table = 0'), 'bad-value', 3, /Table/);
  refuses(() => withInterface('Jc = 65536'), 'bad-value', 3, /Jc/);
  refuses(() => withInterface('S1 = -1'), 'bad-value', 3, /S1/);
  refuses(() => withPeer('PersistentKeepalive = 65536'), 'bad-value', 5, /PersistentKeepalive/);
  refuses(() => withPeer('PersistentKeepalive = 20-65536'), 'bad-value', 5, /PersistentKeepalive = 20-65536/);
  refuses(() => withPeer('PersistentKeepalive = 30-20'), 'bad-value', 5, /ends before it begins/);
});

test('endpoints', () => {
  const host = (text: string): string | undefined => withPeer(`Endpoint = ${text}`).peers[0]?.endpoint?.host;
  assert.equal(host('192.0.2.1:51820'), '192.0.2.1');
  assert.equal(host('[2001:db8::1]:51820'), '2001:db8::1');
  assert.equal(host('[fe80::1%eth0]:51820'), 'fe80::1%eth0');
  assert.equal(host('my_host.example.:1'), 'my_host.example.');
  for (const text of [
    '192.0.2.1',
    '2001:db8::1:51820',
    '[192.0.2.1]:1',
    '[::1',
    'a b@c:1',
    '-x.example:1',
    '192.0.2:1',
    ':51820',
    '[fe80::1%a%b]:1',
  ]) {
    refuses(() => withPeer(`Endpoint = ${text}`), 'bad-endpoint', 5, /Endpoint/);
  }
  for (const text of ['h:0', 'h:65536', 'h:', 'h:x', '[::1]:99999'])
    refuses(() => withPeer(`Endpoint = ${text}`), 'bad-port', 5, /is not a port from 1 to 65535/);
});

test('Masquerade is a switch that needs a network', () => {
  const network = 'Address = 10.8.0.1/24';
  assert.equal(withInterface(network, 'masquerade = True').masquerade, true);
  assert.equal(withInterface(network, 'Masquerade = true', 'Masquerade = false').masquerade, false);
  assert.equal(withInterface(network).masquerade, false);
  refuses(() => withInterface(network, 'Masquerade = yes'), 'bad-value', 4, /is neither "true" nor "false"/);
  refuses(() => withInterface('Masquerade = true', 'Address = 10.8.0.1'), 'bad-value', 3, /needs an Address with a/);
});

test('name servers are addresses, everything else a domain to search; with commas, spaces or both', () => {
  const { nameServers } = withInterface(
    'DNS = 1.1.1.1, fd00::53 corp.example',
    'dns = fe80::1%eth0,,~lab.example ~.',
    'DNS =',
  );
  assert.deepEqual(nameServers, {
    servers: ['1.1.1.1', 'fd00::53', 'fe80::1%eth0'],
    search: ['corp.example', '~lab.example', '~.'],
  });
  for (const value of ['1.1.1.256', 'a;b', '-x', '$(id)'])
    refuses(() => withInterface(`DNS = ${value}`), 'bad-value', 3, /is neither an IP address nor a domain/);
});

test('hooks keep their text, order and line; an empty one is none', () => {
  const { hooks } = withInterface(
    'PostUp = echo  "a  b"; sleep 1 # why',
    'postup = ip rule add x',
    'PreDown =',
    'PreUp = true',
  );
  assert.deepEqual(hooks, {
    PreUp: [{ command: 'true', line: 6 }],
    PostUp: [
      { command: 'echo  "a  b"; sleep 1', line: 3 },
      { command: 'ip rule add x', line: 4 },
    ],
    PreDown: [],
    PostDown: [],
  });
});

test('what wg-quick takes for nothing is nothing; SaveConfig is a switch; tables have names', () => {
  const config = withInterface('Address =', 'MTU =', 'Table =', 'Address = 10.0.0.1/24 fd00::1/64,');
  assert.deepEqual([config.addresses.length, config.mtu, config.table], [2, undefined, 'auto']);
  assert.deepEqual([withInterface('SaveConfig = TRUE').saveConfig, withInterface().saveConfig], [true, false]);
  refuses(() => withInterface('SaveConfig = yes'), 'bad-value', 3, /is neither "true" nor "false"/);
  assert.deepEqual(withInterface('Table = vpn_exit').table, { name: 'vpn_exit', line: 3 });
  assert.equal(withInterface('Table = 0x64').table, 100);
});

test('whatever the text, the outcome is settings or a ConfigError on one printable line', () => {
  const word = fc.constantFrom(
    '[Interface]',
    '[Peer]',
    'PrivateKey',
    PRIVATE,
    'AllowedIPs',
    '=',
    ' = ',
    '\n',
    '#',
    '10.0.0.0/8',
    'H1',
    '5-7',
    '\u001b[31m',
    '\u2028',
    'I1',
    '<b 0x01>',
    'HeaderProtectionKey',
    'RekeyTimeout',
    'RandomTrailers',
    'Generation',
    'Itime',
    'S1',
    '13',
    'on',
    'Endpoint',
    '[::1]:1',
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        parseConfig(candidate, 'x');
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.doesNotMatch(error.message, /\p{Cc}/u);
      }
    }),
    { numRuns: 500 },
  );
});
