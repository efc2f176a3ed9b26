import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../../../protocol/address-text.ts';
import { ConnectionLimits } from './connection-limits.ts';

function limits(): { enter: (text: string) => boolean; leave: (text: string) => void } {
  const made = new ConnectionLimits({ connections: 5, connectionsPerSource: 2, connectionsFromLoopback: 4 });
  const address = (text: string): Uint8Array => parseAddress(text) ?? assert.fail(text);
  return { enter: (text) => made.enter(address(text)), leave: (text) => made.leave(address(text)) };
}

test('a source is an IPv4 address, or an IPv6 network of 64 bits', () => {
  const { enter } = limits();
  assert.deepEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map(enter), [true, true, false, true]);
  assert.deepEqual(['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map(enter), [true, true, false]);
});

test('one /64 does not get more than its share', () => {
  const { enter } = limits();
  const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'];
  assert.deepEqual(addresses.map(enter), [true, true, false, true]);
});

test('who leaves makes room', () => {
  const { enter, leave } = limits();
  assert.deepEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1'].map(enter), [true, true, false]);
  leave('192.0.2.1');
  assert.deepEqual(['192.0.2.1', '192.0.2.1'].map(enter), [true, false]);
});

test('who has less than his share lacks nothing but room', () => {
  const made = new ConnectionLimits({ connections: 2, connectionsPerSource: 2, connectionsFromLoopback: 2 });
  const [first, second] = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)];
  assert.ok(made.enter(first) && !made.lacksRoomOnly(first) && made.enter(first));
  assert.deepEqual([made.lacksRoomOnly(first), made.lacksRoomOnly(second)], [false, true]);
});

test('the loopback has a limit of its own, in either family', () => {
  const { enter } = limits();
  assert.deepEqual(['127.0.0.1', '127.9.9.9', '::1', '::1', '127.0.0.1', '192.0.2.1', '192.0.2.2'].map(enter), [
    true,
    true,
    true,
    true,
    false,
    true,
    false,
  ]);
});
