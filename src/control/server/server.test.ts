import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { formatPrefix, parseAddress } from '../../protocol/address-text.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { GENERATIONS } from '../../protocol/obfuscation/generation.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { parseConfig } from '../config/parse.ts';
import { createPreset } from '../presets/preset.ts';
import { BUILT_IN_DEFAULTS, defaultsText, parseDefaults } from './client-defaults.ts';
import { clientParameters, serverParameters } from './client-profile.ts';
import type { ClientWishes } from './new-client.ts';
import { addClient } from './new-client.ts';
import { serverText } from './new-server.ts';
import { isPrivateAddress } from './own-address.ts';
import type { ServerConfig } from './server-config.ts';
import { findClient, readServer } from './server-config.ts';
import { serverAddresses } from './subnets.ts';

function newServer(parameters: AwgParameters = {}, subnets: readonly string[] = ['10.8.0.0/24', 'fd00::/64']): string {
  return serverText({
    privateKey: nodeCrypto().generateKeypair().rawPrivateKey,
    listenPort: 443,
    addresses: serverAddresses(subnets, [], new SeededRandom(1)),
    parameters,
    masquerade: true,
  });
}

function wishesFor(name: string, changes: Partial<ClientWishes> = {}): ClientWishes {
  const { rawPrivateKey: privateKey, publicKey } = nodeCrypto().generateKeypair();
  const { dns, allowedIps, persistentKeepalive } = BUILT_IN_DEFAULTS;
  const keys = { privateKey, publicKey, presharedKey: new Uint8Array(32).fill(7) };
  return { name, endpoint: 'vpn.example.net', dns, allowedIps, persistentKeepalive, parameters: {}, keys, ...changes };
}

function withClient(text: string, name: string, changes: Partial<ClientWishes> = {}): string {
  return addClient(readServer(text, 'wg0.conf'), wishesFor(name, changes)).document.text;
}

test('server and client have each other, their addresses, and the same secret', () => {
  const server = readServer(newServer(), 'wg0.conf');
  const wishes = wishesFor('phone');
  const { document, text } = addClient(server, wishes);
  const client = parseConfig(text, 'phone.conf');
  const own = parseConfig(document.text, 'wg0.conf');
  assert.deepEqual(own.peers[0]?.publicKey, wishes.keys.publicKey);
  assert.deepEqual(own.peers[0]?.presharedKey, client.peers[0]?.presharedKey);
  assert.equal(Buffer.from(client.peers[0]?.publicKey ?? []).toString('base64'), server.publicKey);
  assert.deepEqual(own.addresses.map(formatPrefix), ['10.8.0.1/24', 'fd00::1/64']);
  assert.deepEqual(client.addresses.map(formatPrefix), ['10.8.0.2/32', 'fd00::2/128']);
  assert.deepEqual(own.peers[0]?.allowedIps, client.addresses);
  assert.deepEqual(client.peers[0]?.endpoint, {
    key: 'Endpoint',
    host: 'vpn.example.net',
    port: 443,
    line: client.peers[0]?.endpoint?.line,
  });
  assert.deepEqual([client.mtu, client.peers[0]?.persistentKeepalive, own.masquerade], [undefined, 25, true]);
  assert.match(document.text, /\n\n### Client phone\n\[Peer\]\n/);
  assert.match(text, /^DNS = 1\.1\.1\.1, 2606:4700:4700::1111$/m);
});

test('clients get the lowest free addresses, and those of a removed one again', () => {
  let text = newServer();
  for (const name of ['a', 'b', 'c']) text = withClient(text, name);
  const server = readServer(text, 'wg0.conf');
  const without = server.document.withoutPeer(findClient(server, 'b').publicKey).text;
  assert.ok(!without.includes('Client b'));
  const after = readServer(withClient(without, 'd'), 'wg0.conf');
  assert.deepEqual(
    after.clients.map(({ name, allowedIps }) => `${name} ${allowedIps.map(formatPrefix).join(' ')}`),
    ['a 10.8.0.2/32 fd00::2/128', 'c 10.8.0.4/32 fd00::4/128', 'd 10.8.0.3/32 fd00::3/128'],
  );
});

test('a full network, a name that is taken, a bad name, and no port are refused', () => {
  const full = withClient(newServer({}, ['10.8.0.0/30']), 'only');
  assert.throws(() => withClient(full, 'other'), { code: 'pool-full', message: /10\.8\.0\.1\/30 has no free address/ });
  const text = withClient(newServer(), 'phone');
  assert.throws(() => withClient(text, 'phone'), { code: 'name-taken' });
  for (const name of ['', '../x', 'a b', '-x', '_x', 'sixteen-letters-', 'x\n[Peer]'])
    assert.throws(() => withClient(text, name), { code: 'bad-client-name' }, name);
  assert.throws(() => withClient(text.replace(/ListenPort.*\n/, ''), 'x'), { code: 'no-port' });
  assert.throws(() => withClient(text.replace(/Address.*\n(Masq.*\n)?/, ''), 'x'), { code: 'no-subnet' });
});

test('wishes that are no values of their keys never reach a file', () => {
  const text = newServer();
  for (const changes of [
    { endpoint: 'a/b' },
    { endpoint: 'x\nPostUp = reboot' },
    { dns: ['1.1.1.1\nPostUp = reboot'] },
    { allowedIps: ['10.0.0.0/8', 'x'] },
    { persistentKeepalive: -1 },
  ])
    assert.throws(() => withClient(text, 'x', changes), /ConfigError|SerialiseError/, JSON.stringify(changes));
});

test('a name server of a family that the client has no address of is left out', () => {
  const server = readServer(newServer({}, ['10.8.0.0/24']), 'wg0.conf');
  const { text } = addClient(server, wishesFor('phone'));
  assert.match(text, /^DNS = 1\.1\.1\.1$/m);
});

test('names that other tools gave are found', () => {
  const named = (comment: string): string | undefined => {
    const text = withClient(newServer(), 'x').replace('### Client x', comment);
    return readServer(text, 'wg0.conf').clients[0]?.name;
  };
  assert.equal(named('### Client alice'), 'alice');
  assert.equal(named('# Client: alice (2f1c)'), 'alice');
  assert.equal(named('# BEGIN_PEER alice'), 'alice');
  assert.equal(named('### begin alice ###'), 'alice');
  assert.equal(named('# Name = Alice Liddell'), 'Alice Liddell');
  assert.equal(named("# Alice's phone"), "Alice's phone");
  assert.equal(named(''), undefined);
});

test('all ends share what must match; only clients send datagrams before a handshake, each its own', () => {
  for (const generation of GENERATIONS) {
    const random = new SeededRandom(5);
    const preset = createPreset({ like: 'sip', generation }, random);
    const text = newServer(serverParameters(preset.parameters));
    const server = readServer(text, 'wg0.conf');
    const [one, other] = [0, 1].map(() => clientParameters(server.parameters, { like: 'sip' }, random));
    assert.doesNotMatch(text, /^(I[1-5]|J[1-3]|Itime) /m);
    const client = parseConfig(addClient(server, wishesFor('x', { parameters: one ?? {} })).text, 'x.conf');
    const own = parseConfig(text, 'wg0.conf');
    for (const kind of ['initiation', 'response', 'cookieReply', 'transport'] as const)
      assert.deepEqual(client.profile[kind], own.profile[kind], `${generation} ${kind}`);
    assert.deepEqual(client.timing, own.timing);
    assert.equal(client.profile.signatures.length > 0, generation !== '1.0');
    if (generation !== '1.0') assert.notDeepEqual(one?.i1, other?.i1);
  }
});

test('a server without obfuscation has clients without, and one with signatures of its own passes them on', () => {
  const random = new SeededRandom(1);
  assert.deepEqual(clientParameters({}, { like: 'quic' }, random), {});
  const own = { s1: 20, i1: '<r 10>' };
  assert.deepEqual(clientParameters(own, { like: 'quic' }, random), own);
});

test('subnets: one of each family, free ones by default', () => {
  const random = new SeededRandom(3);
  const texts = (wanted: readonly string[], present: readonly string[] = []): string[] => {
    const others = present.map((text) => {
      const [address = '', length] = text.split('/');
      return { address: parseAddress(address) ?? new Uint8Array(4), length: Number(length) };
    });
    return serverAddresses(wanted, others, random).map(formatPrefix);
  };
  assert.match(texts([]).join(' '), /^10\.8\.0\.1\/24 fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}::1\/64$/);
  assert.match(texts([], ['10.8.0.77/16'])[0] ?? '', /^10\.(?!8\.)\d+\.\d+\.1\/24$/);
  assert.deepEqual(texts(['10.1.0.0/16']), ['10.1.0.1/16']);
  assert.deepEqual(texts(['10.1.0.9/16', 'fd00::/48']), ['10.1.0.9/16', 'fd00::1/48']);
  for (const wanted of [['10.0.0.0/24', '10.1.0.0/24'], ['10.0.0.1/32'], ['0.0.0.0/0'], ['::/0']])
    assert.throws(() => texts(wanted), { code: 'bad-subnet' }, wanted.join());
  assert.throws(() => texts(['x']), { code: 'bad-prefix' });
  assert.throws(() => texts([], ['10.8.0.1/8']), { code: 'bad-subnet' });
});

test('defaults of a server: read back as written, and checked', () => {
  const defaults = {
    ...BUILT_IN_DEFAULTS,
    endpoint: 'vpn.example.net',
    like: 'quic' as const,
    host: 'www.example.com',
  };
  assert.deepEqual(parseDefaults(defaultsText(defaults), 'x'), defaults);
  assert.deepEqual(parseDefaults('{}', 'x'), BUILT_IN_DEFAULTS);
  assert.throws(() => parseDefaults('{', 'x'), { code: 'bad-json' });
  for (const text of [
    '[]',
    '{"dns":"1.1.1.1"}',
    '{"like":"tcp"}',
    '{"like":"toString"}',
    '{"colour":1}',
    '{"toString":1}',
  ])
    assert.throws(() => parseDefaults(text, 'x'), { code: 'bad-defaults' }, text);
});

test('private addresses are told from public ones', () => {
  for (const text of [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '127.0.0.1',
    'fd00::1',
    'fe80::1',
    '::1',
  ])
    assert.ok(isPrivateAddress(text), text);
  for (const text of ['172.32.0.1', '8.8.8.8', '100.128.0.1', '2001:db8::1', 'vpn.example.net'])
    assert.ok(!isPrivateAddress(text), text);
});

test('a file that up would refuse is not changed', () => {
  const broken = newServer().replace('ListenPort = 443', 'ListenPort = x');
  assert.throws((): ServerConfig => readServer(broken, 'wg0.conf'), { name: 'ConfigError', code: 'bad-port' });
});
