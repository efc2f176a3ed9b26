import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { WireLog } from './wire-log.ts';

/** A datagram of `size` bytes whose type, after `prefix` bytes, is `type`. */
function datagram(size: number, prefix: number, type: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0xee);
  new DataView(bytes.buffer).setUint32(prefix, type, true);
  return bytes;
}

const header = (value: number) => ({ low: value, high: value + 9 });
const { profile } = buildProfile({
  s1: 20,
  s2: 30,
  s3: 40,
  s4: 10,
  h1: header(1000),
  h2: header(2000),
  h3: header(3000),
  h4: header(4000),
});

test('datagrams are told apart with the knowledge of the profile', () => {
  const log = new WireLog(profile);
  log.add(new Uint8Array(77).fill(7), 0);
  log.add(datagram(168, 20, 1004), 5);
  log.add(datagram(122, 30, 2009), 8.5);
  log.add(datagram(42, 10, 4000), 9);
  log.add(datagram(138, 10, 4001), 10);
  log.add(datagram(1450, 10, 4002), 11);
  log.add(datagram(1400, 10, 4002), 11);
  const rows = log
    .lines()
    .slice(1)
    .map((line) => line.trim().split(/\s{2,}/));
  assert.deepEqual(rows, [
    ['signature and junk', '1', '77', '07 07 07 07 07 07 07 07', 'no match'],
    ['initiation', '1', '168', 'ee ee ee ee ee ee ee ee', 'no match'],
    ['response', '1', '122', 'ee ee ee ee ee ee ee ee', 'no match'],
    ['keepalive', '1', '42', 'ee ee ee ee ee ee ee ee', 'no match'],
    ['data, small', '1', '138', 'ee ee ee ee ee ee ee ee', 'no match'],
    ['data, large', '2', '1400-1450', 'ee ee ee ee ee ee ee ee', 'no match'],
  ]);
  assert.equal(log.handshakeMilliseconds, 3.5);
  assert.deepEqual([log.count, log.matched], [7, 0]);
});

test('plain WireGuard is what the rule matches', () => {
  const log = new WireLog(buildProfile({}).profile);
  log.add(datagram(148, 0, 1), 0);
  log.add(datagram(92, 0, 2), 1);
  log.add(datagram(32, 0, 4), 2);
  log.add(new Uint8Array(50), 3);
  assert.deepEqual([log.count, log.matched], [4, 3]);
  assert.match(log.lines()[1] ?? '', /initiation +1 +148 +01 00 00 00 ee ee ee ee +1 matched/);
});

test('without a response there is no handshake time', () => {
  const log = new WireLog(profile);
  log.add(datagram(168, 20, 1000), 5);
  assert.equal(log.handshakeMilliseconds, undefined);
});
