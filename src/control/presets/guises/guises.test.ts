import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSignature } from '../../../protocol/obfuscation/signature.ts';
import type { WallTime } from '../../../protocol/time.ts';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Guise, GuiseTexts } from './guise.ts';
import { SignatureText } from './signature-text.ts';
import { GUISES } from './table.ts';

const HOST = 'phone.example.org';

function dress(guise: Guise, seed = 1, freeze = false): GuiseTexts {
  const random = new SeededRandom(seed);
  return guise.dress({ host: HOST, random, newText: () => new SignatureText(freeze ? random : undefined) });
}

/** One datagram of the packet that `text` describes. */
function datagram(text: string, seed = 1): Buffer {
  return Buffer.from(
    parseSignature(text)?.build(new SeededRandom(seed), 0 as WallTime, 0) ?? assert.fail(`no packet: ${text}`),
  );
}

interface DnsQuery {
  readonly id: number;
  readonly name: string;
  readonly type: number;
}

/** RFC 1035, section 4.1, for a message of one question; fails at whatever is not that. */
function readDnsQuery(message: Buffer): DnsQuery {
  assert.equal(message.readUInt16BE(2), 0x0100, 'a standard query that asks for recursion');
  assert.deepEqual(
    [4, 6, 8, 10].map((offset) => message.readUInt16BE(offset)),
    [1, 0, 0, 0],
  );
  const labels: string[] = [];
  let offset = 12;
  for (let length = message.readUInt8(offset++); length > 0; length = message.readUInt8(offset++)) {
    assert.ok(length <= 63);
    labels.push(message.toString('latin1', offset, offset + length));
    offset += length;
  }
  assert.equal(message.readUInt16BE(offset + 2), 1, 'class IN');
  assert.equal(message.length, offset + 4);
  return { id: message.readUInt16BE(0), name: labels.join('.'), type: message.readUInt16BE(offset) };
}

interface SipRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** RFC 3261, section 7; fails at whatever is not a request without a body. */
function readSipRequest(message: Buffer): SipRequest {
  const text = message.toString('latin1');
  assert.ok(text.endsWith('\r\n\r\n') && text.indexOf('\r\n\r\n') === text.length - 4);
  const [start = '', ...lines] = text.slice(0, -4).split('\r\n');
  const [, method = '', uri = ''] = /^([A-Z]+) (sip:[^ ]+) SIP\/2\.0$/.exec(start) ?? assert.fail(start);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z-]+): ([\x20-\x7e]+)$/.exec(line) ?? assert.fail(line);
    assert.ok(!headers.has(name), `${name} twice`);
    headers.set(name, value);
  }
  return { method, uri, headers };
}

/** RFC 3261, sections 8.1.1 and 20. */
const SIP_FORMS: Readonly<Record<string, RegExp>> = {
  Via: /^SIP\/2\.0\/UDP 192\.168\.\d+\.\d+:5060;rport;branch=z9hG4bK[a-zA-Z]{12}$/,
  'Max-Forwards': /^70$/,
  From: /^<sip:\d+@phone\.example\.org>;tag=[a-zA-Z]{8}$/,
  To: /^<sip:[^>]*phone\.example\.org>$/,
  'Call-ID': /^[a-zA-Z]{16}@192\.168\.\d+\.\d+$/,
  CSeq: /^1\d{3} [A-Z]+$/,
  Contact: /^<sip:\d+@192\.168\.\d+\.\d+:5060>$/,
  'Content-Length': /^0$/,
};

test('DNS asks for both kinds of address, with an identifier of its own each time', () => {
  const { opening, continuation } = dress(GUISES.dns);
  const queries = [...opening, ...continuation].map((text) => readDnsQuery(datagram(text)));
  assert.deepEqual(
    queries.map(({ type }) => type),
    [1, 28, 1],
  );
  assert.ok(queries.every(({ name }) => name === HOST));
  const [text = ''] = opening;
  assert.notEqual(readDnsQuery(datagram(text, 1)).id, readDnsQuery(datagram(text, 2)).id);
});

for (const freeze of [false, true]) {
  test(`SIP requests have what RFC 3261 requires${freeze ? ', without tags for characters too' : ''}`, () => {
    const { opening, continuation } = dress(GUISES.sip, 1, freeze);
    const requests = [...opening, ...continuation].map((text) => readSipRequest(datagram(text)));
    assert.deepEqual(
      requests.map(({ method }) => method),
      ['REGISTER', 'OPTIONS', 'OPTIONS'],
    );
    for (const { method, uri, headers } of requests) {
      assert.equal(uri, `sip:${HOST}`);
      for (const [name, form] of Object.entries(SIP_FORMS)) assert.match(headers.get(name) ?? '', form, name);
      assert.ok(headers.get('CSeq')?.endsWith(` ${method}`));
    }
    const [register, options] = requests;
    assert.equal(register?.headers.get('Contact'), options?.headers.get('Contact'), 'one telephone');
    const userOf = (header: string): string | undefined => /sip:\d+@/.exec(register?.headers.get(header) ?? '')?.[0];
    assert.equal(userOf('To'), userOf('From'), 'it registers itself');
  });
}

test('each SIP request is a new transaction', () => {
  const [text = ''] = dress(GUISES.sip).opening;
  const [first, second] = [1, 2].map((seed) => readSipRequest(datagram(text, seed)).headers);
  for (const name of ['Via', 'From', 'Call-ID']) assert.notEqual(first?.get(name), second?.get(name), name);
  assert.equal(first?.get('Contact'), second?.get('Contact'));
});

test('without tags for characters a text has bytes only, and differs from profile to profile', () => {
  const [first, second] = [1, 2].map((seed) => dress(GUISES.sip, seed, true).opening[0]);
  assert.match(first ?? '', /^<b 0x[0-9a-f]+>$/);
  assert.notEqual(first, second);
});

test('what follows a QUIC Initial has a short header and the fixed bit', () => {
  const { continuation } = dress(GUISES.quic);
  const [first, second] = [1, 2].map((seed) => datagram(continuation[0] ?? '', seed));
  assert.equal((first?.[0] ?? 0) & 0xc0, 0x40);
  assert.deepEqual(first?.subarray(1, 9), second?.subarray(1, 9), 'one connection');
  assert.notDeepEqual(first, second);
});

test('random datagrams have sizes of their own', () => {
  const sizes = [1, 2, 3].flatMap((seed) => dress(GUISES.random, seed).opening.map((text) => datagram(text).length));
  assert.ok(new Set(sizes).size > 3);
});

test('texts: bytes that touch make one tag, tags stand as they were asked for', () => {
  const text = new SignatureText().ascii('ab').bytes(Uint8Array.of(0)).letters(3).digits(2).randomBytes(4).ascii('c');
  assert.equal(text.toString(), '<b 0x616200><rc 3><rd 2><r 4><b 0x63>');
  assert.equal(new SignatureText().toString(), '');
});
