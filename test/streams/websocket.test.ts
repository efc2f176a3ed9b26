/** The hub over WebSockets, in clear and over TLS, and what the rest of the web sees of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, get, request } from 'node:http';
import { afterEach, before, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { StreamLimits } from '../../src/transport/stream/stream-target.ts';
import type { SelfSigned } from '../support/self-signed.ts';
import { selfSigned } from '../support/self-signed.ts';
import { HubParty, LOOPBACK, until } from './hub-party.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const PATH = '/some/path';

let identity: SelfSigned;
const parties: HubParty[] = [];
const clean: (() => void)[] = [];

before(() => {
  identity = selfSigned(['vpn.example'], { addresses: [LOOPBACK] });
});

afterEach(async () => {
  for (const undo of clean.splice(0)) undo();
  await Promise.all(parties.splice(0).map(({ hub }) => hub.stop()));
});

async function party(limits: Partial<StreamLimits> = {}): Promise<HubParty> {
  const made = await HubParty.start(limits);
  parties.push(made);
  return made;
}

async function server(
  secure: boolean,
  limits: Partial<StreamLimits> = {},
): Promise<{ server: HubParty; port: number }> {
  const made = await party(limits);
  const { port } = await made.hub.listen({
    kind: 'websocket',
    address: LOOPBACK,
    port: 0,
    websocket: { path: PATH, secure },
    ...(secure ? { tls: identity } : {}),
  });
  return { server: made, port };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What a server answers to a WebSocket handshake that it does not accept. */
function handshake(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const asked = request({ port, host: '127.0.0.1', path, headers: upgrade });
    asked.on('response', resolve).on('error', reject).end();
    asked.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(new Error('the handshake was accepted'));
    });
  });
}

for (const secure of [false, true]) {
  test(`datagrams of any size travel both ways, ${secure ? 'over TLS' : 'in clear'}`, { skip }, async () => {
    const { server: there, port } = await server(secure);
    const here = await party();
    const websocket = { secure, host: 'vpn.example', path: PATH };
    await here.connect({ kind: 'websocket', websocket, ...(secure ? { tls: { pins: [identity.pin] } } : {}) }, port);
    const sizes = [1, 125, 126, 1400, 65535];
    for (const size of sizes) here.send(1, Buffer.alloc(size, size & 0xff));
    await there.heard(sizes.length);
    assert.deepEqual(
      there.arrivals.map(({ bytes }) => bytes.length),
      sizes,
    );
    assert.ok(there.arrivals.every(({ bytes }) => bytes.every((byte) => byte === (bytes.length & 0xff))));
    const back = there.arrivals[0].from.bundle ?? 0;
    for (const size of sizes) there.send(back, Buffer.alloc(size, size & 0xff));
    await here.heard(sizes.length);
    assert.ok(here.arrivals.every(({ bytes }, index) => bytes.equals(Buffer.alloc(sizes[index], sizes[index] & 0xff))));
    await there.until('the news', () => there.accepted.length === 1);
    assert.equal(there.accepted[0].kind, 'websocket');
  });
}

test('to whom does not know the path it is a web server without a page', { skip }, async () => {
  const { server: there, port } = await server(false);
  const [plain] = (await once(get({ port, host: '127.0.0.1', path: PATH }), 'response')) as [IncomingMessage];
  const elsewhere = await handshake(port, '/other/path');
  assert.equal(plain.statusCode, 404);
  assert.equal(elsewhere.statusCode, 404);
  assert.equal(await textOf(plain), await textOf(elsewhere));
  assert.deepEqual(Object.keys(plain.headers).sort(), Object.keys(elsewhere.headers).sort());
  const here = await party();
  here.hub.open(1, {
    kind: 'websocket',
    connections: 1,
    endpoint: { address: LOOPBACK, port, scopeId: 0 },
    websocket: { secure: false, host: 'vpn.example', path: '/wrong' },
  });
  await here.until('it is down', () => here.events.length > 0);
  assert.match(here.events[0], /^down 1: the server answered 404/);
  assert.equal(there.arrivals.length, 0);
});

test('the Host header is the one that was asked for', { skip }, async () => {
  const web = createServer().listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server: web });
  clean.push(() => {
    sockets.close();
    web.closeAllConnections();
    web.close();
  });
  await once(web, 'listening');
  const asked = once(web, 'upgrade') as Promise<[IncomingMessage]>;
  const address = web.address();
  assert.ok(typeof address === 'object' && address !== null);
  const here = await party();
  const websocket = { secure: false, host: 'front.example:8443', path: '/x?y=1' };
  await here.connect({ kind: 'websocket', websocket }, address.port);
  const [{ headers, url }] = await asked;
  assert.equal(headers.host, 'front.example:8443');
  assert.equal(url, '/x?y=1');
});

for (const [what, message] of [
  ['a text message', 'text'],
  ['an empty message', Buffer.alloc(0)],
  ['a message over the limit', Buffer.alloc(70_000)],
] as const) {
  test(`${what} closes the connection`, { skip }, async () => {
    const { server: there, port } = await server(false);
    const client = new WebSocket(`ws://127.0.0.1:${port}${PATH}`);
    client.on('error', () => undefined);
    await once(client, 'open');
    client.send(Buffer.from('datagram'));
    client.send(message);
    await until('it is closed', () => client.readyState === WebSocket.CLOSED);
    assert.deepEqual(await there.heard(1), ['datagram']);
    assert.equal(there.hub.statistics().framingErrors, 1);
  });
}

test('pings are answered, and do not count as datagrams', { skip }, async () => {
  const { server: there, port } = await server(false, { firstFrame: 500 });
  const client = new WebSocket(`ws://127.0.0.1:${port}${PATH}`);
  await once(client, 'open');
  const pong = once(client, 'pong');
  client.ping('are you there');
  assert.equal(String((await pong)[0]), 'are you there');
  await until('it is closed', () => client.readyState === WebSocket.CLOSED);
  assert.equal(there.hub.statistics().idleClosed, 1);
});

test('a request that never ends is closed in time', { skip }, async () => {
  const { server: there, port } = await server(false, { firstFrame: 300 });
  const asked = request({ port, host: '127.0.0.1', path: PATH, method: 'POST' });
  asked.on('error', () => undefined);
  asked.write('begin');
  await until('it is closed', () => asked.destroyed || asked.closed);
  assert.ok(there.hub.statistics().accepted === 1);
});
