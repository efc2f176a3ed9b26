import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { callControl } from './control-client.ts';
import type { ControlHandlers } from './control-server.ts';
import { ControlServer } from './control-server.ts';
import { LineReader } from './line-reader.ts';
import { MAX_REQUEST_BYTES } from './messages.ts';

function temporarySocket(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-control-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'wg0.sock');
}

async function listening(context: TestContext, handlers: Partial<ControlHandlers> = {}): Promise<string> {
  const path = temporarySocket(context);
  const server = await ControlServer.listen(path, {
    show: () => ({ name: 'wg0' }),
    stop: () => undefined,
    running: () => undefined,
    reload: () => undefined,
    status: () => undefined,
    ...handlers,
  });
  context.after(() => server.close());
  return path;
}

/** Everything the server says to these bytes until it closes the connection. */
function converse(path: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.end(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('answers show with the result of its handler and runs stop', async (context) => {
  let stopped = 0;
  const path = await listening(context, { stop: () => void stopped++ });
  assert.deepEqual(await callControl(path, 'show'), { name: 'wg0' });
  assert.equal(await callControl(path, 'stop'), null);
  assert.equal(stopped, 1);
});

test('the socket belongs to its owner alone', async (context) => {
  const path = await listening(context);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a handler that throws is reported to the caller', async (context) => {
  const path = await listening(context, {
    show: () => {
      throw new Error('not now');
    },
  });
  await assert.rejects(callControl(path, 'show'), { name: 'ControlError', code: 'refused', message: /not now/ });
});

test('answers several requests on one connection, and nonsense with an error', async (context) => {
  const path = await listening(context);
  const answers = (await converse(path, '{"method":"show"}\nnull\n{"method":"__proto__"}\n{"method":"show"}\n'))
    .trim()
    .split('\n');
  assert.deepEqual(
    answers.map((line) => (JSON.parse(line) as { ok: boolean }).ok),
    [true, false, false, true],
  );
});

test('answers that take their time come in order, and nothing is lost by a client that has said all', async (context) => {
  let release: () => void = () => undefined;
  const reload = (): Promise<string> => new Promise((resolve) => (release = () => resolve('done')));
  const path = await listening(context, { reload });
  const conversation = converse(path, '{"method":"reload"}\n{"method":"show"}\n');
  await sleep(50);
  release();
  assert.deepEqual((await conversation).trim().split('\n'), [
    '{"ok":true,"result":"done"}',
    '{"ok":true,"result":{"name":"wg0"}}',
  ]);
  const refused = await listening(context, { reload: () => Promise.reject(new Error('bad file')) });
  await assert.rejects(callControl(refused, 'reload'), { code: 'refused', message: /bad file/ });
});

test('cuts off a client whose request has no end', async (context) => {
  const path = await listening(context);
  assert.equal(await converse(path, 'x'.repeat(MAX_REQUEST_BYTES + 1)), '');
  assert.deepEqual(await callControl(path, 'show'), { name: 'wg0' });
});

test('nobody listening is told apart from other failures', async (context) => {
  await assert.rejects(callControl(temporarySocket(context), 'show'), { code: 'not-running' });
});

test('refuses to replace a socket that answers and replaces one that does not', async (context) => {
  const path = await listening(context);
  const handlers: ControlHandlers = {
    show: () => 1,
    running: () => undefined,
    stop: () => undefined,
    reload: () => undefined,
    status: () => undefined,
  };
  await assert.rejects(ControlServer.listen(path, handlers), { code: 'already-running' });

  const abandoned = temporarySocket(context);
  const server = createServer().listen(abandoned);
  // A second name survives the unlink at close, as the file of a killed process would.
  const { linkSync } = await import('node:fs');
  await new Promise((resolve) => server.once('listening', resolve));
  linkSync(abandoned, `${abandoned}.kept`);
  await new Promise((resolve) => server.close(resolve));
  const second = await ControlServer.listen(`${abandoned}.kept`, handlers);
  context.after(() => second.close());
  assert.equal(await callControl(`${abandoned}.kept`, 'show'), 1);
});

test('closing removes the file and cuts clients off', async (context) => {
  const path = temporarySocket(context);
  const server = await ControlServer.listen(path, {
    show: () => 1,
    running: () => undefined,
    stop: () => undefined,
    reload: () => undefined,
    status: () => undefined,
  });
  const lingering = connect(path);
  await new Promise((resolve) => lingering.once('connect', resolve));
  lingering.on('error', () => undefined);
  const gone = new Promise((resolve) => lingering.once('close', resolve));
  lingering.resume();
  await server.close();
  await server.close();
  await gone;
  assert.ok(!existsSync(path));
});

test('a path that no socket address holds is refused with advice', async () => {
  const path = `/tmp/${'x'.repeat(200)}/wg0.sock`;
  const handlers = { show: () => 1, running: () => 1, stop: () => 1, reload: () => 1, status: () => 1 };
  await assert.rejects(ControlServer.listen(path, handlers), {
    code: 'path-too-long',
    message: /AWG_VPN_RUNTIME_DIR/,
  });
});

test('lines are put together however they were cut', () => {
  const text = Buffer.from('first\n\nthird – ünïcode\nrest');
  for (let size = 1; size <= text.length; size++) {
    const lines: string[] = [];
    const reader = new LineReader(64, (line) => lines.push(line));
    for (let start = 0; start < text.length; start += size) assert.ok(reader.push(text.subarray(start, start + size)));
    assert.deepEqual(lines, ['first', '', 'third – ünïcode']);
  }
});
