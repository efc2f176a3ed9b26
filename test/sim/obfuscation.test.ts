import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { equalBytes, readUint32 } from '../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import { mac1Input, mac1Of } from '../../src/protocol/wire/macs.ts';
import { Pair } from './pair.ts';

const { profile } = buildProfile({
  jc: 4,
  jmin: 10,
  jmax: 50,
  s1: 15,
  s2: 18,
  s3: 20,
  s4: 25,
  h1: { low: 123_456, high: 123_500 },
  h2: { low: 67_543, high: 67_550 },
  h3: { low: 123_123, high: 123_200 },
  h4: { low: 32_345, high: 32_350 },
  i1: '<b 0xc0ffee><r 5>',
  i3: '<b 0xfeed>',
});

const datagrams = (pair: Pair, who: 'alice' | 'bob'): Uint8Array[] =>
  pair[who].sent.map(({ content }) => content).filter((content) => content instanceof Uint8Array);

test('an initiation follows the signature packets in order and the junk, each time', () => {
  const pair = new Pair({ profile });
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(6_000);
  const sent = datagrams(pair, 'alice');
  assert.equal(sent.length, 2 * 7);
  for (const train of [sent.slice(0, 7), sent.slice(7)]) {
    const [i1, i3, ...rest] = train as [Uint8Array, Uint8Array, ...Uint8Array[]];
    assert.deepEqual([i1.subarray(0, 3), i1.length], [Uint8Array.of(0xc0, 0xff, 0xee), 8]);
    assert.deepEqual(i3, Uint8Array.of(0xfe, 0xed));
    assert.ok(rest.slice(0, 4).every(({ length }) => length >= 10 && length <= 50));
    assert.equal(rest[4]?.length, 15 + 148);
  }
});

test('the magic header goes in before mac1, the prefix after it', () => {
  const pair = new Pair({ profile });
  pair.alice.send(pair.bobId, 'x');
  pair.advance(1_000);
  const check = (datagram: Uint8Array, prefix: number, low: number, high: number, publicKey: Uint8Array): void => {
    const message = datagram.subarray(prefix);
    const type = readUint32(message, 0);
    assert.ok(type >= low && type <= high, `${type}`);
    const crypto = nodeCrypto();
    assert.ok(equalBytes(crypto.mac(mac1KeyOf(crypto, publicKey), mac1Input(message)), mac1Of(message)));
  };
  check(datagrams(pair, 'alice').at(-1) as Uint8Array, 15, 123_456, 123_500, pair.bob.tunnel.publicKey);
  check(datagrams(pair, 'bob')[0], 18, 67_543, 67_550, pair.alice.tunnel.publicKey);
});

test('a responder sends neither signature packets nor junk, nor does a cookie reply bring any', () => {
  const pair = new Pair({ profile });
  pair.bob.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'x');
  pair.advance(6_000);
  const sizes = datagrams(pair, 'bob').map(({ length }) => length);
  assert.deepEqual(sizes, [20 + 64, 18 + 92]);
  const type = readUint32(datagrams(pair, 'bob')[0], 20);
  assert.ok(type >= 123_123 && type <= 123_200);
  assert.deepEqual(pair.bob.delivered, ['x']);
});

test('headers are drawn anew for each message, over the whole range', () => {
  const wide = buildProfile({ h1: { low: 5, high: 0x7fff_ffff } }).profile;
  const pair = new Pair({ profile: wide });
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(200_000);
  const types = new Set(datagrams(pair, 'alice').map((datagram) => readUint32(datagram, 0)));
  assert.equal(types.size, 20);
});

test('a changed profile is used from the next message on', () => {
  const pair = new Pair();
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.alice.tunnel.setProfile(profile);
  pair.advance(6_000);
  assert.deepEqual([datagrams(pair, 'alice')[0]?.length, datagrams(pair, 'alice').at(-1)?.length], [148, 15 + 148]);
});
