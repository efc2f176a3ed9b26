import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';
import { frameOf, frameProblem, parseVirtioHeader, partialChecksumFrame, segmentFrame, superFrame } from './frames.ts';
import { echoPacket, isIntact, parsePacket, TCP_FLAG, tcpPacket, udpPacket } from './packets.ts';

const v4 = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const v6 = { source: 'fd00::1', destination: 'fd00::2', sourcePort: 4000, destinationPort: 80 };
const payload = Uint8Array.from({ length: 5000 }, (_, i) => i * 31);

for (const flow of [v4, v6]) {
  describe(`super-packets from ${flow.source}`, () => {
    test('a TCP super-packet is cut into what the sender would have sent one by one', () => {
      const flags = TCP_FLAG.ack | TCP_FLAG.psh | TCP_FLAG.fin | TCP_FLAG.cwr;
      const whole = tcpPacket({ ...flow, payload, sequence: 0xffff_fc00, flags, identification: 0xffff });
      const segments = segmentFrame(superFrame(whole, 1400));
      const expected = [0, 1400, 2800, 4200].map((start, index) =>
        tcpPacket({
          ...flow,
          payload: payload.subarray(start, start + 1400),
          sequence: 0xffff_fc00 + start,
          identification: 0xffff + index,
          flags: TCP_FLAG.ack | (index === 3 ? TCP_FLAG.psh | TCP_FLAG.fin : 0) | (index === 0 ? TCP_FLAG.cwr : 0),
        }),
      );
      assert.deepEqual(segments, expected);
    });

    test('a UDP super-packet is cut into equal datagrams and a shorter last one', () => {
      const segments = segmentFrame(superFrame(udpPacket({ ...flow, payload }), 1200));
      assert.deepEqual(
        segments.map((segment) => parsePacket(segment).payload.length),
        [1200, 1200, 1200, 1200, 200],
      );
      assert.ok(segments.every(isIntact));
    });

    test('a partial checksum is finished', () => {
      const packet = udpPacket({ ...flow, payload: payload.subarray(0, 33) });
      const frame = partialChecksumFrame(packet);
      assert.equal(isIntact(frame.subarray(VIRTIO_HEADER_BYTES)), false);
      assert.deepEqual(segmentFrame(frame), [packet]);
    });

    test('frames with wrong offload fields are refused', () => {
      const frame = superFrame(tcpPacket({ ...flow, payload }), 1400);
      const spoil = (offset: number, value: number): Uint8Array => {
        const spoilt = frame.slice();
        spoilt[offset] = value;
        return spoilt;
      };
      assert.equal(frameProblem(frame), undefined);
      assert.match(frameProblem(spoil(0, 0)) ?? '', /without a checksum/);
      assert.match(frameProblem(spoil(1, 5)) ?? '', /GSO type 5/);
      assert.match(frameProblem(spoil(2, 13)) ?? '', /header length 13/);
      assert.match(frameProblem(spoil(6, 19)) ?? '', /checksum start 19/);
      assert.match(frameProblem(spoil(8, 2)) ?? '', /checksum offset 2/);
      assert.match(frameProblem(frame.subarray(0, frame.length - 1)) ?? '', /IP length/);
      assert.throws(() => segmentFrame(spoil(1, 5)), RangeError);
    });
  });
}

test('a plain frame has an all-zero header and comes back as it was', () => {
  const packet = echoPacket({ source: '10.0.0.1', destination: '10.0.0.2' });
  assert.equal(
    Object.values(parseVirtioHeader(frameOf(packet))).every((value) => value === 0),
    true,
  );
  assert.deepEqual(segmentFrame(frameOf(packet)), [packet]);
});
