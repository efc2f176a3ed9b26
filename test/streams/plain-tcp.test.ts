/** The hub over plain TCP, against sockets that behave as no hub of ours would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { StreamLimits } from '../../src/transport/stream/stream-target.ts';
import { waitFor } from '../support/wait.ts';
import { HubParty, LOOPBACK, until } from './hub-party.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === 'IPv6') === true;
const skipV6 = skip !== false ? skip : !hasIpv6 && 'no IPv6 on the loopback';
const TCP = { kind: 'tcp' } as const;

const parties: HubParty[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(parties.splice(0).map(({ hub }) => hub.stop()));
});

async function party(limits: Partial<StreamLimits> = {}): Promise<HubParty> {
  const made = await HubParty.start(limits);
  parties.push(made);
  return made;
}

/** A server of ours, and its port. */
async function server(limits: Partial<StreamLimits> = {}): Promise<{ server: HubParty; port: number }> {
  const made = await party(limits);
  const { port } = await made.hub.listen({ kind: 'tcp', address: LOOPBACK, port: 0 });
  return { server: made, port };
}

/** A bare socket to a server of ours; `ended` once that closed it. */
async function bare(port: number): Promise<{ socket: Socket; ended: () => boolean }> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  sockets.push(socket);
  let hasEnded = false;
  socket.on('close', () => {
    hasEnded = true;
  });
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  return { socket, ended: () => hasEnded };
}

/** A server that is none of ours: what to do with connections is the test's. */
async function stranger(onConnection: (socket: Socket) => void): Promise<number> {
  const listener = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  listener.unref();
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

function frame(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length >>> 8, text.length & 0xff), Buffer.from(text)]);
}

test('datagrams travel both ways, with bundles as endpoints and real addresses', { skip }, async () => {
  const { server: there, port } = await server();
  const here = await party();
  await here.connect(TCP, port);
  here.send(1, Buffer.from('aaabbbcc'), 3);
  assert.deepEqual(await there.heard(3), ['aaa', 'bbb', 'cc']);
  const { from } = there.arrivals[0];
  assert.ok((from.bundle ?? 0) >= 0x80000000);
  assert.deepEqual([...from.address], [127, 0, 0, 1]);
  await there.until('the news', () => there.accepted.length === 1);
  assert.deepEqual(there.accepted[0], { bundle: from.bundle, endpoint: from, kind: 'tcp' });
  there.send(from.bundle ?? 0, Buffer.from('answer'));
  assert.deepEqual(await here.heard(1), ['answer']);
  assert.equal(here.arrivals[0].from.bundle, 1);
  const { bundles, receivedBytes, sentBytes, accepted } = there.hub.statistics();
  assert.deepEqual(bundles.get(from.bundle ?? 0), { linksUp: 1, connects: 1 });
  assert.deepEqual({ receivedBytes, sentBytes, accepted }, { receivedBytes: 8, sentBytes: 6, accepted: 1 });
});

test('the largest datagram and the smallest arrive whole', { skip }, async () => {
  const { server: there, port } = await server();
  const here = await party();
  await here.connect(TCP, port);
  const large = Buffer.from(Uint8Array.from({ length: 65535 }, (_, index) => index % 251));
  here.send(1, large);
  here.send(1, Buffer.of(7));
  await there.heard(2);
  assert.ok(there.arrivals[0].bytes.equals(large));
  assert.deepEqual([...there.arrivals[1].bytes], [7]);
});

test('the stream may be cut anywhere', { skip }, async () => {
  const { server: there, port } = await server();
  const { socket } = await bare(port);
  const stream = Buffer.concat([frame('one'), frame('second'), frame('x')]);
  for (const byte of stream) {
    socket.write(Buffer.of(byte));
    await setTimeout(1);
  }
  assert.deepEqual(await there.heard(3), ['one', 'second', 'x']);
});

for (const [what, bytes] of [
  ['a length of zero', Buffer.of(0, 0)],
  ['a length over the limit', Buffer.of(0xff, 0xff, 1)],
] as const) {
  test(`${what} closes the connection, and only that`, { skip }, async () => {
    const { server: there, port } = await server({ datagramBytes: 2000 });
    const good = await bare(port);
    const bad = await bare(port);
    good.socket.write(frame('before'));
    bad.socket.write(bytes);
    await until('it is closed', bad.ended);
    good.socket.write(frame('after'));
    assert.deepEqual(await there.heard(2), ['before', 'after']);
    assert.equal(good.ended(), false);
    assert.equal(there.hub.statistics().framingErrors, 1);
  });
}

test('who ends his half has ended the connection', { skip }, async () => {
  const { server: there, port } = await server();
  const { socket, ended } = await bare(port);
  socket.write(frame('hello'));
  await there.heard(1);
  socket.end();
  await until('it is closed', ended);
  await there.until('the bundle is closed', () => there.events.some((event) => event.startsWith('closed 2147483648')));
  assert.equal(there.hub.statistics().bundles.size, 0);
});

test('who says nothing, dribbles or falls silent is closed in time', { skip }, async () => {
  const { server: there, port } = await server({ firstFrame: 200, frame: 200, idle: 500 });
  const silent = await bare(port);
  const dribbling = await bare(port);
  const idle = await bare(port);
  dribbling.socket.write(Buffer.concat([frame('first'), Buffer.of(0, 100)]));
  idle.socket.write(frame('first'));
  await there.heard(2);
  await until('the silent one is closed', silent.ended);
  await until('the dribbling one is closed', dribbling.ended);
  assert.equal(idle.ended(), false);
  await until('the idle one is closed', idle.ended);
  const { idleClosed, slowClosed } = there.hub.statistics();
  assert.deepEqual({ idleClosed, slowClosed }, { idleClosed: 2, slowClosed: 1 });
});

test('connections beyond the limits are closed at once, and cost little', { skip }, async () => {
  const { server: there, port } = await server({ connections: 40, connectionsFromLoopback: 20 });
  const before = process.memoryUsage().rss;
  const many = await Promise.all(Array.from({ length: 500 }, () => bare(port)));
  await until('all but the limit are closed', () => many.filter(({ ended }) => !ended()).length === 20);
  const { accepted, refused } = there.hub.statistics();
  assert.deepEqual({ accepted, refused }, { accepted: 20, refused: 480 });
  assert.ok(process.memoryUsage().rss - before < 64 << 20);
  many.find(({ ended }) => !ended())?.socket.destroy();
  for (let tries = 0; tries < 100 && there.arrivals.length === 0; tries++) {
    (await bare(port)).socket.write(frame('let in'));
    await setTimeout(20);
    there.receive();
  }
  assert.equal(String(there.arrivals[0]?.bytes), 'let in');
});

test('who says nothing gives way to those who come later, others do not', { skip }, async () => {
  const { server: there, port } = await server({ connections: 3, connectionsFromLoopback: 100 });
  const talker = await bare(port);
  talker.socket.write(frame('first'));
  await there.heard(1);
  const silent = await Promise.all(Array.from({ length: 2 }, () => bare(port)));
  const late = await bare(port);
  await until('a silent one is closed', () => silent.some(({ ended }) => ended()));
  late.socket.write(frame('late'));
  await there.heard(2);
  assert.equal(silent.filter(({ ended }) => ended()).length, 1);
  assert.equal(talker.ended(), false);
  assert.equal(there.hub.statistics().idleClosed, 1);
});

test('who does not read loses the oldest; others lose nothing, and he is closed in time', { skip }, async () => {
  const { server: there, port } = await server({ stall: 1000, queueBytes: 64 << 10 });
  const deaf = await bare(port);
  const good = await bare(port);
  deaf.socket.pause();
  let heard = 0;
  good.socket.on('data', (bytes: Buffer) => {
    heard += bytes.length;
  });
  deaf.socket.write(frame('deaf'));
  await there.heard(1);
  good.socket.write(frame('good'));
  await there.heard(2);
  const [toDeaf, toGood] = there.arrivals.map(({ from }) => from.bundle ?? 0);
  const filler = Buffer.alloc(60_000);
  let pushed = 0;
  await there.until('something is stale', () => {
    pushed += there.send(toDeaf, filler, 1000);
    return there.hub.statistics().stale > 1000;
  });
  there.send(toGood, Buffer.alloc(5000), 1000);
  await until('the other one gets its own', () => heard === 5 * 1002);
  await there.until('the deaf one is closed', () => there.hub.statistics().slowClosed === 1);
  assert.ok(pushed > there.hub.statistics().stale);
  assert.equal(good.ended(), false);
});

test('a lost connection is made again at once, then with growing patience', { skip }, async () => {
  const times: number[] = [];
  const port = await stranger((socket) => {
    times.push(performance.now());
    if (times.length < 4) socket.destroy();
  });
  const here = await party();
  here.hub.open(1, { kind: 'tcp', connections: 1, endpoint: { address: LOOPBACK, port, scopeId: 0 } });
  await until('the fourth attempt', () => times.length === 4);
  const [first, second, third] = times.slice(1).map((time, index) => time - times[index]);
  assert.ok(first < second, `${first} < ${second}`);
  assert.ok(second >= 240, `${second}`);
  assert.ok(third >= 490, `${third}`);
  assert.ok(here.events.includes('up 1'));
  assert.ok(here.events.some((event) => event.startsWith('down 1: ')));
});

test('a connection lost without use rests until it is needed, and what needs it is not lost', { skip }, async () => {
  const { server: there, port } = await server({ idle: 2500 });
  const here = await party({ rest: 1000 });
  await here.connect(TCP, port);
  here.send(1, Buffer.from('before'));
  await there.heard(1);
  await here.until('it rests', () => here.hub.statistics().bundles.get(1)?.linksUp === 0);
  await setTimeout(500);
  assert.deepEqual(here.hub.statistics().bundles.get(1), { linksUp: 0, connects: 1 });
  here.send(1, Buffer.from('after'));
  assert.deepEqual(await there.heard(2), ['before', 'after']);
  assert.deepEqual(here.events, ['up 1']);
});

test('IPv6, on a listener for every address', { skip: skipV6 }, async () => {
  const there = await party();
  const { port } = await there.hub.listen({ kind: 'tcp', address: undefined, port: 0 });
  const here = await party();
  const address = Uint8Array.from([...new Array<number>(15).fill(0), 1]);
  await here.connect(TCP, port, 1, address);
  here.send(1, Buffer.from('six'));
  assert.deepEqual(await there.heard(1), ['six']);
  assert.deepEqual(there.arrivals[0].from.address, address);
});

test('nobody listens: the reason is told once, and it goes on trying', { skip }, async () => {
  const { server: there, port } = await server();
  await there.hub.stop();
  const here = await party();
  here.hub.open(1, { kind: 'tcp', connections: 1, endpoint: { address: LOOPBACK, port, scopeId: 0 } });
  await here.until('it is down', () => here.events.length === 1);
  assert.match(here.events[0], /^down 1: .*ECONNREFUSED/);
  const revived = await party();
  await revived.hub.listen({ kind: 'tcp', address: LOOPBACK, port });
  await here.until('it is up', () => here.events.includes('up 1'));
  assert.equal(here.events.length, 2);
});

test('flows are spread over the connections of a bundle, each in order, and survive the loss of one', {
  skip,
}, async () => {
  const { server: there, port } = await server();
  const here = await party();
  await here.connect(TCP, port, 4);
  const flows = [0, 1, 2, 3];
  let number = 0;
  const sendAll = (): void => {
    for (const flow of flows) here.send(1, Buffer.from(`${flow}:${number}`), 100, flow);
    number++;
  };
  await there.until('every flow has a connection of its own', () => {
    sendAll();
    return new Set(there.arrivals.slice(-40).map(({ from }) => from.bundle)).size === 4;
  });
  there.arrivals.length = 0;
  for (let i = 0; i < 100; i++) sendAll();
  await there.heard(400);
  for (const flow of flows) {
    const own = there.arrivals.filter(({ bytes }) => bytes.toString().startsWith(`${flow}:`));
    const numbers = own.map(({ bytes }) => Number(bytes.toString().slice(2)));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  }
  await here.until('the count of connections', () => here.hub.statistics().bundles.get(1)?.linksUp === 4);
  there.hub.close(there.accepted[0].bundle);
  await here.until('the lost one is replaced', () => (here.hub.statistics().bundles.get(1)?.connects ?? 0) >= 5);
  assert.deepEqual(here.events, ['up 1']);
});

test('merged bundles are one: either number leads to the peer, who is seen under one', { skip }, async () => {
  const { server: there, port } = await server();
  const [first, second] = [await bare(port), await bare(port)];
  first.socket.write(frame('first'));
  await there.heard(1);
  second.socket.write(frame('second'));
  await there.heard(2);
  const [from, into] = there.arrivals.map((arrival) => arrival.from.bundle ?? 0);
  there.hub.merge(from, into);
  await there.until('the union', () => there.hub.statistics().bundles.get(into)?.linksUp === 2);
  first.socket.write(frame('again'));
  await there.heard(3);
  assert.equal(there.arrivals[2].from.bundle, into);
  second.socket.destroy();
  await there.until('one is left', () => there.hub.statistics().bundles.get(into)?.linksUp === 1);
  const answer = once(first.socket, 'data');
  there.send(from, Buffer.from('to the first number'));
  assert.equal(String((await answer)[0]).slice(2), 'to the first number');
  first.socket.destroy();
  await there.until('both numbers are gone', () => there.events.length === 2);
  assert.deepEqual(there.events.map((event) => event.slice(0, 17)).sort(), [`closed ${from}`, `closed ${into}`].sort());
});

test('a data plane that takes nothing slows the sender down instead of losing datagrams', { skip }, async () => {
  const { server: there, port } = await server();
  const { socket } = await bare(port);
  const total = 6000;
  const datagram = frame('x'.repeat(1000));
  for (let i = 0; i < total; i++) socket.write(datagram);
  await until('it is full', () => there.hub.statistics().receivedDatagrams > 1000);
  await setTimeout(200);
  assert.ok(there.hub.statistics().receivedDatagrams < total);
  await there.heard(total);
  assert.equal(there.hub.statistics().overrun, 0);
});

test('a port that is taken is an error with a code; closing it frees it', { skip }, async () => {
  const { server: there } = await server();
  const listening = await there.hub.listen({ kind: 'tcp', address: undefined, port: 0 });
  const again = { kind: 'tcp', address: undefined, port: listening.port } as const;
  const other = await party();
  await assert.rejects(other.hub.listen(again), { name: 'StreamListenError', code: 'EADDRINUSE' });
  listening.close();
  const { port } = await waitFor('the port', () => other.hub.listen(again).catch(() => undefined));
  assert.equal(port, listening.port);
});
