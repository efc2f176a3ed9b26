import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint } from '../testing/addresses.ts';
import { DROP } from './drop-reason.ts';
import type { PeerId } from './engine-port.ts';
import { Outbox } from './outbox.ts';

const WHERE = endpoint('192.0.2.1', 1);
const PEER = 1 as PeerId;

test('commands come out once and in order', () => {
  const outbox = new Outbox();
  outbox.command({ kind: 'drop-staged', peer: PEER });
  outbox.transmit(WHERE, [new Uint8Array(1)], PEER);
  outbox.command({ kind: 'send-keepalive', peer: PEER });
  assert.deepEqual(
    outbox.takeCommands().map(({ kind }) => kind),
    ['drop-staged', 'transmit', 'send-keepalive'],
  );
  assert.deepEqual(outbox.takeCommands(), []);
});

test('waiting datagrams are bounded in number and bytes, other commands are never lost', () => {
  for (const [size, room] of [
    [64, 4_096],
    [1 << 20, 16],
  ] as const) {
    const outbox = new Outbox();
    for (let i = 0; i < 5_000; i++) outbox.transmit(WHERE, [new Uint8Array(0), new Uint8Array(size)]);
    outbox.command({ kind: 'drop-staged', peer: PEER });
    assert.equal(outbox.drops[DROP['send-buffer-full']], 5_000 - room);
    assert.equal(outbox.takeCommands().length, room + 1);
    outbox.transmit(WHERE, [new Uint8Array(size)]);
    assert.equal(outbox.takeCommands().length, 1, 'there is room again');
  }
});

test('of events nobody reads the latest are kept, and drops are counted all the same', () => {
  const outbox = new Outbox();
  for (let i = 0; i < 2_000; i++) outbox.drop('bad-mac1', { ...WHERE, port: i });
  const events = outbox.takeEvents();
  assert.equal(events.length, 1_024);
  assert.deepEqual(events.at(-1), { kind: 'dropped', reason: 'bad-mac1', from: { ...WHERE, port: 1_999 } });
  assert.equal(outbox.drops[DROP['bad-mac1']], 2_000);
});
