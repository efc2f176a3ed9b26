/**
 * The same operations on the configuration sockets of other daemons and on ours: `wireguard-go` through
 * Debian's `wg`, and `amneziawg-go` in the language of the socket itself. What succeeds must leave the same
 * behind; what fails must fail at both, with the same number, and leave ours as it was.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Release } from '../support/engines/amneziawg-releases.ts';
import { amneziawgRelease } from '../support/engines/amneziawg-releases.ts';
import { awgVpnEngine, awgVpnWith } from '../support/engines/awg-vpn.ts';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { wireguardGo } from '../support/engines/index.ts';
import { generateKeyPair, generatePresharedKey, keyToHex } from '../support/keys.ts';
import { NetworkNamespace, namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import { uapiConverse } from '../support/uapi-client.ts';
import { isLeftOut } from './generations/rows.ts';
import { Files, tool } from './uapi/tool.ts';

const OWN = awgVpnWith('awg-vpn', ['--uapi', 'both']);
const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';

/** Each in a namespace of its own, so that both have the same port. */
async function start(scope: Scope, engine: EngineAdapter): Promise<string> {
  const settings = { privateKey: PRIVATE, listenPort: 4000, addresses: ['10.99.0.1/24'], mtu: 1420, peers: [] };
  return (await engine.start(scope, await NetworkNamespace.create(scope), settings)).interfaceName;
}

/** In words of `wg set`; files are named by what stands in them. */
type Operation = readonly string[];

const pairs = [generateKeyPair(), generateKeyPair(), generateKeyPair()];
const prefixes = fc.subarray(['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '10.1.2.3/9', 'fd00::/64', '::/0', '0.0.0.0/0']);
const deviceWords = fc.oneof(
  fc.constantFrom(['fwmark', '0x2a'], ['fwmark', 'off'], ['fwmark', '4294967295'], ['listen-port', '4001']),
  fc.constantFrom(...['own', 'first', 'none'].map((file) => ['private-key', file])),
);
const peerWords = fc.oneof(
  { weight: 3, arbitrary: prefixes.map((list) => ['allowed-ips', list.join(',')]) },
  fc.constantFrom(['remove'], ['endpoint', '127.0.0.1:9'], ['endpoint', '[::1]:9'], ['persistent-keepalive', 'off']),
  fc.constantFrom(['persistent-keepalive', '3600'], ['preshared-key', 'secret'], ['preshared-key', 'none']),
);
const peer = fc
  .tuple(fc.constantFrom(...pairs), fc.uniqueArray(peerWords, { maxLength: 4, selector: ([word]) => word }))
  .map(([{ publicKey }, words]) => ['peer', publicKey, ...words.flat()]);
const operation: fc.Arbitrary<Operation> = fc
  .tuple(fc.uniqueArray(deviceWords, { maxLength: 2, selector: ([word]) => word }), fc.array(peer, { maxLength: 3 }))
  .map(([device, peers]) => [...device.flat(), ...peers.flat()])
  .filter((words) => words.length > 0);

/** Daemons list peers and prefixes in an order of their own, and have not sent the same number of bytes. */
function comparable(dump: string): string {
  const [own = '', ...peers] = dump.trimEnd().split('\n');
  return [own, ...peers.map(comparablePeer).sort()].join('\n');
}

function comparablePeer(line: string): string {
  const [key, secret, endpoint, allowed = '', , , , keepalive] = line.split('\t');
  return [key, secret, endpoint, allowed.split(',').sort().join(','), keepalive].join('\t');
}

function comparableConfig(text: string): string {
  const [own = '', ...peers] = text.split('[Peer]').map((section) => section.trim());
  return [own, ...peers.map((section) => section.replace(/(?<=AllowedIPs = ).*/, sortedList)).sort()].join('\n\n');
}

function sortedList(list: string): string {
  return list.split(', ').sort().join(', ');
}

const wgSkip = namespacesUnavailable() ?? awgVpnEngine.unavailable() ?? wireguardGo.unavailable() ?? false;

describe('the same words of wg set', { skip: wgSkip, concurrency: 1 }, () => {
  const wg = tool('wg');
  const scope = new Scope();
  const files = new Files(scope);
  const paths = new Map([
    ['own', files.write('own', PRIVATE)],
    ['first', files.write('first', pairs[0]?.privateKey ?? '')],
    ['secret', files.write('secret', generatePresharedKey())],
    ['none', '/dev/null'],
  ]);
  let names: readonly [theirs: string, ours: string] = ['', ''];
  before(async () => {
    names = [await start(scope, wireguardGo), await start(scope, OWN)];
  });
  after(() => scope.close());

  async function show(name: string): Promise<readonly string[]> {
    const [dump, config] = [await wg('show', name, 'dump'), await wg('showconf', name)];
    assert.deepEqual([dump.code, config.code], [0, 0], `${dump.text}${config.text}`);
    return [comparable(dump.text), comparableConfig(config.text)];
  }

  test('leave the same behind as with wireguard-go', async () => {
    const operations = fc.sample(operation, { numRuns: 150, seed: 20260814 });
    for (const [index, words] of operations.entries()) {
      const args = words.map((word) => paths.get(word) ?? word);
      const [theirs, ours] = [await wg('set', names[0], ...args), await wg('set', names[1], ...args)];
      assert.equal(theirs.code, 0, `${args.join(' ')}\n${theirs.text}`);
      assert.deepEqual(ours, theirs, args.join(' '));
      assert.deepEqual(await show(names[1]), await show(names[0]), `after operation ${index}: ${words.join(' ')}`);
    }
  });

  test('setconf, addconf and syncconf too', async () => {
    const [first, second, third] = pairs.map(({ publicKey }) => publicKey);
    const texts = [
      `[Interface]\nPrivateKey = ${PRIVATE}\nListenPort = 4002\n[Peer]\nPublicKey = ${first}\nAllowedIPs = 10.0.0.0/8\n`,
      `[Interface]\nListenPort = 4004\n[Peer]\nPublicKey = ${second}\nAllowedIPs = 10.0.0.0/8, fd00::/64\nEndpoint = 127.0.0.1:9\n`,
      `[Interface]\nPrivateKey = ${PRIVATE}\nListenPort = 4002\nFwMark = 9\n`,
      `[Interface]\nListenPort = 4003\n[Peer]\nPublicKey = ${third}\nPersistentKeepalive = 100\n`,
    ];
    for (const command of ['setconf', 'addconf', 'syncconf', 'addconf', 'setconf', 'syncconf'])
      for (const [index, text] of texts.entries()) {
        const file = files.write('conf', text);
        for (const name of names) assert.deepEqual(await wg(command, name, file), { code: 0, text: '' }, text);
        assert.deepEqual(await show(names[1]), await show(names[0]), `${command} of ${index}`);
      }
  });
});

const KEY = keyToHex(pairs[1]?.publicKey ?? '');
const SELF = 'ownkey';

/** Bodies of `set`; the empty line is added. */
const BODIES: readonly string[] = [
  '',
  'fwmark=7\n',
  'listen_port=4005\n',
  `public_key=${KEY}\nprotocol_version=1\nallowed_ip=10.0.0.0/8\nallowed_ip=fd00::/64\n`,
  `public_key=${KEY}\nupdate_only=true\npersistent_keepalive_interval=3600\n`,
  `public_key=${'ab'.repeat(32)}\nupdate_only=true\nallowed_ip=10.2.0.0/16\n`,
  `public_key=${'ab'.repeat(32)}\nallowed_ip=10.0.0.0/8\nremove=true\nallowed_ip=10.3.0.0/16\n`,
  `public_key=${'cd'.repeat(32)}\nallowed_ip=10.9.8.7/16\nendpoint=[::1]:5\npublic_key=${KEY}\nallowed_ip=10.9.0.0/16\n`,
  `public_key=${KEY}\nreplace_allowed_ips=true\nallowed_ip=0.0.0.0/0\nreplace_allowed_ips=true\nallowed_ip=::/0\n`,
  `public_key=${SELF}\nallowed_ip=10.5.0.0/16\n`,
  `public_key=${KEY}\npreshared_key=${'12'.repeat(32)}\npublic_key=${KEY}\nendpoint=127.0.0.1:6\n`,
  'jc=3\njmin=10\njmax=20\n',
  's1=20\ns2=30\ns3=40\ns4=50\nh1=10-20\nh2=21\nh3=30-40\nh4=4294967295\n',
  'i1=<b 0x3d3d><r 5>\ni3=<t>\n',
  'i1=\n',
  's1=0\nh2=22\n',
  'replace_peers=true\nfwmark=0\n',
  `private_key=${'00'.repeat(32)}\n`,
  `private_key=${keyToHex(PRIVATE)}\n`,
];

/** Of 3.1 alone. */
const NEWER_BODIES: readonly string[] = [
  'jc=0\ns1=0\n',
  `public_key=${KEY}\nallowed_ip=10.0.0.0/8\nallowed_ip=10.1.0.0/16\nallowed_ip=-10.0.0.0/8\nallowed_ip=-10.7.0.0/16\n`,
  `public_key=${'ef'.repeat(32)}\nallowed_ip=-10.1.0.0/16\n`,
  `s1=12\ns2=13\ns3=14\ns4=15\nheader_protection_key=${'34'.repeat(32)}\n`,
  'content_padding_addition=1-9\nrekey_after_time=100\nrekey_timeout=3-7\nreject_after_time=150-160\n',
  'keepalive_timeout=9\nmax_handshake_attempts=3-4\nrandom_trailers=TRUE\ndisable_cookies=t\n',
  `header_protection_key=${'00'.repeat(32)}\nrekey_timeout=0\nrandom_trailers=F\n`,
  `public_key=${KEY}\npersistent_keepalive_interval=20-30\n`,
];

const BAD_BODIES: readonly string[] = [
  'nonsense\n',
  'nonsense=1\n',
  'listen_port=65536\n',
  'listen_port=\n',
  'fwmark=0x1\n',
  'fwmark=4294967296\n',
  'replace_peers=yes\n',
  'jc=x\n',
  'h1=5-4\n',
  'h1=1-2-3\n',
  'h1=1-9\nh2=5\n',
  'i1=<b 0x1>\n',
  'i2=<nonsense>\n',
  'private_key=12\n',
  'public_key=12\n',
  `public_key=${KEY}\nlisten_port=5\n`,
  `public_key=${KEY}\nendpoint=example.org:5\n`,
  `public_key=${KEY}\nendpoint=127.0.0.1\n`,
  `public_key=${KEY}\nallowed_ip=10.0.0.0\n`,
  `public_key=${KEY}\nallowed_ip=10.0.0.0/33\n`,
  `public_key=${KEY}\nallowed_ip=example/8\n`,
  `public_key=${KEY}\npreshared_key=1\n`,
  `public_key=${KEY}\npersistent_keepalive_interval=x\n`,
  `public_key=${KEY}\nprotocol_version=2\n`,
  `public_key=${KEY}\nremove=1\n`,
  `public_key=${KEY}\nremove=true\nbogus=1\n`,
];

const NEWEST = 'v3.1.20260814';

describe('the same lines on the socket', () => {
  compareWith('v0.2.19', BODIES);
  if (!isLeftOut(NEWEST)) compareWith(NEWEST, [...BODIES, ...NEWER_BODIES]);
  else
    test('is not needed', (t) => t.diagnostic(`not run: the socket of amneziawg-go ${NEWEST}, which is not on PATH`));
});

function compareWith(release: Release, bodies: readonly string[]): void {
  const engine = amneziawgRelease(release);
  const skip = namespacesUnavailable() ?? awgVpnEngine.unavailable() ?? engine.unavailable() ?? false;
  describe(release, { skip, concurrency: 1 }, () => compareSockets(engine, bodies));
}

function compareSockets(engine: EngineAdapter, bodies: readonly string[]): void {
  const scope = new Scope();
  let paths: readonly [theirs: string, ours: string] = ['', ''];
  let self = '';
  before(async () => {
    const names = [await start(scope, engine), await start(scope, OWN)];
    paths = names.map((name) => `/var/run/amneziawg/${name}.sock`) as [string, string];
    const shown = await tool('wg')('show', names[1] ?? '', 'public-key');
    self = keyToHex(shown.text.trim());
  });
  after(() => scope.close());

  function set(path: string, body: string): Promise<string> {
    return uapiConverse(path, `set=1\n${body.replace(SELF, self)}\n`);
  }

  test('leave the same behind as with amneziawg-go', async () => {
    for (const body of bodies) {
      for (const path of paths) assert.equal(await set(path, body), 'errno=0\n\n', `${path}\n${body}`);
      assert.deepEqual(await get(paths[1]), await get(paths[0]), body);
    }
  });

  test('are refused with the same number, and then ours has changed nothing', async () => {
    await set(paths[1], `fwmark=3\npublic_key=${KEY}\nallowed_ip=10.0.0.0/8\n`);
    const before = await get(paths[1]);
    for (const body of BAD_BODIES) {
      const [theirs, ours] = [await set(paths[0], body), await set(paths[1], `fwmark=9\nreplace_peers=true\n${body}`)];
      assert.match(theirs, /^errno=-\d+\n\n$/, body);
      assert.equal(ours, theirs, body);
      assert.deepEqual(await get(paths[1]), before, body);
    }
  });
}

/** In an order of its own, without counters. */
async function get(path: string): Promise<string[]> {
  const [own = [], ...peers] = sections((await uapiConverse(path, 'get=1\n\n')).trimEnd().split('\n'));
  return [...own.sort(), ...peers.map((lines) => lines.sort().join(' ')).sort()];
}

/** 2.0 has no switches to say that they are off, and says of a keepalive that it is off. */
function sections(lines: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const line of lines) {
    if (/^(last_handshake_.*|tx_bytes|rx_bytes|errno)=/.test(line)) continue;
    if (/^(random_trailers|disable_cookies|persistent_keepalive_interval)=0$/.test(line)) continue;
    if (line.startsWith('public_key=')) found.push([]);
    found.at(-1)?.push(line);
  }
  return found;
}
