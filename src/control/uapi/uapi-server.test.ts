/** The configuration socket as its clients find it, polite and otherwise, in front of a whole device. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FakePlatform, settings } from '../../../test/support/fake-platform.ts';
import { Device } from '../../device/device.ts';
import { getAnswer } from './get-answer.ts';
import { MAX_LINE_BYTES } from './line-source.ts';
import { MAX_CLIENTS, UapiServer } from './uapi-server.ts';

const NEW_PEER = 'cd'.repeat(32);

interface World {
  readonly path: string;
  readonly device: Device;
  readonly server: UapiServer;
  readonly refusals: string[];
}

async function listening(context: TestContext, idleLimit?: number): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'awg-uapi-'));
  const path = join(directory, 'amneziawg', 'wg0.sock');
  const device = await Device.open(settings({ listenPort: 4000 }), { platform: new FakePlatform() });
  const refusals: string[] = [];
  const onRefusal = (reason: string): void => void refusals.push(reason);
  const server = await UapiServer.listen(path, device, { onRefusal, ...(idleLimit !== undefined && { idleLimit }) });
  context.after(async () => {
    await server.close();
    await device.close();
    rmSync(directory, { recursive: true });
  });
  return { path, device, server, refusals };
}

/** Everything that the server says to these bytes until it closes; the client says that it has no more. */
function converse(path: string, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => undefined);
  return socket;
}

test('get says what the device is, and errno', async (context) => {
  const { path, device } = await listening(context);
  assert.equal(await converse(path, 'get=1\n\n'), `${getAnswer(device.configuration())}errno=0\n\n`);
});

test('set changes the device; several operations share a connection', async (context) => {
  const { path, device } = await listening(context);
  const set = `set=1\nfwmark=9\npublic_key=${NEW_PEER}\nallowed_ip=10.9.0.0/16\n\n`;
  const answer = await converse(path, `${set}get=1\n\n`, 'set=1\n\n');
  assert.equal(answer, `errno=0\n\n${getAnswer(device.configuration())}errno=0\n\nerrno=0\n\n`);
  assert.match(answer, new RegExp(`\nfwmark=9\n.*public_key=${NEW_PEER}\n.*allowed_ip=10.9.0.0/16\nerrno`, 's'));
});

test('an operation is understood however its bytes are cut', async (context) => {
  const { path, device } = await listening(context);
  const socket = await connected(path);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  for (const byte of 'set=1\nfwmark=11\n\n') {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(answer, 'errno=0\n\n');
  assert.equal(device.configuration().fwmark, 11);
});

test('an operation that fails changes nothing, is read to its end, and the next one counts', async (context) => {
  const { path, device, refusals } = await listening(context);
  const before = getAnswer(device.configuration());
  const failing = `set=1\nfwmark=9\nreplace_peers=true\nlisten_port=99999\nnonsense\npublic_key=${NEW_PEER}\n\n`;
  const answer = await converse(path, failing, 'get=1\n\n');
  assert.equal(answer, `errno=-22\n\n${before}errno=0\n\n`);
  assert.match(refusals.join(), /listen_port="99999"/);
});

const ERRNO: ReadonlyArray<readonly [request: string, errno: number]> = [
  ['set=1\nfwmark\n\n', -71],
  ['set=1\nunknown=1\n\n', -22],
  ['set=1\njmin=9\njmax=3\njc=1\n\n', -22],
  ['set=1\nh1=7\nh2=5-9\n\n', -22],
  [`set=1\nheader_protection_key=${'11'.repeat(32)}\n\n`, -22],
  ['get=1\nfwmark=1\n\n', -22],
];

test('each kind of failure has the number of upstream', async (context) => {
  const { path, device } = await listening(context);
  const before = getAnswer(device.configuration());
  for (const [request, errno] of ERRNO) assert.equal(await converse(path, request), `errno=${errno}\n\n`, request);
  assert.equal(getAnswer(device.configuration()), before);
});

test('another first line closes the connection without a word', async (context) => {
  const { path } = await listening(context);
  for (const request of ['\n', 'get=2\n\n', 'GET / HTTP/1.1\n\n', 'set=1', 'set=1\r\n\r\n'])
    assert.equal(await converse(path, request), '', JSON.stringify(request));
});

test('the end of the stream ends an operation, but not within a line', async (context) => {
  const { path, device } = await listening(context);
  assert.equal(await converse(path, 'set=1\nfwmark=5\n'), 'errno=0\n\n');
  assert.equal(device.configuration().fwmark, 5);
  // It may have been 6, or 66.
  assert.equal(await converse(path, 'set=1\nfwmark=6'), 'errno=-71\n\n');
  assert.equal(await converse(path, 'get=1\n'), 'errno=-71\n\n');
  assert.equal(device.configuration().fwmark, 5);
});

test('a line as long as upstream reads is read, a longer one ends the conversation', async (context) => {
  const { path, device } = await listening(context);
  const text = `set=1\ni1=<b 0x${'ab'.repeat(5000)}>\n`;
  assert.equal(await converse(path, `${text}\n`), 'errno=0\n\n');
  const before = getAnswer(device.configuration());
  const oversized = `set=1\nfwmark=77\ni1=${'x'.repeat(MAX_LINE_BYTES)}\n\n`;
  assert.equal(await converse(path, oversized), 'errno=-5\n\n');
  assert.equal(getAnswer(device.configuration()), before);
});

test('a line break cannot be smuggled into a value', async (context) => {
  const { path, device } = await listening(context);
  for (const ending of ['\r', '\v', '\f', '\0', '\u0085', '\u2028'])
    assert.equal(await converse(path, `set=1\ni1=<r 1>${ending}[Peer]\n\n`), 'errno=-22\n\n');
  assert.equal(device.configuration().parameters.i1, undefined);
});

test('the socket belongs to its owner alone, and is gone when closed', async (context) => {
  const { path, server } = await listening(context);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const lingering = await connected(path);
  const gone = new Promise((resolve) => lingering.once('close', resolve));
  lingering.resume();
  await server.close();
  await gone;
  await server.close();
  assert.ok(!existsSync(path));
});

test('a socket that nobody answers is replaced, one in use is not', async (context) => {
  const { path, device, server } = await listening(context);
  const onRefusal = (): void => undefined;
  await assert.rejects(UapiServer.listen(path, device, { onRefusal }), { code: 'already-running' });
  assert.match(await converse(path, 'get=1\n\n'), /errno=0/);
  await server.close();
  await leaveBehind(path);
  const second = await UapiServer.listen(path, device, { onRefusal });
  assert.match(await converse(path, 'get=1\n\n'), /errno=0/);
  await second.close();
});

/** A socket file of a process that was killed: a server that moves its file away cannot unlink it. */
async function leaveBehind(path: string): Promise<void> {
  const abandoned = createServer();
  await new Promise<void>((resolve) => abandoned.listen(`${path}.tmp`, resolve));
  renameSync(`${path}.tmp`, path);
  await new Promise((resolve) => abandoned.close(resolve));
  assert.ok(existsSync(path));
}

test('clients that say nothing make room, and no more than a few are served at a time', async (context) => {
  const { path } = await listening(context, 100);
  const idle = await Promise.all(Array.from({ length: MAX_CLIENTS }, () => connected(path)));
  const closed = Promise.all(idle.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))));
  assert.equal(await converse(path, 'get=1\n\n').catch(() => ''), '');
  await closed;
  assert.match(await converse(path, 'get=1\n\n'), /errno=0/);
});

test('a client that never reads its answers is not served for ever', async (context) => {
  const { path } = await listening(context, 100);
  const socket = await connected(path);
  socket.pause();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('get=1\n\n'.repeat(20_000));
  // Its own end notices when it writes into the closed connection.
  const poke = setInterval(() => socket.write('get=1\n\n'), 50);
  await closed;
  clearInterval(poke);
  assert.match(await converse(path, 'get=1\n\n'), /errno=0/);
});
