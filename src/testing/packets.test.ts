import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checksum, sumWords } from './checksum.ts';
import { echoPacket, isIntact, parsePacket, tcpPacket, udpPacket } from './packets.ts';

const v4 = { source: '10.0.0.1', destination: '10.0.0.2' };
const v6 = { source: 'fd00::1', destination: 'fd00::2' };
const payload = Uint8Array.from({ length: 101 }, (_, i) => i * 7);

describe('checksum', () => {
  test('agrees with the example of RFC 1071 section 3', () => {
    assert.equal(sumWords(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0xddf2);
  });

  test('agrees with a well-known IPv4 header', () => {
    const header = Buffer.from('450000730000400040110000c0a80001c0a800c7', 'hex');
    assert.equal(checksum(header), 0xb861);
  });

  test('pads an odd end with a zero byte', () => {
    assert.equal(sumWords(Uint8Array.of(0x12)), 0x1200);
  });
});

for (const flow of [v4, v6]) {
  describe(`packets from ${flow.source}`, () => {
    const packets = {
      echo: echoPacket({ ...flow, payload, identifier: 5, sequence: 9 }),
      udp: udpPacket({ ...flow, payload, sourcePort: 1000, destinationPort: 2000 }),
      tcp: tcpPacket({
        ...flow,
        payload,
        sourcePort: 1000,
        destinationPort: 2000,
        options: new Uint8Array(12).fill(1),
      }),
    };
    for (const [name, packet] of Object.entries(packets)) {
      test(`${name} is intact and carries its payload`, () => {
        assert.equal(isIntact(packet), true);
        assert.deepEqual(parsePacket(packet).payload, payload);
      });

      test(`${name} with any flipped payload bit is not intact`, () => {
        for (let at = packet.length - payload.length; at < packet.length; at++) {
          const damaged = packet.slice();
          damaged[at] = damaged[at] ^ 0x10;
          assert.equal(isIntact(damaged), false);
        }
      });

      test(`${name} cut short is not intact`, () => {
        assert.equal(isIntact(packet.subarray(0, packet.length - 1)), false);
      });
    }
  });
}

test('a UDP checksum of zero is sent as all ones (RFC 768)', () => {
  // Chosen so that the sum over pseudo header and header is 0xffff without the payload word.
  for (let word = 0; word < 0x10000; word++) {
    const packet = udpPacket({ ...v4, sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(word >>> 8, word) });
    const sum = new DataView(packet.buffer).getUint16(26);
    assert.notEqual(sum, 0);
    if (sum === 0xffff) return;
  }
  assert.fail('no payload gave a sum of zero');
});

test('families must not be mixed', () => {
  assert.throws(() => echoPacket({ source: '10.0.0.1', destination: 'fd00::1' }), /differ in family/);
});
