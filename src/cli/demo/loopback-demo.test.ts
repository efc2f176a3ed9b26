import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UndoStack } from '../../device/undo-stack.ts';
import { demoConsole } from './demo-console.ts';
import { runLoopback } from './loopback-demo.ts';

test('without privileges, pings and TCP cross a tunnel in this process and nothing looks like WireGuard', async () => {
  let output = '';
  const undo = new UndoStack();
  const console = demoConsole((text) => (output += text), false);
  await runLoopback({ console, seconds: 3, undo, signal: new AbortController().signal, reason: 'this is a test' });
  assert.deepEqual(await undo.unwind(), []);
  assert.match(output, /this is a test/);
  assert.match(output, /ping 10\.77\.0\.2 +10 of 10 answered/);
  assert.match(output, /ping fd77::1 +10 of 10 answered/);
  assert.match(output, /handshake +\d+\.\d ms/);
  assert.match(output, /TCP right to left, IPv6 +\d+ Mbit/);
  assert.match(output, /It matches 0 of the \d{3,} datagrams/);
});
