import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PacketBench } from '../../test/support/packet-bench.ts';
import { frameOf, frameProblem, partialChecksumFrame, segmentFrame, superFrame } from '../testing/frames.ts';
import { finishChecksums, isIntact, TCP_FLAG, tcpPacket, udpPacket } from '../testing/packets.ts';
import { SeededRandom } from '../testing/seeded-random.ts';

const bench = new PacketBench();
const random = new SeededRandom(1);

const V4 = { source: '10.1.2.3', destination: '10.9.8.7' };
const V6 = { source: 'fd00::1:2', destination: 'fd00::fe:ff' };
const PORTS = { sourcePort: 40_000, destinationPort: 443 };

const payloadOf = (bytes: number): Uint8Array => random.fill(new Uint8Array(bytes));

/** A super-packet of either protocol and family. */
function superPacket(family: 4 | 6, protocol: 'tcp' | 'udp', bytes: number, flags: number = TCP_FLAG.ack): Uint8Array {
  const fields = { ...(family === 4 ? V4 : V6), ...PORTS, payload: payloadOf(bytes) };
  if (protocol === 'udp') return udpPacket({ ...fields, identification: 65_530 });
  const options = payloadOf(12);
  return tcpPacket({ ...fields, sequence: 0xffff_ff00, flags, options, identification: 65_530 });
}

describe('split', () => {
  // The table of upstream's tests: a payload of 200 bytes in segments of 100.
  const table = [
    { name: 'TCP over IPv4', packet: tcpPacket({ ...V4, ...PORTS, payload: payloadOf(200) }), length: 140 },
    { name: 'TCP over IPv6', packet: tcpPacket({ ...V6, ...PORTS, payload: payloadOf(200) }), length: 160 },
    { name: 'UDP over IPv4', packet: udpPacket({ ...V4, ...PORTS, payload: payloadOf(200) }), length: 128 },
    { name: 'UDP over IPv6', packet: udpPacket({ ...V6, ...PORTS, payload: payloadOf(200) }), length: 148 },
  ];
  for (const { name, packet, length } of table) {
    it(`makes two packets of ${length} bytes from ${name}`, () => {
      const { packets, total } = bench.split(superFrame(packet, 100));
      assert.equal(total, 2);
      assert.deepEqual(
        packets.map((part) => part.length),
        [length, length],
      );
      assert.ok(packets.every(isIntact));
    });
  }

  it('agrees with slow segmentation for every family, protocol, payload and segment size', () => {
    const shapes = fc.record({
      family: fc.constantFrom(4, 6),
      protocol: fc.constantFrom('tcp', 'udp'),
      bytes: fc.integer({ min: 1, max: 9000 }),
      segment: fc.integer({ min: 40, max: 2000 }),
      flags: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(shapes, ({ family, protocol, bytes, segment, flags }) => {
        const frame = superFrame(superPacket(family, protocol, bytes, flags), segment);
        const { packets } = bench.split(frame, { capacity: 512 });
        assert.deepEqual(packets, segmentFrame(frame));
      }),
      { numRuns: 300 },
    );
  });

  it('counts IPv4 identifications and sequence numbers past their ends', () => {
    const frame = superFrame(superPacket(4, 'tcp', 1000), 100);
    const { packets } = bench.split(frame);
    const views = packets.map((packet) => new DataView(packet.buffer));
    assert.deepEqual(
      views.map((view) => view.getUint16(4)),
      [65530, 65531, 65532, 65533, 65534, 65535, 0, 1, 2, 3],
    );
    assert.deepEqual(
      views.slice(1, 4).map((view) => view.getUint32(24)),
      [0xffffff64, 0xffffffc8, 0x2c],
    );
  });

  it('leaves FIN and PSH to the last packet and CWR to the first', () => {
    const { fin, psh, ack, cwr } = TCP_FLAG;
    const frame = superFrame(superPacket(6, 'tcp', 250, fin | psh | ack | cwr), 100);
    const { packets } = bench.split(frame);
    assert.deepEqual(
      packets.map((packet) => packet[40 + 13]),
      [ack | cwr, ack, fin | psh | ack],
    );
  });

  it('does not trust the header length of the virtio header', () => {
    const frame = superFrame(superPacket(4, 'tcp', 500), 100);
    const expected = bench.split(frame).packets;
    new DataView(frame.buffer).setUint16(2, 9999, true);
    assert.deepEqual(bench.split(frame).packets, expected);
  });

  it('never sends a UDP checksum of zero', () => {
    const packet = udpPacket({ ...V4, ...PORTS, payload: new Uint8Array(2) });
    const view = new DataView(packet.buffer);
    const sum = view.getUint16(26);
    view.setUint16(28, sum); // the payload that completes the sum to all ones
    finishChecksums(packet);
    assert.equal(view.getUint16(26), 0xffff);
    assert.deepEqual(bench.split(partialChecksumFrame(packet)).packets, [packet]);
    const twice = udpPacket({
      ...V4,
      ...PORTS,
      payload: Uint8Array.of(...packet.subarray(28), ...packet.subarray(28)),
    });
    const frame = superFrame(twice, 2);
    assert.deepEqual(bench.split(frame).packets, segmentFrame(frame));
    assert.equal(new DataView(bench.split(frame).packets[0].buffer).getUint16(26), 0xffff);
  });

  it('goes on where it stopped', () => {
    const frame = superFrame(superPacket(4, 'tcp', 10_000), 100);
    const whole = bench.split(frame, { capacity: 200 }).packets;
    for (const capacity of [1, 7, 99, 100]) {
      const parts: Uint8Array[] = [];
      while (parts.length < whole.length) {
        const { packets, total } = bench.split(frame, { first: parts.length, capacity });
        assert.equal(total, 100);
        assert.ok(packets.length > 0 && packets.length <= capacity);
        parts.push(...packets);
      }
      assert.deepEqual(parts, whole);
    }
    assert.equal(bench.split(frame, { first: 100 }).count, 0);
    assert.equal(bench.split(frame, { first: -1 }).count, 0);
    assert.equal(bench.split(frame, { capacity: 0 }).count, 0);
  });

  it('finishes the checksum of a single packet, and copies one that needs nothing', () => {
    for (const packet of [superPacket(4, 'tcp', 1), superPacket(6, 'udp', 99), superPacket(6, 'tcp', 1357)]) {
      assert.deepEqual(bench.split(partialChecksumFrame(packet)).packets, [packet]);
      assert.deepEqual(bench.split(frameOf(packet)).packets, [packet]);
    }
  });

  it('pads with zeros to a multiple of 16, but not beyond the MTU', () => {
    const lengths = [
      [20, 32],
      [28, 32],
      [32, 32],
      [1407, 1408],
      [1408, 1408],
      [1409, 1420],
      [1420, 1420],
    ] as const; // prettier-ignore
    for (const [length, padded] of lengths) assert.equal(paddedLength(length, 1420), padded, `${length} bytes`);
    // Of a packet above the MTU what exceeds it counts: protocol facts 3.5.
    assert.equal(paddedLength(1421, 1420), 1436);
    assert.equal(paddedLength(2840, 1420), 2840);
    assert.equal(paddedLength(2841, 1420), 2856);
    assert.equal(paddedLength(100, 0), 112);
  });

  it('refuses what is no IP packet or shorter than it says', () => {
    const packet = superPacket(4, 'udp', 100);
    assert.ok(bench.split(frameOf(packet.subarray(0, packet.length - 1))).count < 0);
    assert.ok(bench.split(frameOf(packet.subarray(0, 19))).count < 0);
    assert.ok(bench.split(frameOf(superPacket(6, 'udp', 0).subarray(0, 39))).count < 0);
    assert.ok(bench.split(frameOf(Uint8Array.of(0x50, ...packet.subarray(1)))).count < 0);
    assert.ok(bench.split(new Uint8Array(9)).count < 0);
    assert.ok(bench.split(new Uint8Array(0)).count < 0);
  });

  it('refuses a checksum field that is not wholly behind the IP header and inside the packet', () => {
    const packet = superPacket(4, 'udp', 101);
    const place = (start: number, offset: number): number => {
      const frame = partialChecksumFrame(packet);
      new DataView(frame.buffer).setUint16(6, start, true);
      new DataView(frame.buffer).setUint16(8, offset, true);
      return bench.split(frame).count;
    };
    assert.equal(place(20, 6), 1);
    assert.equal(place(20, packet.length - 22), 1);
    assert.ok(place(20, packet.length - 21) < 0);
    assert.ok(place(packet.length - 1, 0) < 0);
    assert.ok(place(19, 6) < 0);
    assert.ok(place(0xffff, 0xffff) < 0);
  });

  it('refuses a fragment that claims to be a super-packet', () => {
    const packet = superPacket(4, 'tcp', 300);
    new DataView(packet.buffer).setUint16(6, 0x2000);
    assert.ok(bench.split(superFrame(packet, 100)).count < 0);
  });

  it('touches nothing outside, whatever the frame claims', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 75 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 6,
    });
    const shapes = fc.record({
      family: fc.constantFrom(4, 6),
      protocol: fc.constantFrom('tcp', 'udp'),
      bytes: fc.integer({ min: 0, max: 600 }),
      segment: fc.integer({ min: 1, max: 700 }),
      cut: fc.integer({ min: 0, max: 120 }),
      first: fc.integer({ min: 0, max: 3 }),
      changes,
    });
    fc.assert(
      fc.property(shapes, ({ family, protocol, bytes, segment, cut, first, changes }) => {
        const whole = superFrame(superPacket(family, protocol, bytes), segment);
        for (const [at, value] of changes) if (at < whole.length) whole[at] = value;
        const frame = whole.slice(0, Math.max(0, whole.length - cut));
        const result = bench.split(frame, { first, surroundings: 0 });
        assert.ok(result.count <= 64);
        // Nothing outside was read: other memory around the frame gives the same packets.
        assert.deepEqual(bench.split(frame, { first, surroundings: 0xff }), result);
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts what Linux accepts, and no transport header elsewhere than behind the IP header', () => {
    const virtio = fc.tuple(
      ...Array.from({ length: 10 }, () => fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 255 }))),
    );
    const packet = superPacket(4, 'tcp', 300);
    fc.assert(
      fc.property(virtio, (header) => {
        const frame = superFrame(packet, 100);
        header.forEach((value, at) => {
          if (value >= 0) frame[at] = value;
        }); // prettier-ignore
        const { count, packets } = bench.split(frame, { capacity: 400 });
        const isSuper = (frame[1] & 0x7f) !== 0;
        if (isSuper && frameProblem(frame) === undefined) assert.deepEqual(packets, segmentFrame(frame));
        const start = new DataView(frame.buffer).getUint16(6, true);
        if (isSuper && start !== 20) assert.ok(count < 0);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Length after padding of a finished packet; checks that the padding is zero. */
function paddedLength(length: number, mtu: number): number {
  const packet = udpPacket({ ...V4, ...PORTS, payload: new Uint8Array(Math.max(0, length - 28)).fill(0xee) });
  const exact = length < 28 ? ipOnly(length) : packet;
  const [padded] = bench.split(frameOf(exact), { mtu }).padded;
  assert.ok(padded !== undefined);
  assert.deepEqual(padded.slice(0, length), exact);
  assert.ok(padded.subarray(length).every((byte) => byte === 0));
  return padded.length;
}

/** An IPv4 header and nothing. */
function ipOnly(length: number): Uint8Array {
  const packet = new Uint8Array(length);
  packet[0] = 0x45;
  packet[3] = length;
  return packet;
}
