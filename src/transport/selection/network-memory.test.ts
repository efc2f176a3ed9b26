import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkMemory } from './network-memory.ts';

test('remembers for each network and peer, and says what is news', () => {
  const memory = new NetworkMemory();
  assert.equal(memory.recall('home', 'a'), undefined);
  assert.ok(memory.remember('home', 'a', 'udp'));
  assert.ok(!memory.remember('home', 'a', 'udp'));
  assert.ok(memory.remember('home', 'a', 'tls'));
  assert.ok(memory.remember('office', 'a', 'tcp'));
  assert.deepEqual(
    [memory.recall('home', 'a'), memory.recall('office', 'a'), memory.recall('home', 'b')],
    ['tls', 'tcp', undefined],
  );
});

test('survives as JSON', () => {
  const memory = new NetworkMemory();
  memory.remember('home', 'a', 'tls');
  memory.remember('home', 'b', 'websocket');
  memory.remember('__proto__', 'constructor', 'udp');
  const copy = NetworkMemory.fromJson(JSON.parse(JSON.stringify(memory.toJson())));
  assert.equal(copy.recall('home', 'a'), 'tls');
  assert.equal(copy.recall('home', 'b'), 'websocket');
  assert.equal(copy.recall('__proto__', 'constructor'), 'udp');
});

test('what is no memory is none, and what is half a memory is half of it', () => {
  for (const value of [null, 7, 'x', [], { home: 'udp' }, { home: { a: 'carrier pigeon' } }]) {
    assert.deepEqual(NetworkMemory.fromJson(value).toJson(), {}, JSON.stringify(value));
  }
  const half = NetworkMemory.fromJson({ home: { a: 'udp', b: 3 }, office: null });
  assert.deepEqual(half.toJson(), { home: { a: 'udp' } });
});

test('forgets what was used longest ago', () => {
  const memory = new NetworkMemory();
  for (let number = 0; number < 64; number++) memory.remember(`network ${number}`, 'a', 'udp');
  memory.remember('network 0', 'a', 'udp');
  memory.remember('another', 'a', 'tcp');
  assert.equal(Object.keys(memory.toJson()).length, 64);
  assert.equal(memory.recall('network 0', 'a'), 'udp');
  assert.equal(memory.recall('network 1', 'a'), undefined);
  for (let number = 0; number < 100; number++) memory.remember('home', `peer ${number}`, 'udp');
  assert.equal(Object.keys(memory.toJson().home ?? {}).length, 64);
});
