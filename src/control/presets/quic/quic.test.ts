import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { asciiBytes } from '../../../protocol/bytes.ts';
import { parseSignature } from '../../../protocol/obfuscation/signature.ts';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import { createPreset } from '../preset.ts';
import { clientInitialKeys } from './initial-keys.ts';
import { initialDatagram } from './initial-packet.ts';
import { transportParameters } from './transport-parameters.ts';
import { varint } from './varint.ts';

/** RFC 9001, appendix A. */
const RFC_DESTINATION = Buffer.from('8394c8f03e515708', 'hex');
const RFC_CLIENT_HELLO = Buffer.from(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000041301130201' +
    '0000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504' +
    '616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce1' +
    '5d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001' +
    '003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e5157' +
    '0806048000ffff',
  'hex',
);

/** Reads bytes from the front, and fails where there are too few. */
class Reader {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  get left(): number {
    return this.#rest.length;
  }

  take(count: number): Uint8Array {
    assert.ok(count <= this.#rest.length, `${count} bytes wanted, ${this.#rest.length} left`);
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  number(bytes: number): number {
    return Buffer.from(this.take(bytes)).readUIntBE(0, bytes);
  }

  /** What follows its own length. */
  vector(lengthBytes: number): Reader {
    return new Reader(this.take(this.number(lengthBytes)));
  }

  varint(): number {
    const first = this.number(1);
    let value = first & 0x3f;
    for (let more = (1 << (first >> 6)) - 1; more > 0; more--) value = value * 256 + this.number(1);
    return value;
  }
}

interface OpenedInitial {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly packetNumber: number;
  readonly payload: Uint8Array;
}

/** What a server, or a filter on the path, does with a client's first datagram. Throws where the tag is wrong. */
function openInitial(datagram: Uint8Array): OpenedInitial {
  const reader = new Reader(datagram);
  assert.equal(reader.number(1) & 0xf0, 0xc0, 'a long header of an Initial packet');
  assert.equal(reader.number(4), 1, 'version 1');
  const destination = reader.take(reader.number(1));
  const source = reader.take(reader.number(1));
  assert.equal(reader.varint(), 0, 'no token');
  const length = reader.varint();
  assert.equal(length, reader.left, 'one packet fills the datagram');
  const offset = datagram.length - reader.left;
  const keys = expectedKeys(destination);
  const header = unmaskHeader(datagram, offset, keys.hp);
  const numberBytes = header.length - offset;
  const packetNumber = header.readUIntBE(offset, numberBytes);
  const nonce = Buffer.from(keys.iv);
  nonce.writeInt32BE(nonce.readInt32BE(8) ^ packetNumber, 8);
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce);
  decipher.setAAD(header);
  decipher.setAuthTag(datagram.subarray(-16));
  const payload = Buffer.concat([decipher.update(datagram.subarray(header.length, -16)), decipher.final()]);
  return { destination, source, packetNumber, payload };
}

function unmaskHeader(datagram: Uint8Array, offset: number, key: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const mask = cipher.update(datagram.subarray(offset + 4, offset + 20));
  const first = datagram[0] ^ (mask[0] & 0x0f);
  const header = Buffer.from(datagram.subarray(0, offset + (first & 3) + 1));
  header[0] = first;
  for (let i = offset; i < header.length; i++) header[i] ^= mask[1 + i - offset];
  return header;
}

/** Label by label as RFC 9001 writes the HkdfLabel structures out. */
function expectedKeys(destination: Uint8Array): { key: Buffer; iv: Buffer; hp: Buffer } {
  const step = (key: Uint8Array, infoHex: string): Buffer =>
    createHmac('sha256', key)
      .update(Buffer.from(`${infoHex}01`, 'hex'))
      .digest();
  const salt = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');
  const initial = createHmac('sha256', salt).update(destination).digest();
  const client = step(initial, '00200f746c73313320636c69656e7420696e00');
  return {
    key: step(client, '00100e746c7331332071756963206b657900').subarray(0, 16),
    iv: step(client, '000c0d746c733133207175696320697600').subarray(0, 12),
    hp: step(client, '00100d746c733133207175696320687000').subarray(0, 16),
  };
}

/** The bytes of the CRYPTO frame; the rest must be padding. */
function handshakeBytes(payload: Uint8Array): Uint8Array {
  const reader = new Reader(payload);
  assert.equal(reader.number(1), 6, 'a CRYPTO frame');
  assert.equal(reader.varint(), 0, 'from the start of the handshake');
  const data = reader.take(reader.varint());
  assert.ok(reader.take(reader.left).every((byte) => byte === 0));
  return data;
}

interface ReadClientHello {
  readonly sessionBytes: number;
  readonly extensions: ReadonlyMap<number, Uint8Array>;
}

function readClientHello(message: Uint8Array): ReadClientHello {
  const reader = new Reader(message);
  assert.equal(reader.number(1), 1);
  const body = reader.vector(3);
  assert.deepEqual([reader.left, body.number(2)], [0, 0x0303]);
  body.take(32);
  const sessionBytes = body.vector(1).left;
  assert.ok(body.vector(2).left >= 2);
  assert.deepEqual([...body.take(body.number(1))], [0]);
  const list = body.vector(2);
  assert.equal(body.left, 0);
  const extensions = new Map<number, Uint8Array>();
  while (list.left > 0) {
    const type = list.number(2);
    assert.ok(!extensions.has(type), `extension ${type} twice`);
    extensions.set(type, list.take(list.number(2)));
  }
  return { sessionBytes, extensions };
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

test('the keys of RFC 9001, appendix A.1', () => {
  const { key, iv, headerKey } = clientInitialKeys(RFC_DESTINATION);
  assert.deepEqual(
    [hex(key), hex(iv), hex(headerKey)],
    ['1f369613dd76d5467730efcbe3b1a22d', 'fa044b2f42a3fd3b46fb255c', '9f50449e04a0e810283a1e9933adedd2'],
  );
});

test('the client Initial of RFC 9001, appendix A.2', () => {
  const fields = { destination: RFC_DESTINATION, source: new Uint8Array(0), packetNumber: 2 };
  const datagram = initialDatagram({ ...fields, clientHello: RFC_CLIENT_HELLO });
  assert.equal(datagram.length, 1200);
  assert.equal(hex(datagram.subarray(0, 22)), 'c000000001088394c8f03e5157080000449e7b9aec34');
  assert.equal(hex(datagram.subarray(22, 38)), 'd1b1c98dd7689fb8ec11d242b123dc9b');
  assert.equal(hex(datagram.subarray(-16)), 'e221af44860018ab0856972e194cd934');
  const opened = openInitial(datagram);
  assert.equal(opened.packetNumber, 2);
  assert.deepEqual(Buffer.from(handshakeBytes(opened.payload)), RFC_CLIENT_HELLO);
});

test('a ClientHello that needs more room gets a larger datagram', () => {
  const fields = { destination: RFC_DESTINATION, source: new Uint8Array(0), packetNumber: 0 };
  const datagram = initialDatagram({ ...fields, clientHello: new Uint8Array(1180) });
  assert.ok(datagram.length > 1200);
  assert.equal(handshakeBytes(openInitial(datagram).payload).length, 1180);
});

test('varints of RFC 9000, appendix A.1', () => {
  const values: ReadonlyArray<readonly [number, string]> = [
    [37, '25'],
    [63, '3f'],
    [64, '4040'],
    [15293, '7bbd'],
    [16384, '80004000'],
    [494878333, '9d7f3e7d'],
  ];
  for (const [value, text] of values) {
    assert.equal(hex(varint(value)), text);
    assert.equal(new Reader(varint(value)).varint(), value);
  }
});

test('transport parameters: each once, and the connection ID of the packet', () => {
  const source = Uint8Array.of(7, 8, 9);
  const reader = new Reader(transportParameters(source));
  const found = new Map<number, string>();
  while (reader.left > 0) {
    const identifier = reader.varint();
    assert.ok(!found.has(identifier));
    found.set(identifier, hex(reader.take(reader.varint())));
  }
  assert.equal(found.get(0x0f), '070809');
  assert.equal(found.get(0x01), '80007530');
});

test('I1 of a preset opens, with a ClientHello for the host that a server would take', () => {
  for (let seed = 0; seed < 20; seed++) {
    const request = { like: 'quic', generation: '2.0', host: 'video.example.net' } as const;
    const { parameters } = createPreset(request, new SeededRandom(seed));
    assert.match(parameters.i1 ?? '', /^<b 0x[0-9a-f]{2400}>$/);
    const datagram = parseSignature(parameters.i1 ?? '')?.build(new SeededRandom(0), 0 as never, 0);
    const { destination, source, payload } = openInitial(datagram ?? new Uint8Array(0));
    assert.ok(destination.length >= 8, 'RFC 9000, section 7.2');
    const { sessionBytes, extensions } = readClientHello(handshakeBytes(payload));
    assert.equal(sessionBytes, 0, 'RFC 9001, section 8.4');
    const name = asciiBytes('video.example.net');
    assert.equal(hex(extensions.get(0)), `0014000011${hex(name)}`);
    assert.equal(hex(extensions.get(16)), '0003026833');
    assert.equal(hex(extensions.get(43)), '020304');
    assert.equal(extensions.get(51)?.length, 38);
    assert.equal(hex(extensions.get(57)), hex(transportParameters(source)));
    for (const required of [10, 13, 45]) assert.ok(extensions.has(required));
  }
});

test('two presets share neither connection ID nor ClientHello nor the order of extensions', () => {
  const i1 = [1, 2].map((seed) => {
    const preset = createPreset({ like: 'quic', generation: '3.1', host: 'a.example' }, new SeededRandom(seed));
    return Buffer.from((preset.parameters.i1 ?? '').slice(5, -1), 'hex');
  });
  const [first, second] = i1.map(openInitial);
  assert.notDeepEqual(first?.destination, second?.destination);
  const orders = [first, second].map((each) => [
    ...readClientHello(handshakeBytes(each?.payload ?? new Uint8Array(0))).extensions.keys(),
  ]);
  assert.notDeepEqual(orders[0], orders[1]);
});
