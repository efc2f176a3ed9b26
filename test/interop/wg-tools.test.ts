/**
 * The tools that people already use, against our configuration socket: Debian's `wg` for every command that
 * it has, and upstream's `awg` where it is on PATH. What ours print must be the same to the letter.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findProgram } from '../support/command.ts';
import { awgVpnEngine, awgVpnWith } from '../support/engines/awg-vpn.ts';
import { generateKeyPair, generatePresharedKey } from '../support/keys.ts';
import { NetworkNamespace, namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import type { TunnelPair } from '../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';
import type { Outcome, Tool } from './uapi/tool.ts';
import { Files, ours, tool } from './uapi/tool.ts';

const everywhere = awgVpnWith('awg-vpn', ['--uapi', 'both']);
const unavailable = namespacesUnavailable() ?? awgVpnEngine.unavailable();
const wgMissing = findProgram('wg') === undefined ? 'wg is not on PATH' : undefined;

const FIELDS = [
  'public-key',
  'private-key',
  'listen-port',
  'fwmark',
  'peers',
  'preshared-keys',
  'endpoints',
  'allowed-ips',
  'latest-handshakes',
  'persistent-keepalive',
  'dump',
];

const AWG_FIELDS = [
  'jc',
  'jmin',
  'jmax',
  's1',
  's2',
  's3',
  's4',
  'h1',
  'h2',
  'h3',
  'h4',
  'i1',
  'i5',
  'header-protection-key',
  'content-padding-addition',
  'rekey-after-time',
  'rekey-timeout',
  'reject-after-time',
  'keepalive-timeout',
  'max-handshake-attemps',
  'random-trailers',
  'disable-cookies',
];

function done(outcome: Outcome): string {
  assert.equal(outcome.code, 0, outcome.text);
  return outcome.text;
}

async function same(theirs: Tool, args: readonly string[]): Promise<string> {
  const expected = done(await theirs(...args));
  const shown = timeless(done(await ours(...args)));
  // A keepalive may have been counted in between.
  const accepted = shown === timeless(expected) ? expected : done(await theirs(...args));
  assert.equal(shown, timeless(accepted), args.join(' '));
  return accepted;
}

/** A second may pass between two looks; how long ago something was, the unit tests know. */
function timeless(text: string): string {
  return text.replaceAll(/(latest handshake[^:]*: ).*/g, '$1');
}

describe('wg', { skip: unavailable ?? wgMissing ?? false, concurrency: 1 }, () => {
  const wg = tool('wg');
  const scope = new Scope();
  const files = new Files(scope);
  const [stranger, another] = [generateKeyPair(), generateKeyPair()];
  let pair: TunnelPair;
  let name = '';
  /** Of the peer that there is from the start. */
  let known = '';

  before(async () => {
    pair = await startPair(scope, { initiator: everywhere, responder: awgVpnEngine, outer: 4, mtu: 1380 });
    await waitForHandshake(pair.initiator, pair.responder);
    name = pair.initiator.tunnel.interfaceName;
    known = pair.responder.keys.publicKey;
  });
  after(() => scope.close());

  async function dump(): Promise<string> {
    return done(await wg('show', name, 'dump'));
  }

  test('show, after a handshake and traffic', async () => {
    const text = await same(wg, ['show', name]);
    assert.match(text, /latest handshake: .*(ago|Now)/);
    assert.match(text, /transfer: .* received, .* sent/);
    assert.match(text, /private key: \(hidden\)\n.*preshared key: \(hidden\)/s);
    for (const field of FIELDS) await same(wg, ['show', name, field]);
    const [, received = 0, sent = 0] = done(await wg('show', name, 'transfer'))
      .trim()
      .split('\t')
      .map(Number);
    assert.ok(received > 0 && sent > 0);
  });

  test('show all, interfaces, colours and secrets', async () => {
    assert.ok(
      done(await wg('show', 'interfaces'))
        .split(/\s/)
        .includes(name),
    );
    const all = done(await wg('show', 'all', 'dump'));
    const own = all.split('\n').filter((line) => line.startsWith(`${name}\t`));
    assert.deepEqual(own.map((line) => line.slice(name.length + 1)).join('\n'), (await dump()).trimEnd());
    const loud = tool('wg', { WG_COLOR_MODE: 'always', WG_HIDE_KEYS: 'never' });
    Object.assign(process.env, { WG_COLOR_MODE: 'always', WG_HIDE_KEYS: 'never' });
    const text = await same(loud, ['show', name]).finally(() => {
      delete process.env.WG_COLOR_MODE;
      delete process.env.WG_HIDE_KEYS;
    });
    assert.ok(text.includes(pair.presharedKey));
  });

  test('set, and the tunnel goes by it', async () => {
    const [from, to] = [pair.initiator, pair.responder];
    const answers = async (): Promise<number> =>
      (await ping(from.host.namespace, to.inner[4], { count: 2, timeoutSeconds: 1 })).received;
    assert.equal(await answers(), 2);
    done(await wg('set', name, 'peer', known, 'allowed-ips', '192.0.2.0/24'));
    assert.equal(await answers(), 0);
    done(await wg('set', name, 'peer', known, 'allowed-ips', `${to.inner[4]}/32,${to.inner[6]}/128`));
    assert.equal(await answers(), 2);
    done(await wg('set', name, 'listen-port', '41999', 'fwmark', '0x2b'));
    assert.match(await dump(), /\t41999\t0x2b\n/);
    assert.equal(await answers(), 2);
    done(await wg('set', name, 'fwmark', 'off'));
  });

  test('set of a peer with everything, and its end', async () => {
    const secret = files.write('psk', `${generatePresharedKey()}\n`);
    const peer = ['peer', stranger.publicKey, 'preshared-key', secret, 'persistent-keepalive', '3600'];
    done(await wg('set', name, ...peer, 'endpoint', '[2001:db8::5]:5', 'allowed-ips', '10.44.0.0/16,fd44::/64'));
    const line = (await dump()).split('\n').find((each) => each.startsWith(stranger.publicKey)) ?? '';
    assert.match(line, /\t\[2001:db8::5\]:5\t10\.44\.0\.0\/16,fd44::\/64\t0\t0\t\d+\t3600$/);
    await same(wg, ['showconf', name]);
    done(
      await wg('set', name, 'peer', stranger.publicKey, 'preshared-key', '/dev/null', 'persistent-keepalive', 'off'),
    );
    assert.match(await dump(), new RegExp(`${stranger.publicKey.replaceAll('+', '\\+')}\t\\(none\\)\t.*\toff\n`));
    done(await wg('set', name, 'peer', stranger.publicKey, 'remove'));
    assert.ok(!(await dump()).includes(stranger.publicKey));
  });

  test('setconf, addconf, syncconf and back; all but setconf leave sessions alone', async () => {
    const original = done(await wg('showconf', name));
    const handshake = done(await wg('show', name, 'latest-handshakes'));
    const more = files.write('more', `[Peer]\nPublicKey = ${another.publicKey}\nAllowedIPs = 10.55.0.0/16\n`);
    done(await wg('addconf', name, more));
    assert.match(await dump(), /\t10\.55\.0\.0\/16\t/);
    const file = files.write('original', original);
    done(await wg('syncconf', name, file));
    assert.equal(done(await wg('showconf', name)), original);
    assert.equal(done(await wg('show', name, 'latest-handshakes')), handshake);
    done(await wg('addconf', name, more));
    done(await wg('setconf', name, file));
    assert.equal(done(await wg('showconf', name)), original);
    assert.equal(done(await wg('show', name, 'latest-handshakes')), `${known}\t0\n`);
    await waitForHandshake(pair.initiator, pair.responder);
  });

  test('a set that fails changes nothing', async () => {
    const configuration = done(await wg('showconf', name));
    const busy = done(await wg('show', name, 'listen-port')).trim();
    const other = await awgVpnEngine.start(scope, pair.initiator.host.namespace, {
      privateKey: another.privateKey,
      listenPort: 0,
      addresses: ['10.66.0.1/24'],
      mtu: 1420,
      peers: [],
    });
    const port = done(await ours('show', other.interfaceName, 'listen-port')).trim();
    const outcome = await wg('set', name, 'fwmark', '0x77', 'listen-port', port, 'peer', known, 'remove');
    assert.deepEqual(outcome, { code: 1, text: 'Unable to modify interface: Address already in use\n' });
    assert.equal(done(await wg('showconf', name)), configuration);
    assert.equal(done(await wg('show', name, 'listen-port')).trim(), busy);
  });

  test('what ours set, wg shows', async () => {
    const before = done(await wg('showconf', name));
    done(await ours('set', name, 'peer', stranger.publicKey, 'allowed-ips', '+10.77.0.0/16,+10.78.0.0/16'));
    done(await ours('set', name, 'peer', stranger.publicKey, 'allowed-ips', '-10.77.0.0/16'));
    assert.match(await dump(), /\(none\)\t10\.78\.0\.0\/16\t/);
    done(await ours('syncconf', name, files.write('before', before)));
    assert.equal(done(await wg('showconf', name)), before);
    assert.equal((await wg('show', 'nosuch')).code, (await ours('show', 'nosuch')).code);
  });
});

const PARAMETERS: ObfuscationKeys = {
  Jc: 4,
  Jmin: 40,
  Jmax: 70,
  S1: 15,
  S2: 18,
  S3: 20,
  S4: 25,
  H1: '100000-199999',
  H2: 1234567890,
  H3: '3000000000-3999999999',
  H4: '255-4095',
  I1: '<b 0xc0ff><r 16>',
  I5: '<t>',
  HeaderProtectionKey: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  ContentPaddingAddition: '1-20',
  RekeyAfterTime: '100-120',
  RekeyTimeout: '3-7',
  RejectAfterTime: 150,
  KeepaliveTimeout: 9,
  MaxHandshakeAttempts: '5-6',
  RandomTrailers: 'on',
  DisableCookies: 'off',
};

/** A release of AmneziaWG 3.1 and no package that everybody can get. */
const noAwg = findProgram('awg') === undefined;

describe('awg', { skip: unavailable ?? false, concurrency: 1 }, () => {
  if (noAwg) {
    test('is not needed', (t) => t.diagnostic('not run: the configuration socket with awg, which is not on PATH'));
    return;
  }
  const awg = tool('awg');
  const scope = new Scope();
  after(() => scope.close());

  test('reads and changes every parameter', async () => {
    const files = new Files(scope);
    const namespace = await NetworkNamespace.create(scope);
    const { interfaceName: name } = await awgVpnEngine.start(scope, namespace, {
      privateKey: generateKeyPair().privateKey,
      listenPort: 4400,
      addresses: ['10.88.0.1/24'],
      mtu: 1380,
      obfuscation: PARAMETERS,
      peers: [{ publicKey: generateKeyPair().publicKey, allowedIps: ['10.88.0.2/32'], persistentKeepalive: '20-30' }],
    });
    for (const field of AWG_FIELDS) await same(awg, ['show', name, field]);
    await same(awg, ['show', name]);
    await same(awg, ['show', name, 'dump']);
    const original = await same(awg, ['showconf', name]);
    assert.match(original, /Jc = 4\n.*H4 = 255-4095\nI1 = <b 0xc0ff><r 16>\nI5 = <t>\nHeaderProtectionKey = /s);

    const changed = [
      'jc',
      '9',
      'h1',
      '7-8',
      's4',
      '30',
      'i1',
      '<r 3>',
      'rekey-after-time',
      '90-91',
      'random-trailers',
      'off',
    ];
    done(
      await awg('set', name, ...changed, 'header-protection-key', files.write('key', `${generatePresharedKey()}\n`)),
    );
    const changedText = await same(awg, ['showconf', name]);
    assert.match(
      changedText,
      /Jc = 9\n.*S4 = 30\nH1 = 7-8\n.*I1 = <r 3>\n.*RekeyAfterTime = 90-91\n.*RandomTrailers = off\n/s,
    );
    assert.match(changedText, /Jmin = 40\nJmax = 70\n/);

    const refused = await awg('set', name, 'jc', '1', 'h2', '7-9');
    assert.deepEqual(refused, { code: 1, text: 'Unable to modify interface: Invalid argument\n' });
    assert.equal(await same(awg, ['showconf', name]), changedText);
    for (const command of ['setconf', 'syncconf', 'addconf'])
      done(await awg(command, name, files.write('original', original)));
    assert.equal(await same(awg, ['showconf', name]), original);
  });
});
