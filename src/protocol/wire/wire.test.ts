import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../bytes.ts';
import * as sizes from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import type { CookieReply } from './cookie-reply.ts';
import { COOKIE_REPLY, encodeCookieReply, parseCookieReply } from './cookie-reply.ts';
import type { Initiation } from './initiation.ts';
import { encodeInitiation, INITIATION, parseInitiation } from './initiation.ts';
import { mac1Input, mac1Of, mac2Input, mac2Of } from './macs.ts';
import type { Response } from './response.ts';
import { encodeResponse, parseResponse, RESPONSE } from './response.ts';
import type { Transport } from './transport.ts';
import { encodeTransport, parseTransport, TRANSPORT } from './transport.ts';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const index = uint32.map((value) => value as ReceiverIndex);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const run = (value: number, length: number) => new Uint8Array(length).fill(value);
const hexRun = (value: string, length: number) => value.repeat(length);

/** A record whose prototype is that of any other object, for `deepEqual`. */
const plain = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

const initiation: fc.Arbitrary<Initiation> = plain({
  type: uint32,
  sender: index,
  ephemeral: bytes(32),
  encryptedStatic: bytes(48),
  encryptedTimestamp: bytes(28),
});

const response: fc.Arbitrary<Response> = plain({
  type: uint32,
  sender: index,
  receiver: index,
  ephemeral: bytes(32),
  encryptedNothing: bytes(16),
});

const cookieReply: fc.Arbitrary<CookieReply> = plain({
  type: uint32,
  receiver: index,
  nonce: bytes(24),
  encryptedCookie: bytes(32),
});

const transport: fc.Arbitrary<Transport> = plain({
  type: uint32,
  receiver: index,
  counter: plain({ high: uint32, low: uint32 }),
  encryptedPacket: fc.uint8Array({ minLength: 16, maxLength: 1500 }),
});

test('every record survives encoding and parsing', () => {
  fc.assert(fc.property(initiation, (record) => assert.deepEqual(parseInitiation(encodeInitiation(record)), record)));
  fc.assert(fc.property(response, (record) => assert.deepEqual(parseResponse(encodeResponse(record)), record)));
  fc.assert(
    fc.property(cookieReply, (record) => assert.deepEqual(parseCookieReply(encodeCookieReply(record)), record)),
  );
  fc.assert(fc.property(transport, (record) => assert.deepEqual(parseTransport(encodeTransport(record)), record)));
});

test('any length but the right one is refused', () => {
  const accepted = (parse: (message: Uint8Array) => unknown) =>
    Array.from({ length: 300 }, (_, length) => length).filter((length) => parse(new Uint8Array(length)) !== undefined);
  assert.deepEqual(accepted(parseInitiation), [sizes.INITIATION_BYTES]);
  assert.deepEqual(accepted(parseResponse), [sizes.RESPONSE_BYTES]);
  assert.deepEqual(accepted(parseCookieReply), [sizes.COOKIE_REPLY_BYTES]);
  assert.equal(accepted(parseTransport)[0], sizes.TRANSPORT_MINIMUM_BYTES);
  assert.equal(accepted(parseTransport).length, 300 - sizes.TRANSPORT_MINIMUM_BYTES);
});

test('an initiation is laid out as in paper 5.4.2', () => {
  const message = encodeInitiation({
    type: 0x11223344,
    sender: 0x55667788 as ReceiverIndex,
    ephemeral: run(0xa1, 32),
    encryptedStatic: run(0xb2, 48),
    encryptedTimestamp: run(0xc3, 28),
  });
  assert.equal(
    toHex(message),
    `4433221188776655${hexRun('a1', 32)}${hexRun('b2', 48)}${hexRun('c3', 28)}${hexRun('00', 32)}`,
  );
  assert.deepEqual(Object.values(INITIATION), [0, 4, 8, 40, 88, 116, 132]);
});

test('a response is laid out as in paper 5.4.3', () => {
  const message = encodeResponse({
    type: 0x11223344,
    sender: 0x55667788 as ReceiverIndex,
    receiver: 0x99aabbcc as ReceiverIndex,
    ephemeral: run(0xa1, 32),
    encryptedNothing: run(0xb2, 16),
  });
  assert.equal(toHex(message), `4433221188776655ccbbaa99${hexRun('a1', 32)}${hexRun('b2', 16)}${hexRun('00', 32)}`);
  assert.deepEqual(Object.values(RESPONSE), [0, 4, 8, 12, 44, 60, 76]);
});

test('a cookie reply is laid out as in paper 5.4.7', () => {
  const message = encodeCookieReply({
    type: 0x11223344,
    receiver: 0x55667788 as ReceiverIndex,
    nonce: run(0xa1, 24),
    encryptedCookie: run(0xb2, 32),
  });
  assert.equal(toHex(message), `4433221188776655${hexRun('a1', 24)}${hexRun('b2', 32)}`);
  assert.deepEqual(Object.values(COOKIE_REPLY), [0, 4, 8, 32]);
});

test('a transport message is laid out as in paper 5.4.6', () => {
  const message = encodeTransport({
    type: 0x11223344,
    receiver: 0x55667788 as ReceiverIndex,
    counter: { high: 0x01020304, low: 0x05060708 },
    encryptedPacket: run(0xa1, 16),
  });
  assert.equal(toHex(message), `44332211887766550807060504030201${hexRun('a1', 16)}`);
  assert.deepEqual(Object.values(TRANSPORT), [0, 4, 8, 12, 16]);
});

test('parsed fields are windows: no copy, nothing outside the message', () => {
  const message = new Uint8Array(sizes.INITIATION_BYTES);
  const parsed = parseInitiation(message);
  message.fill(7);
  assert.ok(parsed !== undefined);
  assert.ok(parsed.ephemeral.every((byte) => byte === 7));
  assert.equal(parsed.encryptedTimestamp.length, 28);
});

test('mac1 and mac2 are the last 32 bytes, of both handshake messages', () => {
  for (const [length, offsets] of [
    [sizes.INITIATION_BYTES, INITIATION],
    [sizes.RESPONSE_BYTES, RESPONSE],
  ] as const) {
    const message = Uint8Array.from({ length }, (_, i) => i);
    assert.deepEqual(mac1Of(message), message.subarray(offsets.mac1, offsets.mac2));
    assert.deepEqual(mac2Of(message), message.subarray(offsets.mac2));
    assert.deepEqual(mac1Input(message), message.subarray(0, offsets.mac1));
    assert.deepEqual(mac2Input(message), message.subarray(0, offsets.mac2));
  }
});
