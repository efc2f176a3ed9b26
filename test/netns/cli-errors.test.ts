/** Every way in which `up` may fail: one clear line, an exit code, and nothing left behind. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { closeTun, openTun } from '../../src/platform/linux/tun.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import { CliWorld, namespaceState } from '../support/cli-world.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const NOBODY = 65534;
const NAME = 'awgerr';

const skip = skipWithoutRoot;
const world = new CliWorld();

before(enterPrivateNamespace);
after(() => world.close());

/** `up` with this file ends with `code` and exactly one line, which matches; the namespace is as it was. */
async function fails(code: number, complaint: RegExp, ...lines: readonly string[]): Promise<void> {
  const before = namespaceState();
  const config = world.config(NAME, ...lines);
  const outcome = await world.run(['up', config]);
  assert.equal(outcome.code, code, outcome.stderr);
  const text = outcome.stderr.replaceAll(config, 'FILE');
  assert.match(text, complaint);
  assert.match(text, /^awg-vpn: [^\n]+\n$/, 'one line and no stack');
  assert.equal(outcome.stdout, '');
  assert.ok(!outcome.stderr.includes(PRIVATE), 'no secret in a message');
  assert.deepEqual(namespaceState(), before);
  assert.deepEqual(world.runtimeFiles(), []);
}

const INTERFACE = ['[Interface]', `PrivateKey = ${PRIVATE}`];
const PEER = ['[Peer]', `PublicKey = ${PUBLIC}`];

const BAD_FILES: ReadonlyArray<readonly [title: string, complaint: RegExp, lines: readonly string[]]> = [
  [
    'a key of the wrong length',
    /^awg-vpn: FILE:2: PrivateKey: is 29 bytes long; a key is 32 bytes/,
    ['[Interface]', `PrivateKey = ${PRIVATE.slice(4)}`],
  ],
  [
    'a public key of the wrong length',
    /FILE:4: PublicKey: is 3 bytes long/,
    [...INTERFACE, '[Peer]', 'PublicKey = AAAA'],
  ],
  [
    'a bad CIDR',
    /FILE:5: AllowedIPs = 10\.0\.0\.0\/33: "\/33" is not a prefix length from 0 to 32/,
    [...INTERFACE, ...PEER, 'AllowedIPs = 10.0.0.0/33'],
  ],
  ['a bad address', /FILE:3: Address = 10\.0\.0\.256: is not an IP address/, [...INTERFACE, 'Address = 10.0.0.256']],
  [
    'a duplicate peer',
    /FILE:6: PublicKey = QEFC.*: the peer of line 4 has the same key/,
    [...INTERFACE, ...PEER, ...PEER],
  ],
  [
    'an unknown key',
    /FILE:3: "Adress": is not a known key; did you mean Address\?/,
    [...INTERFACE, 'Adress = 10.0.0.1/24'],
  ],
  [
    'overlapping headers',
    /FILE:4: H2 = 150: overlaps H1 = 100-200/,
    [...INTERFACE, 'H1 = 100-200', 'H2 = 150', 'H3 = 7', 'H4 = 8'],
  ],
  [
    'junk sizes the wrong way round',
    /FILE:4: Jmin = 80: is greater than Jmax = 40/,
    [...INTERFACE, 'Jc = 3', 'Jmin = 80', 'Jmax = 40'],
  ],
  ['a bad signature packet', /FILE:3: I1 = <b 0xabc>: /, [...INTERFACE, 'I1 = <b 0xabc>']],
  [
    'a bad listen port',
    /FILE:3: ListenPort = 65536: is not a number from 0 to 65535/,
    [...INTERFACE, 'ListenPort = 65536'],
  ],
  [
    'a bad endpoint port',
    /FILE:5: Endpoint = 192\.0\.2\.1:0: "0" is not a port from 1 to 65535/,
    [...INTERFACE, ...PEER, 'Endpoint = 192.0.2.1:0'],
  ],
  [
    'no private key',
    /FILE:1: PrivateKey: is missing from this \[Interface\] section/,
    ['[Interface]', 'ListenPort = 1'],
  ],
  [
    'no public key',
    /FILE:3: PublicKey: is missing from this \[Peer\] section/,
    [...INTERFACE, '[Peer]', 'AllowedIPs = ::/0'],
  ],
  [
    'header protection without room for its nonce',
    /FILE:4: S1 = 5: is too short for HeaderProtectionKey/,
    [...INTERFACE, `HeaderProtectionKey = ${PUBLIC}`, 'S1 = 5'],
  ],
  [
    'a range that ends before it begins',
    /FILE:3: RekeyAfterTime = 140-100: ends before it begins/,
    [...INTERFACE, 'RekeyAfterTime = 140-100'],
  ],
  [
    'an endpoint in an unknown zone',
    /FILE:5: Endpoint = \[fe80::1%none0\]:1: there is no interface "none0"/,
    [...INTERFACE, ...PEER, 'Endpoint = [fe80::1%none0]:1'],
  ],
];

for (const [title, complaint, lines] of BAD_FILES) {
  test(title, { skip }, () => fails(2, complaint, ...lines));
}

test('the interface name is taken', { skip }, async () => {
  const tun = openTun({ name: NAME });
  await fails(1, /^awg-vpn: cannot create TUN interface "awgerr": the name is taken/, ...INTERFACE);
  closeTun(tun);
});

test('the port is taken', { skip }, async () => {
  const sockets = openUdpSockets({ port: 0 });
  await fails(
    1,
    /^awg-vpn: cannot listen on UDP port \d+: another program uses it/,
    ...INTERFACE,
    `ListenPort = ${sockets.port}`,
  );
  closeUdpSockets(sockets);
});

test('an address that the kernel refuses, after the interface exists', { skip }, async () => {
  await fails(
    1,
    /^awg-vpn: cannot add address 10\.0\.0\.1\/24/,
    ...INTERFACE,
    'Address = 10.0.0.1/24, 10.0.0.1/24',
    ...PEER,
    'AllowedIPs = 0.0.0.0/0',
  );
});

test('no privileges', { skip }, async () => {
  const before = namespaceState();
  const config = world.config(NAME, ...INTERFACE);
  chownSync(config, NOBODY, NOBODY);
  chmodSync(world.directory, 0o755);
  mkdirSync(world.runtimeDirectory, { recursive: true });
  chownSync(world.runtimeDirectory, NOBODY, NOBODY);
  const { code, stderr } = await world.run(['up', config], { uid: NOBODY, gid: NOBODY });
  assert.equal(code, 1);
  assert.match(stderr, /^awg-vpn: missing privileges: [^\n]*CAP_NET_ADMIN[^\n]*\n$/);
  assert.deepEqual(namespaceState(), before);
  assert.deepEqual(world.runtimeFiles(), []);
});

test('a file that may not be read, and one that is not there', { skip }, async () => {
  const config = world.config(NAME, ...INTERFACE);
  chownSync(config, 0, 0);
  chmodSync(world.directory, 0o755);
  const unreadable = await world.run(['up', config], { uid: NOBODY, gid: NOBODY });
  assert.deepEqual([unreadable.code, unreadable.stderr], [2, `awg-vpn: ${config}: may not be read by this user\n`]);
  const missing = await world.run(['up', '/nonexistent/wg0.conf']);
  assert.deepEqual([missing.code, missing.stderr], [2, 'awg-vpn: /nonexistent/wg0.conf: there is no such file\n']);
});
