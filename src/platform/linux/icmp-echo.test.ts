import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEchoAnswer, decodeEchoReply, encodeEchoRequest, internetChecksum } from './icmp-echo.ts';

test('the checksum is the example of RFC 1071, section 3', () => {
  assert.equal(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0x220d);
});

test('an IPv4 request sums to zero with its checksum', () => {
  const request = encodeEchoRequest(4, { identifier: 0x1234, sequence: 7 }, 5);
  assert.equal(request.length, 13);
  assert.equal(request[0], 8);
  assert.equal(internetChecksum(request), 0);
});

test('a reply is recognised behind an IP header with options, and nothing else is', () => {
  const mark = { identifier: 0xabcd, sequence: 65535 };
  const reply = encodeEchoRequest(4, mark, 8);
  reply[0] = 0;
  const packet = new Uint8Array(24 + reply.length);
  packet[0] = 0x46;
  packet.set(reply, 24);
  assert.deepEqual(decodeEchoReply(4, packet), mark);
  packet[24] = 8;
  assert.equal(decodeEchoReply(4, packet), undefined);
  assert.equal(decodeEchoReply(4, packet.subarray(0, 28)), undefined);
  assert.equal(decodeEchoReply(4, new Uint8Array()), undefined);
});

test('IPv6 replies come without an IP header', () => {
  const reply = encodeEchoRequest(6, { identifier: 1, sequence: 2 }, 0);
  assert.equal(decodeEchoReply(6, reply), undefined);
  reply[0] = 129;
  assert.deepEqual(decodeEchoReply(6, reply), { identifier: 1, sequence: 2 });
});

const HEADERS = { 4: Uint8Array.of(0x45, ...new Uint8Array(19)), 6: Uint8Array.of(0x60, ...new Uint8Array(39)) };

for (const family of [4, 6] as const) {
  const [reply, unreachable, exceeded, redirect] = family === 4 ? [0, 3, 11, 5] : [129, 1, 3, 137];
  const mark = { identifier: 0x4157, sequence: 9 };
  const request = encodeEchoRequest(family, mark, 8);
  const message = (type: number, rest: Uint8Array): Uint8Array =>
    Uint8Array.of(...HEADERS[family], type, ...new Uint8Array(7), ...rest);

  test(`IPv${family}: a reply answers a request, and so does an error that quotes it`, () => {
    const direct = Uint8Array.of(...HEADERS[family], reply, ...request.subarray(1));
    assert.deepEqual(decodeEchoAnswer(family, direct), mark);
    const quote = Uint8Array.of(...HEADERS[family], ...request);
    for (const type of [unreachable, exceeded]) assert.deepEqual(decodeEchoAnswer(family, message(type, quote)), mark);
    assert.equal(decodeEchoAnswer(family, message(redirect, quote)), undefined);
  });

  test(`IPv${family}: requests, and errors about something else or cut short, answer nothing`, () => {
    assert.equal(decodeEchoAnswer(family, Uint8Array.of(...HEADERS[family], ...request)), undefined);
    const about = Uint8Array.of(...HEADERS[family], 200, ...request.subarray(1));
    assert.equal(decodeEchoAnswer(family, message(exceeded, about)), undefined);
    const whole = message(exceeded, Uint8Array.of(...HEADERS[family], ...request.subarray(0, 8)));
    for (let length = 0; length < whole.length; length++) {
      assert.equal(decodeEchoAnswer(family, whole.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.deepEqual(decodeEchoAnswer(family, whole), mark);
  });
}
