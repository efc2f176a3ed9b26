import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceChange, DeviceConfiguration } from '../../device/live/device-change.ts';
import { formatEndpoint, formatPrefix } from '../../protocol/address-text.ts';
import { exactly } from '../../protocol/range.ts';
import { SetOperation } from './set-operation.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const ZERO = '00'.repeat(32);

const RUNNING: DeviceConfiguration = {
  name: 'wg0',
  hasPrivateKey: false,
  privateKey: undefined,
  publicKey: undefined,
  listenPort: 51820,
  fwmark: 0,
  parameters: { jc: 3, jmin: 10, jmax: 20, h1: exactly(1), h2: exactly(2), h3: exactly(3), h4: exactly(4) },
  peers: [],
};

const PEER: DeviceConfiguration['peers'][number] = {
  publicKey: new Uint8Array(32),
  presharedKey: undefined,
  endpoint: undefined,
  allowedIps: [],
  persistentKeepalive: 0,
  lastHandshake: 0,
  receivedBytes: 0,
  sentBytes: 0,
  carriers: [],
};

function changeOf(...lines: readonly string[]): DeviceChange {
  const operation = new SetOperation();
  for (const line of lines) operation.line(line);
  return operation.changeOf(RUNNING);
}

/** One text for each change of a peer, in order. */
function peersOf(...lines: readonly string[]): string[] {
  return (changeOf(...lines).peers ?? []).map((peer) => {
    const { publicKey, remove, updateOnly, replaceAllowedIps, addAllowedIps = [], removeAllowedIps = [] } = peer;
    return [
      Buffer.from(publicKey).toString('hex').slice(0, 2),
      ...(remove ? ['remove'] : []),
      ...(updateOnly ? ['update'] : []),
      ...(replaceAllowedIps ? ['replace'] : []),
      ...removeAllowedIps.map((prefix) => `-${formatPrefix(prefix)}`),
      ...addAllowedIps.map((prefix) => `+${formatPrefix(prefix)}`),
    ].join(' ');
  });
}

test('what is not named is not part of the change', () => {
  assert.deepEqual(changeOf(), {});
  assert.deepEqual(changeOf('listen_port=0', 'fwmark=4294967295'), { listenPort: 0, fwmark: 4_294_967_295 });
  assert.deepEqual(changeOf('replace_peers=true'), {});
  assert.deepEqual(changeOf(`private_key=${A.toUpperCase()}`), { privateKey: new Uint8Array(32).fill(0xaa) });
  assert.deepEqual(changeOf(`private_key=${ZERO}`), { privateKey: new Uint8Array(32) });
});

test('replace_peers removes all that there are, and those that follow begin anew', () => {
  const operation = new SetOperation();
  for (const line of ['replace_peers=true', `public_key=${A}`]) operation.line(line);
  const present = { ...PEER, publicKey: new Uint8Array(32).fill(0xaa) };
  const { peers = [] } = operation.changeOf({ ...RUNNING, peers: [present] });
  assert.deepEqual(peers[0], { publicKey: present.publicKey, remove: true });
  assert.deepEqual([peers.length, peers[1]?.publicKey, peers[1]?.remove], [2, present.publicKey, undefined]);
});

test('AWG keys that are not named stay as they are', () => {
  assert.deepEqual(changeOf('jc=0', 'h4=5-9').parameters, { ...RUNNING.parameters, jc: 0, h4: { low: 5, high: 9 } });
  const { parameters } = changeOf(
    's1=65535',
    'i1=<b 0x01><r 3>',
    'i2=',
    `header_protection_key=${B}`,
    'content_padding_addition=1-2',
    'rekey_after_time=100',
    'rekey_timeout=5',
    'reject_after_time=150',
    'keepalive_timeout=9',
    'max_handshake_attempts=3-4',
    'random_trailers=T',
    'disable_cookies=0',
  );
  assert.deepEqual(parameters, {
    ...RUNNING.parameters,
    s1: 65_535,
    i1: '<b 0x01><r 3>',
    i2: '',
    headerProtectionKey: new Uint8Array(32).fill(0xbb),
    contentPaddingAddition: { low: 1, high: 2 },
    rekeyAfterTime: exactly(100),
    rekeyTimeout: exactly(5),
    rejectAfterTime: exactly(150),
    keepaliveTimeout: exactly(9),
    maxHandshakeAttempts: { low: 3, high: 4 },
    randomTrailers: true,
    disableCookies: false,
  });
});

test('a value may contain "=", and keeps its spaces', () => {
  assert.equal(changeOf('i3=<b 0x3d> = <r 1>=').parameters?.i3, '<b 0x3d> = <r 1>=');
});

test('a peer with everything', () => {
  const [peer, ...others] =
    changeOf(
      `public_key=${A}`,
      'protocol_version=1',
      `preshared_key=${B}`,
      'endpoint=[2001:db8::1]:51820',
      'persistent_keepalive_interval=20-30',
      'replace_allowed_ips=true',
      'allowed_ip=10.0.0.0/8',
      'allowed_ip=fd00::/64',
    ).peers ?? [];
  assert.equal(others.length, 0);
  assert.deepEqual(peer?.presharedKey, new Uint8Array(32).fill(0xbb));
  assert.equal(peer?.endpoint && formatEndpoint(peer.endpoint), '[2001:db8::1]:51820');
  assert.deepEqual(peer?.persistentKeepalive, { low: 20, high: 30 });
  assert.deepEqual(peer?.addAllowedIps?.map(formatPrefix), ['10.0.0.0/8', 'fd00::/64']);
});

test('lines about allowed IPs count in the order in which they come', () => {
  const key = `public_key=${A}`;
  assert.deepEqual(peersOf(key, 'allowed_ip=-10.0.0.0/8', 'allowed_ip=10.0.0.0/8'), ['aa -10.0.0.0/8 +10.0.0.0/8']);
  assert.deepEqual(peersOf(key, 'allowed_ip=10.0.0.0/8', 'allowed_ip=-10.0.0.0/8'), [
    'aa +10.0.0.0/8',
    'aa -10.0.0.0/8',
  ]);
  assert.deepEqual(peersOf(key, 'allowed_ip=10.0.0.0/8', 'replace_allowed_ips=true'), ['aa +10.0.0.0/8', 'aa replace']);
  assert.deepEqual(peersOf(key, 'allowed_ip=10.0.0.0/8', 'remove=true', 'allowed_ip=10.1.0.0/16'), [
    'aa +10.0.0.0/8',
    'aa remove',
  ]);
});

test('update_only holds for all lines of its peer, and for that peer alone', () => {
  const first = [`public_key=${A}`, 'allowed_ip=10.0.0.0/8', 'allowed_ip=-10.0.0.0/8', 'update_only=true'];
  assert.deepEqual(peersOf(...first, 'replace_allowed_ips=true', `public_key=${B}`), [
    'aa update +10.0.0.0/8',
    'aa update -10.0.0.0/8',
    'aa update replace',
    'bb',
  ]);
});

test('what follows remove is read, and counts no more', () => {
  assert.deepEqual(peersOf(`public_key=${A}`, 'remove=true', 'update_only=true', `public_key=${A}`), [
    'aa remove',
    'aa',
  ]);
  assert.throws(() => peersOf(`public_key=${A}`, 'remove=true', 'allowed_ip=x'), { code: 'invalid' });
});

const REFUSED: ReadonlyArray<readonly [line: string, code: 'protocol' | 'invalid', message: RegExp]> = [
  ['listen_port', 'protocol', /"listen_port": is not "key=value"/],
  ['', 'protocol', /""/],
  ['=5', 'invalid', /"": is no key of a device/],
  ['listen_port=65536', 'invalid', /listen_port="65536": is not a number from 0 to 65535/],
  ['listen_port= 5', 'invalid', /" 5"/],
  ['listen_port=+5', 'invalid', /"\+5"/],
  ['listen_port=', 'invalid', /""/],
  ['fwmark=0x10', 'invalid', /"0x10"/],
  ['fwmark=4294967296', 'invalid', /4294967296/],
  ['replace_peers=false', 'invalid', /can only be "true"/],
  ['jc=-1', 'invalid', /"-1"/],
  ['s4=65536', 'invalid', /s4="65536"/],
  ['h1=5-4', 'invalid', /ends before it begins/],
  ['h1=1-2-3', 'invalid', /1-2-3/],
  ['random_trailers=on', 'invalid', /neither 1 nor 0/],
  ['private_key=abc', 'invalid', /^private_key: is not a key of 64 hexadecimal digits$/],
  ['Listen_Port=5', 'invalid', /"Listen_Port"/],
  ['endpoint=192.0.2.1:5', 'invalid', /"endpoint": is no key of a device/],
  ['public_key=zz', 'invalid', /^public_key: is not a key/],
];

const REFUSED_OF_PEER: ReadonlyArray<readonly [line: string, message: RegExp]> = [
  ['listen_port=5', /"listen_port": is no key of a peer/],
  ['endpoint=example.org:51820', /is not an address and a port/],
  ['endpoint=192.0.2.1', /is not an address and a port/],
  ['endpoint=2001:db8::1:51820', /is not an address and a port/],
  ['endpoint=192.0.2.1:65536', /65536/],
  ['allowed_ip=10.0.0.0', /is not an address with "\/length"/],
  ['allowed_ip=10.0.0.0/33', /33/],
  ['allowed_ip=10.0.0.0/08', /08/],
  ['allowed_ip=--10.0.0.0/8', /10\.0\.0\.0/],
  ['allowed_ip=+10.0.0.0/8', /10\.0\.0\.0/],
  ['allowed_ip=10.0.0.0/8, 10.1.0.0/16', /10\.1\.0\.0/],
  ['persistent_keepalive_interval=off', /"off"/],
  ['protocol_version=2', /can only be "1"/],
  ['update_only=1', /can only be "true"/],
  ['remove=false', /can only be "true"/],
  ['preshared_key=', /^preshared_key: is not a key/],
  ['errno=0', /"errno": is no key of a peer/],
];

test('what cannot be is refused, and quoted unless it is a key', () => {
  for (const [line, code, message] of REFUSED) assert.throws(() => changeOf(line), { code, message }, line);
  for (const [line, message] of REFUSED_OF_PEER)
    assert.throws(() => changeOf(`public_key=${A}`, line), { code: 'invalid', message }, line);
});

test('no control character of a stranger gets into a message, and no long value', () => {
  assert.throws(
    () => changeOf(`fwmark=\u001b[31m\r${'9'.repeat(5000)}`),
    (error: Error) => {
      assert.match(error.message, /^fwmark="\\u001b\[31m\\r9+\.\.\.": /);
      return error.message.length < 250;
    },
  );
  assert.throws(
    () => changeOf(`\u001b${'x'.repeat(5000)}=1`),
    (error: Error) => error.message.length < 250,
  );
});
