import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { LintOptions } from './lint-config.ts';
import { lintConfig } from './lint-config.ts';
import type { LintFinding, Severity } from './lint-finding.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const key = (fill: number): string => base64(new Uint8Array(32).fill(fill));
const publicKeyOf = (fill: number): string =>
  base64(nodeCrypto().loadPrivateKey(new Uint8Array(32).fill(fill)).publicKey);

type Lines = Readonly<Record<string, string | undefined>>;

const DEVICE: Lines = {
  PrivateKey: key(1),
  Address: '10.8.0.2/32, fd00:8::2/128',
  S1: '31',
  S2: '47',
  S3: '22',
  S4: '12',
  H1: '1000-1999',
  H2: '2000-2999',
  H3: '3000-3999',
  H4: '4000-4999',
};

const PEER: Lines = {
  PublicKey: publicKeyOf(2),
  Endpoint: '192.0.2.1:51820',
  AllowedIPs: '0.0.0.0/0, ::/0',
  PersistentKeepalive: '25',
};

const section = (name: string, lines: Lines): string =>
  [
    `[${name}]`,
    ...Object.entries(lines).flatMap(([each, value]) => (value === undefined ? [] : `${each} = ${value}`)),
  ].join('\n');

function lint(device: Lines, peers: readonly Lines[], options: LintOptions = {}): LintFinding[] {
  const sections = [section('Interface', { ...DEVICE, ...device }), ...peers.map((peer) => section('Peer', peer))];
  return lintConfig(sections.join('\n\n'), 'wg0.conf', options);
}

interface Case {
  readonly code: string;
  readonly severity: Severity;
  readonly device?: Lines;
  readonly peer?: Lines;
  readonly second?: Lines;
  readonly peers?: readonly Lines[];
  readonly options?: LintOptions;
  /** In the text or the fix. */
  readonly says: RegExp;
  /** The key that the line must begin with; the file as a whole otherwise. */
  readonly at?: string;
}

const OTHER: Lines = { PublicKey: publicKeyOf(3), AllowedIPs: '10.9.0.1/32' };
const SERVER = { ListenPort: '51820' };
const NO_AWG: Lines = Object.fromEntries(
  ['S1', 'S2', 'S3', 'S4', 'H1', 'H2', 'H3', 'H4'].map((each) => [each, undefined]),
);

const CASES: readonly Case[] = [
  { code: 'file-readable', severity: 'warning', options: { mode: 0o644 }, says: /0644.*every user/ },
  { code: 'file-readable-by-group', severity: 'info', options: { mode: 0o640 }, says: /0640/ },
  { code: 'file-writable', severity: 'warning', options: { mode: 0o620 }, says: /others can change/ },
  { code: 'key-own', severity: 'error', peer: { PublicKey: publicKeyOf(1) }, says: /nobody talks/, at: 'PublicKey' },
  { code: 'key-private', severity: 'error', peer: { PublicKey: key(1) }, says: /PrivateKey of this/, at: 'PublicKey' },
  { code: 'key-low-order', severity: 'error', peer: { PublicKey: key(0) }, says: /low order/, at: 'PublicKey' },
  {
    code: 'key-low-order',
    severity: 'error',
    peer: { PublicKey: base64(Uint8Array.of(1, ...new Uint8Array(31))) },
    says: /low order/,
    at: 'PublicKey',
  },
  { code: 'psk-zero', severity: 'info', peer: { PresharedKey: key(0) }, says: /same as none/, at: 'PresharedKey' },
  {
    code: 'psk-is-other-key',
    severity: 'warning',
    peer: { PresharedKey: PEER.PublicKey },
    says: /another key/,
    at: 'PresharedKey',
  },
  {
    code: 'psk-shared',
    severity: 'warning',
    peer: { PresharedKey: key(9) },
    second: { ...OTHER, PresharedKey: key(9) },
    says: /same as that of the peer of line 13/,
    at: 'PresharedKey',
  },
  {
    code: 'header-key-zero',
    severity: 'warning',
    device: { HeaderProtectionKey: key(0) },
    says: /all zero/,
    at: 'HeaderProtectionKey',
  },
  {
    code: 'header-key-reused',
    severity: 'warning',
    device: { HeaderProtectionKey: key(9) },
    peer: { PresharedKey: key(9) },
    says: /another key of this file/,
    at: 'HeaderProtectionKey',
  },
  {
    code: 'endpoint-unusable',
    severity: 'error',
    peer: { Endpoint: '0.0.0.0:1' },
    says: /unspecified/,
    at: 'Endpoint',
  },
  {
    code: 'endpoint-unusable',
    severity: 'error',
    peer: { Endpoint: '239.1.2.3:1' },
    says: /multicast/,
    at: 'Endpoint',
  },
  {
    code: 'endpoint-unusable',
    severity: 'error',
    peer: { Endpoint: '255.255.255.255:1' },
    says: /unicast/,
    at: 'Endpoint',
  },
  { code: 'endpoint-unusable', severity: 'error', peer: { Endpoint: '[fe80::1]:1' }, says: /%eth0/, at: 'Endpoint' },
  { code: 'no-peers', severity: 'info', peers: [], says: /no \[Peer\]/, at: '[Interface]' },
  { code: 'unreachable', severity: 'warning', peer: { Endpoint: undefined }, says: /neither/, at: '[Interface]' },
  { code: 'keepalive-missing', severity: 'warning', peer: { PersistentKeepalive: '0' }, says: /NAT/, at: '[Peer]' },
  {
    code: 'keepalive-waits',
    severity: 'info',
    device: SERVER,
    peer: { Endpoint: undefined },
    says: /has called/,
    at: 'PersistentKeepalive',
  },
  {
    code: 'address-missing',
    severity: 'warning',
    device: { Address: undefined },
    says: /no address/,
    at: '[Interface]',
  },
  {
    code: 'ipv6-without-address',
    severity: 'warning',
    device: { Address: '10.8.0.2/32' },
    says: /::\/0.*no IPv6 Address/,
    at: 'AllowedIPs',
  },
  {
    code: 'ipv4-without-address',
    severity: 'warning',
    device: { Address: 'fd00::1/64' },
    says: /no IPv4 Address/,
    at: 'AllowedIPs',
  },
  {
    code: 'ipv6-without-peer',
    severity: 'info',
    peer: { AllowedIPs: '10.0.0.0/24' },
    says: /fd00:8::2/,
    at: 'Address',
  },
  {
    code: 'allowed-ips-own-address',
    severity: 'error',
    second: { ...OTHER, AllowedIPs: '10.8.0.2' },
    says: /Address of this end/,
    at: 'AllowedIPs = 10.8',
  },
  {
    code: 'allowed-ips-overlap',
    severity: 'info',
    peer: { AllowedIPs: '10.0.0.0/8' },
    second: OTHER,
    says: /10.9.0.1\/32 lies within 10.0.0.0\/8 of the peer of line 13/,
    at: 'AllowedIPs = 10.9',
  },
  {
    code: 'allowed-ips-missing',
    severity: 'warning',
    second: { PublicKey: OTHER.PublicKey },
    says: /no packet goes/,
    at: '[Peer]',
  },
  {
    code: 'allowed-ips-twice',
    severity: 'warning',
    peer: { AllowedIPs: '10.9.0.1/32' },
    second: OTHER,
    says: /the later one gets it/,
    at: 'AllowedIPs',
  },
  {
    code: 'host-bits',
    severity: 'info',
    peer: { AllowedIPs: '10.9.0.1/8' },
    says: /10.0.0.0\/8 is used/,
    at: 'AllowedIPs',
  },
  {
    code: 'endpoint-in-allowed-ips',
    severity: 'error',
    peer: { AllowedIPs: '0.0.0.0/1, 128.0.0.0/1' },
    says: /192.0.2.1 lies within 128.0.0.0\/1/,
    at: 'Endpoint',
  },
  {
    code: 'endpoint-in-allowed-ips',
    severity: 'error',
    device: { Table: 'main' },
    says: /Table = main/,
    at: 'Endpoint',
  },
  { code: 'fwmark-reserved-table', severity: 'error', device: { FwMark: '254' }, says: /"main"/, at: 'FwMark' },
  { code: 'table-without-rules', severity: 'info', device: { Table: '7' }, says: /table 7.*FwMark/, at: 'Table' },
  { code: 'table-without-rules', severity: 'info', device: { Table: 'off' }, says: /is off/, at: 'Table' },
  { code: 'ipv6-leak', severity: 'warning', peer: { AllowedIPs: '0.0.0.0/0' }, says: /add ::\/0/, at: 'AllowedIPs' },
  { code: 'ipv4-leak', severity: 'warning', peer: { AllowedIPs: '::/0' }, says: /add 0.0.0.0\/0/, at: 'AllowedIPs' },
  {
    code: 'dns-outside',
    severity: 'warning',
    device: { DNS: '10.8.0.1, 9.9.9.9' },
    peer: { AllowedIPs: '10.8.0.0/24' },
    says: /9.9.9.9 is in no AllowedIPs/,
    at: 'DNS',
  },
  {
    code: 'dns-without-default-route',
    severity: 'info',
    device: { DNS: '10.8.0.1, example.org' },
    peer: { AllowedIPs: '10.8.0.0/24' },
    says: /all questions/,
    at: 'DNS',
  },
  {
    code: 'mtu-fragments',
    severity: 'warning',
    device: { MTU: '1429' },
    says: /1429 \+ 32 \+ S4 12 \+ 28 = 1501.*MTU = 1428/,
    at: 'MTU',
  },
  {
    code: 'mtu-fragments',
    severity: 'warning',
    device: { MTU: '1409' },
    peer: { Endpoint: 'vpn.example.net:1' },
    says: /1409 \+ 32 \+ S4 12 \+ 48 = 1501.*MTU = 1408/,
    at: 'MTU',
  },
  {
    code: 'mtu-fragments',
    severity: 'warning',
    device: { MTU: '1420' },
    options: { pathMtu: 1_480 },
    says: /1480/,
    at: 'MTU',
  },
  {
    code: 'mtu-splits',
    severity: 'info',
    device: { MTU: '1428' },
    options: { carrier: 'tls' },
    says: /tls/,
    at: 'MTU',
  },
  {
    code: 'mtu-below-ipv6',
    severity: 'warning',
    device: { Address: '10.8.0.2/32', MTU: '1279' },
    says: /1279|1280/,
    at: 'MTU',
  },
  { code: 'mtu-no-room-for-ipv6', severity: 'warning', device: { S4: '161' }, says: /S4 = 160 or less/, at: 'S4' },
  { code: 'mtu-other-end', severity: 'info', says: /MTU = 1408/, at: 'S4' },
  {
    code: 'profile-large-burst',
    severity: 'warning',
    device: { Jc: '200', Jmax: '9' },
    says: /201 datagrams/,
    at: 'Jc',
  },
  { code: 'profile-equal-sizes', severity: 'info', device: { S2: '87' }, says: /179 bytes/, at: 'S2' },
  { code: 'profile-no-effect', severity: 'info', device: { J1: '<t>' }, says: /only generation 1.5/, at: 'J1' },
  {
    code: 'profile-unequal-prefixes',
    severity: 'warning',
    device: { RandomTrailers: 'on', H1: '100000-99999999' },
    says: /one in 43/,
    at: 'S1',
  },
  {
    code: 'profile-unequal-prefixes',
    severity: 'info',
    device: { RandomTrailers: 'on' },
    says: /one in 4294967 /,
    at: 'S1',
  },
  {
    code: 'profile-newer-key',
    severity: 'warning',
    device: { Generation: '2.0', RandomTrailers: 'on' },
    says: /3\.1/,
    at: 'RandomTrailers',
  },
  {
    code: 'profile-timing',
    severity: 'warning',
    device: { RekeyAfterTime: '200' },
    says: /before they are replaced/,
    at: 'RekeyAfterTime',
  },
  { code: 'plain-wireguard', severity: 'info', device: NO_AWG, says: /genprofile/, at: '[Interface]' },
  { code: 'plain-types', severity: 'info', device: { ...NO_AWG, S1: '9', S2: '9' }, says: /H3, H4/, at: '[Interface]' },
  { code: 'plain-sizes', severity: 'info', device: { S1: '0', S2: '0' }, says: /148 and 92/, at: '[Interface]' },
  {
    code: 'no-room-for-trailers',
    severity: 'info',
    device: { RandomTrailers: 'on', S1: '400' },
    says: /500/,
    at: 'S1',
  },
  { code: 'needs-generation', severity: 'info', says: /2\.0 or later, because of H1, H2.*4\.8\.12\.9/, at: 'H1' },
  {
    code: 'needs-generation',
    severity: 'info',
    device: { HeaderProtectionKey: key(8) },
    says: /3\.0 or later, because of HeaderProtectionKey/,
    at: 'HeaderProtectionKey',
  },
  {
    code: 'ignored-key',
    severity: 'info',
    peer: { AdvancedSecurity: 'on' },
    says: /is ignored/,
    at: 'AdvancedSecurity',
  },
];

function textOf({ device, peers, peer, second }: Case): string[] {
  const others = peers ?? [{ ...PEER, ...peer }, ...(second === undefined ? [] : [second])];
  const sections = [section('Interface', { ...DEVICE, ...device }), ...others.map((each) => section('Peer', each))];
  return sections.join('\n\n').split('\n');
}

for (const each of CASES) {
  test(`${each.code}: ${each.says.source}`, () => {
    const { code, severity, device = {}, peers, peer, second, options } = each;
    const all = peers ?? [{ ...PEER, ...peer }, ...(second === undefined ? [] : [second])];
    const findings = lint(device, all, options).filter((found) => found.code === code);
    const match = findings.find(({ text, fix }) => each.says.test(`${text} ${fix}`));
    assert.ok(match, JSON.stringify(findings));
    assert.equal(match.severity, severity);
    assert.equal(match.file, 'wg0.conf');
    const line = match.line === 0 ? '' : (textOf(each)[match.line - 1] ?? '');
    assert.ok(
      line.startsWith(each.at ?? '') && (each.at !== undefined) === match.line > 0,
      `line ${match.line}: ${line}`,
    );
  });
}

const USUAL_NOTES = new Set(['needs-generation', 'mtu-other-end']);

test('a good client and a good server have nothing but notes', () => {
  const client = lint({ MTU: '1400' }, [PEER], { mode: 0o600 });
  const server = lint(
    { ...SERVER, Address: '10.9.0.2/24, fd00:9::2/64' },
    [OTHER, { ...OTHER, PublicKey: publicKeyOf(4), AllowedIPs: '10.9.0.3/32, fd00:9::3/128' }],
    { mode: 0o600 },
  );
  for (const findings of [client, server]) {
    assert.deepEqual(
      findings.filter(({ code }) => !USUAL_NOTES.has(code)),
      [],
    );
  }
});

test('errors of reading are findings too, all of them, and the rest is looked at all the same', () => {
  const text = [
    '[Interface]',
    `PrivateKey = ${key(1)}`,
    'ListenProt = 1',
    'Address = 10.0.0.1/33',
    'S1 = 70000',
    'H1 = 5-9',
    'H2 = 7',
    '[Peer]',
    'PublicKey = short',
    'AllowedIPs = 10.0.0.2/32',
    '[Peer]',
    `PublicKey = ${publicKeyOf(2)}`,
    'Endpoint = 0.0.0.0:1',
    'AllowedIPs = 10.0.0.3/32',
    '[Peer]',
    `PublicKey = ${publicKeyOf(2)}`,
  ].join('\n');
  const errors = lintConfig(text, 'a.conf').filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ code, line }) => [code, line]),
    [
      ['config-unknown-key', 3],
      ['config-bad-prefix', 4],
      ['config-bad-value', 5],
      ['config-header-overlap', 7],
      ['config-missing-key', 8],
      ['config-bad-key', 9],
      ['endpoint-unusable', 13],
      ['config-duplicate-peer', 16],
    ],
  );
  const [first] = errors;
  assert.equal(first?.text, '"ListenProt": is not a known key; did you mean ListenPort?');
});

test('a file that holds nothing to work with still gets an answer', () => {
  for (const text of ['', 'nonsense', '[Interface]\n', '[Peer]\nPublicKey = x\n', '\u0000\u0001']) {
    const findings = lintConfig(text, 'a.conf');
    assert.equal(findings[0]?.severity, 'error', text);
  }
});

test('no finding repeats a secret', () => {
  const secrets = [key(1), key(9), key(0x2a)];
  const findings = lint({ HeaderProtectionKey: key(9), PrivateKey: key(1) }, [
    { ...PEER, PublicKey: key(1), PresharedKey: key(9) },
    { ...OTHER, PresharedKey: key(9) },
    { ...OTHER, PresharedKey: `${key(0x2a)}x` },
  ]);
  const shown = JSON.stringify(findings);
  for (const secret of secrets) assert.equal(shown.includes(secret), false);
});
