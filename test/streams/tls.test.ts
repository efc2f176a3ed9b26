/** The hub over TLS: who is believed, what is sent in clear, and what becomes of those who speak no TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createServer, connect as tlsConnect } from 'node:tls';
import type { StreamLimits, TlsTarget } from '../../src/transport/stream/stream-target.ts';
import type { SelfSigned } from '../support/self-signed.ts';
import { selfSigned } from '../support/self-signed.ts';
import { HubParty, LOOPBACK, until } from './hub-party.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const NAME = 'vpn.example';

let identity: SelfSigned;
let other: SelfSigned;
const parties: HubParty[] = [];
const clean: (() => void)[] = [];

before(() => {
  identity = selfSigned([NAME], { addresses: [LOOPBACK] });
  other = selfSigned(['other.example']);
});

afterEach(() => Promise.all(parties.splice(0).map(({ hub }) => hub.stop())));

after(() => {
  for (const undo of clean) undo();
});

async function party(limits: Partial<StreamLimits> = {}): Promise<HubParty> {
  const made = await HubParty.start(limits);
  parties.push(made);
  return made;
}

async function server(limits: Partial<StreamLimits> = {}): Promise<{ server: HubParty; port: number }> {
  const made = await party(limits);
  const tls = { ...identity, alpn: ['h2', 'http/1.1'] };
  return { server: made, port: (await made.hub.listen({ kind: 'tls', address: LOOPBACK, port: 0, tls })).port };
}

for (const [what, target] of [
  ['the pin', () => ({ pins: [other.pin, identity.pin], serverName: 'whatever.example' })],
  ['the pin and no name', () => ({ pins: [identity.pin] })],
  ['an authority and the name', () => ({ ca: identity.certificate, serverName: NAME })],
  ['an authority and the address', () => ({ ca: identity.certificate })],
  ['both an authority and the pin', () => ({ ca: identity.certificate, serverName: NAME, pins: [identity.pin] })],
] as const satisfies readonly (readonly [string, () => TlsTarget])[]) {
  test(`a server is believed by ${what}, and datagrams travel both ways`, { skip }, async () => {
    const { server: there, port } = await server();
    const here = await party();
    await here.connect({ kind: 'tls', tls: target() }, port);
    const large = Buffer.alloc(60_000, 'x');
    here.send(1, large, 1300);
    await there.heard(47);
    assert.ok(Buffer.concat(there.arrivals.map(({ bytes }) => bytes)).equals(large));
    there.send(there.arrivals[0].from.bundle ?? 0, Buffer.from('answer'));
    assert.deepEqual(await here.heard(1), ['answer']);
    await there.until('the news', () => there.accepted.length === 1);
    assert.equal(there.accepted[0].kind, 'tls');
  });
}

for (const [what, target, reason] of [
  ['a wrong pin', () => ({ pins: [other.pin] }), /pinned/],
  ['no authority', () => ({ serverName: NAME }), /self-signed/],
  ['another name', () => ({ ca: identity.certificate, serverName: 'other.example' }), /altnames/],
  ['another authority', () => ({ ca: other.certificate, serverName: NAME }), /self-signed|certificate/],
  ['the right authority and a wrong pin', () => ({ ca: identity.certificate, pins: [other.pin] }), /pinned/],
  ['an authority that is none', () => ({ ca: 'nonsense', pins: [] }), /./],
] as const satisfies readonly (readonly [string, () => TlsTarget, RegExp])[]) {
  test(`a server is not believed: ${what}; no datagram is sent`, { skip }, async () => {
    const { server: there, port } = await server();
    const here = await party();
    here.hub.open(1, {
      kind: 'tls',
      connections: 1,
      endpoint: { address: LOOPBACK, port, scopeId: 0 },
      tls: target(),
    });
    here.send(1, Buffer.from('secret'));
    await here.until('it is down', () => here.events.length > 0);
    assert.match(here.events[0], /^down 1: /);
    assert.match(here.events[0], reason);
    there.receive();
    assert.equal(there.arrivals.length, 0);
  });
}

test('server name and ALPN are what was asked for', { skip }, async () => {
  const listener = createServer({ cert: identity.certificate, key: identity.key, ALPNProtocols: ['http/1.1'] });
  listener.listen(0, '127.0.0.1');
  clean.push(() => listener.close());
  await once(listener, 'listening');
  const secured = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
  const here = await party();
  const tls = { serverName: 'www.example', alpn: ['h2', 'http/1.1'], pins: [identity.pin] };
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  await here.connect({ kind: 'tls', tls }, address.port);
  const [stream] = await secured;
  assert.equal((stream as TLSSocket & { servername?: string }).servername, 'www.example');
  assert.equal(stream.alpnProtocol, 'http/1.1');
});

test('our server answers ALPN as configured', { skip }, async () => {
  const { port } = await server();
  const client = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await once(client, 'secureConnect');
  assert.equal(client.alpnProtocol, 'http/1.1');
  client.destroy();
});

test('who speaks no TLS, or says nothing above it, is closed; others go on', { skip }, async () => {
  const { server: there, port } = await server({ firstFrame: 300 });
  const here = await party();
  await here.connect({ kind: 'tls', tls: { pins: [identity.pin] } }, port);
  here.send(1, Buffer.from('before'));
  await there.heard(1);
  const plain = connect(port, '127.0.0.1');
  plain.on('error', () => undefined).resume();
  plain.write('GET / HTTP/1.1\r\n\r\n');
  const silent = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  silent.on('error', () => undefined).resume();
  await until('both are closed', () => plain.closed && silent.closed);
  here.send(1, Buffer.from('after'));
  assert.deepEqual(await there.heard(2), ['before', 'after']);
});

test('a certificate that is none is an error at once', { skip }, async () => {
  const there = await party();
  const tls = { certificate: 'nonsense', key: identity.key };
  const options = { kind: 'tls', address: LOOPBACK, port: 0, tls } as const;
  await assert.rejects(there.hub.listen(options), { name: 'StreamListenError', code: /^ERR_/ });
});
