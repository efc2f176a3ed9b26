import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MergedFrame } from '../../test/support/packet-bench.ts';
import { PacketBench } from '../../test/support/packet-bench.ts';
import { frameProblem, parseVirtioHeader, segmentFrame, superFrame } from '../testing/frames.ts';
import { echoPacket, finishChecksums, parsePacket, TCP_FLAG, tcpPacket, udpPacket } from '../testing/packets.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { MAX_MERGE_PACKETS, VIRTIO_HEADER_BYTES } from './kernel.ts';

const bench = new PacketBench();
const random = new SeededRandom(2);

const FAMILIES = {
  4: { source: '10.1.2.3', destination: '10.9.8.7' },
  6: { source: 'fd00::1:2', destination: 'fd00::fe:ff' },
} as const;
type Family = keyof typeof FAMILIES;
const { ack, psh, fin, syn, ece, cwr, urg } = TCP_FLAG;

const payloadOf = (bytes: number): Uint8Array => random.fill(new Uint8Array(bytes));

interface Segment {
  readonly family?: Family;
  readonly source?: string;
  readonly port?: number;
  readonly bytes?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly window?: number;
  readonly flags?: number;
  readonly options?: Uint8Array;
  readonly ttl?: number;
  readonly trafficClass?: number;
  readonly identification?: number;
}

function tcp({ family = 4, port = 1000, bytes = 100, options = new Uint8Array(12), ...fields }: Segment): Uint8Array {
  const payload = payloadOf(bytes);
  return tcpPacket({ ...FAMILIES[family], sourcePort: port, destinationPort: 443, payload, options, ...fields });
}

function udp({ family = 4, port = 1000, bytes = 100, ...fields }: Segment): Uint8Array {
  return udpPacket({
    ...FAMILIES[family],
    sourcePort: port,
    destinationPort: 443,
    payload: payloadOf(bytes),
    ...fields,
  });
}

/** `count` segments of 100 bytes, one after the other. */
function stream(count: number, fields: Segment = {}): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => tcp({ sequence: 5000 + 100 * i, identification: i, ...fields }));
}

function datagrams(count: number, fields: Segment = {}): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => udp({ identification: i, ...fields }));
}

const counts = (frames: readonly MergedFrame[]): number[] => frames.map((frame) => frame.packets);

/** Cuts the frames up again and checks that Linux would take each. */
function cut(frames: readonly MergedFrame[]): Uint8Array[] {
  return frames.flatMap(({ bytes, packets }) => {
    assert.equal(frameProblem(bytes), undefined);
    const parts = segmentFrame(bytes);
    assert.equal(parts.length, packets);
    return parts;
  });
}

/** Edits a copy of a packet; the checksums stay as they were unless `finish`. */
function edited(packet: Uint8Array, edit: (view: DataView) => void, finish = true): Uint8Array {
  const copy = packet.slice();
  edit(new DataView(copy.buffer));
  if (finish) finishChecksums(copy);
  return copy;
}

describe('merge', () => {
  for (const family of [4, 6] as const) {
    it(`makes one frame of consecutive TCP segments over IPv${family}`, () => {
      const packets = stream(40, { family });
      const frames = bench.merge(packets);
      assert.deepEqual(counts(frames), [40]);
      assert.deepEqual(cut(frames), packets);
      assert.deepEqual(parseVirtioHeader(frames[0].bytes), {
        flags: 1,
        gsoType: family === 4 ? 1 : 4,
        headerBytes: family === 4 ? 52 : 72,
        segmentBytes: 100,
        checksumStart: family === 4 ? 20 : 40,
        checksumOffset: 16,
      });
    });

    it(`makes one frame of equal UDP datagrams over IPv${family}, up to 64`, () => {
      const packets = datagrams(100, { family });
      const frames = bench.merge(packets);
      assert.deepEqual(counts(frames), [64, 36]);
      assert.deepEqual(cut(frames), packets);
      assert.deepEqual(counts(bench.merge(packets, { udp: false })), Array(100).fill(1));
    });

    it(`gives back what split made of a super-packet over IPv${family}`, () => {
      for (const whole of [tcp({ family, bytes: 60_000, flags: ack | psh }), udp({ family, bytes: 60_000 })]) {
        const frame = superFrame(whole, 1200);
        const { packets } = bench.split(frame);
        assert.deepEqual(bench.merge(packets)[0]?.bytes, frame);
      }
    });
  }

  it('leaves a single packet and its zeroed virtio header alone', () => {
    const packet = tcp({});
    const [frame] = bench.merge([packet]);
    assert.deepEqual(frame?.bytes, Uint8Array.of(...new Array<number>(VIRTIO_HEADER_BYTES).fill(0), ...packet));
    assert.deepEqual(bench.merge([]), []);
    assert.deepEqual(counts(bench.merge(stream(5), { tcp: false })), [1, 1, 1, 1, 1]);
  });

  it('ends a frame with a shorter packet and with a push', () => {
    const shorter = [...stream(3), tcp({ sequence: 5300, bytes: 50, identification: 3 }), tcp({ sequence: 5350 })];
    assert.deepEqual(counts(bench.merge(shorter)), [4, 1]);
    const pushed = stream(5).map((packet, i) =>
      i === 2 ? edited(packet, (view) => view.setUint8(33, ack | psh)) : packet,
    );
    const frames = bench.merge(pushed);
    assert.deepEqual(counts(frames), [3, 2]);
    assert.deepEqual(cut(frames), pushed);
    assert.deepEqual(counts(bench.merge([udp({}), udp({ bytes: 99 }), udp({ bytes: 99 })])), [2, 1]);
  });

  const first = tcp({ sequence: 5000, identification: 0 });
  const next: Segment = { sequence: 5100, identification: 1 };
  const unmergeable: Record<string, Uint8Array> = {
    'a gap in the sequence': tcp({ ...next, sequence: 5101 }),
    'a repetition': tcp({ ...next, sequence: 5000 }),
    'another acknowledgement': tcp({ ...next, acknowledgment: 2 }),
    'another window': tcp({ ...next, window: 1 }),
    'other options': tcp({ ...next, options: Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2) }),
    'fewer options': tcp({ ...next, options: new Uint8Array(8) }),
    'no payload': tcp({ ...next, bytes: 0 }),
    'more payload': tcp({ ...next, bytes: 101 }),
    FIN: tcp({ ...next, flags: ack | fin }),
    SYN: tcp({ ...next, flags: ack | syn }),
    URG: tcp({ ...next, flags: ack | urg }),
    ECE: tcp({ ...next, flags: ack | ece }),
    CWR: tcp({ ...next, flags: ack | cwr }),
    'no ACK': tcp({ ...next, flags: 0 }),
    'another TTL': tcp({ ...next, ttl: 63 }),
    'another type of service': tcp({ ...next, trafficClass: 3 }),
    'no "don\'t fragment"': edited(tcp(next), (view) => view.setUint16(6, 0)),
    'reserved TCP bits': edited(tcp(next), (view) => view.setUint8(32, view.getUint8(32) | 1)),
    'the reserved IP flag': edited(tcp(next), (view) => view.setUint16(6, 0xc000)),
    'a wrong TCP checksum': edited(tcp(next), (view) => view.setUint8(60, view.getUint8(60) ^ 1), false),
    'a wrong IP checksum': edited(tcp(next), (view) => view.setUint16(10, view.getUint16(10) ^ 1), false),
    'a fragment': edited(tcp(next), (view) => view.setUint16(6, 0x2000)),
    'a later fragment': edited(tcp(next), (view) => view.setUint16(6, 5), false),
  };
  for (const [name, packet] of Object.entries(unmergeable)) {
    it(`does not append, and appends nothing past: ${name}`, () => {
      const after = tcp({ sequence: 5100, identification: 2 });
      const packets = [first, packet, after];
      const frames = bench.merge(packets);
      assert.equal(frames[0]?.packets, 1);
      assert.deepEqual(
        frames.flatMap(({ bytes, packets: n }) => (n === 1 ? [bytes.slice(10)] : cut([{ bytes, packets: n }]))),
        packets,
      );
    });
  }

  it('keeps datagrams without checksum, with a wrong one or a wrong length apart', () => {
    const bare = edited(udp({}), (view) => view.setUint16(26, 0), false);
    const wrong = edited(udp({}), (view) => view.setUint16(26, view.getUint16(26) ^ 1), false);
    const short = edited(udp({}), (view) => view.setUint16(24, 100));
    for (const packet of [bare, wrong, short]) {
      const frames = bench.merge([udp({}), packet, packet, udp({})]);
      assert.deepEqual(counts(frames), [1, 1, 1, 1]);
      assert.deepEqual(frames[1]?.bytes.slice(10), packet);
    }
  });

  it('wants identifications to count up where fragmenting is allowed', () => {
    const plain = (identification: number) => edited(udp({ identification }), (view) => view.setUint16(6, 0));
    const packets = [65534, 65535, 0, 1, 3, 4].map(plain);
    const frames = bench.merge(packets);
    assert.deepEqual(counts(frames), [4, 2]);
    assert.deepEqual(cut(frames), packets);
    assert.deepEqual(counts(bench.merge([7, 7, 9].map((identification) => udp({ identification })))), [3]);
  });

  it('keeps flows apart that share addresses and ports but not the protocol, or differ in one of them', () => {
    const a = stream(4);
    const b = stream(4, { port: 1001 });
    const c = datagrams(4);
    // Where the addresses of the others lie, this one has the same bytes.
    const d = stream(4, { family: 6, source: 'fd00:0:a01:203:a09:807:0:1' });
    const packets = [0, 1, 2, 3].flatMap((i) => [a, b, c, d].map((flow) => flow[i]));
    const frames = bench.merge(packets);
    assert.deepEqual(counts(frames), [4, 4, 4, 4]);
    assert.deepEqual(cut(frames), [...a, ...b, ...c, ...d]);
  });

  it('lets what it cannot identify end the flows between the same addresses only', () => {
    const [one, two, three] = stream(3) as [Uint8Array, Uint8Array, Uint8Array];
    const echo = echoPacket({ ...FAMILIES[4], payload: payloadOf(8) });
    assert.deepEqual(counts(bench.merge([one, two, echo, three])), [2, 1, 1]);
    const elsewhere = echoPacket({ source: '10.1.2.3', destination: '10.9.8.6' });
    assert.deepEqual(counts(bench.merge([one, two, elsewhere, three])), [3, 1]);
    const other = echoPacket(FAMILIES[6]);
    assert.deepEqual(counts(bench.merge([one, two, other, three])), [3, 1]);
  });

  it('fills a frame up to 65535 bytes', () => {
    const full = Array.from({ length: 60 }, (_, i) => tcp({ sequence: 1400 * i, bytes: 1400, identification: i }));
    const frames = bench.merge(full);
    assert.deepEqual(counts(frames), [46, 14]);
    assert.deepEqual(cut(frames), full);
    const withLast = (bytes: number) => bench.merge([...full.slice(0, 46), tcp({ sequence: 46 * 1400, bytes })]);
    assert.deepEqual(counts(withLast(1073)), [47]);
    assert.equal(withLast(1073)[0]?.bytes.length, 65535);
    assert.deepEqual(counts(withLast(1074)), [46, 1]);
  });

  it('follows 16 flows and closes others in the order in which they began', () => {
    const flows = Array.from({ length: 18 }, (_, port) => stream(2, { port }));
    const firsts = flows.map((flow) => flow[0]);
    const seconds = flows.map((flow) => flow[1]);
    assert.deepEqual(counts(bench.merge([...firsts, ...seconds.slice(2)])), [1, 1, ...Array<number>(16).fill(2)]);
    assert.deepEqual(counts(bench.merge([...firsts, ...seconds.slice(0, 2)])), Array(20).fill(1));
  });

  it('holds MAX_MERGE_PACKETS and ignores more', () => {
    const packets = Array.from({ length: MAX_MERGE_PACKETS + 5 }, (_, i) => udp({ port: i, bytes: 4 }));
    assert.deepEqual(cut(bench.merge(packets)), packets.slice(0, MAX_MERGE_PACKETS));
    const tiny = Array.from({ length: MAX_MERGE_PACKETS }, (_, i) => tcp({ sequence: i, bytes: 1 }));
    assert.deepEqual(counts(bench.merge(tiny)), [MAX_MERGE_PACKETS]);
    assert.equal(bench.kernel.frameVector(1), 0);
    assert.equal(bench.kernel.frameVectorCount(1), 0);
  });

  it('takes garbage of any length without touching its neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 30 }), (packets) => {
        const frames = bench.merge(packets);
        const plain = frames
          .filter((frame) => frame.packets === 1)
          .map((frame) => frame.bytes.slice(VIRTIO_HEADER_BYTES));
        assert.deepEqual(plain, packets);
      }),
    );
  });

  it('delivers every flow as it was sent, whatever comes in between', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        const packets = steps.map(packetMaker());
        const received = bench.merge(packets).flatMap(partsOf);
        assert.deepEqual(byFlow(received), byFlow(packets));
      }),
      { numRuns: 300 },
    );
  });
});

/** One packet of the property: mostly the next segment of a flow, sometimes something odd. */
const anyStep = fc.record({
  family: fc.constantFrom<Family>(4, 6),
  protocol: fc.constantFrom('tcp', 'tcp', 'udp'),
  port: fc.integer({ min: 1, max: 3 }),
  bytes: fc.constantFrom(100, 100, 100, 100, 60, 0, 130),
  flags: fc.constantFrom(ack, ack, ack, ack, ack | psh, ack | fin),
  jump: fc.constantFrom(0, 0, 0, 0, 0, 7),
  ttl: fc.constantFrom(64, 64, 64, 63),
  corrupt: fc.constantFrom(false, false, false, false, true),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** Keeps sequence numbers and identifications of the flows. */
function packetMaker(): (step: Step) => Uint8Array {
  const sequences = new Map<string, number>();
  let identification = 0;
  return ({ family, protocol, port, bytes, flags, jump, ttl, corrupt }) => {
    const flow = `${family}${port}`;
    const sequence = (sequences.get(flow) ?? 0xffff_ff80) + jump;
    if (protocol === 'tcp') sequences.set(flow, sequence + bytes);
    const fields = { family, port, bytes, sequence: sequence >>> 0, flags, ttl, identification: identification++ };
    const packet = protocol === 'tcp' ? tcp(fields) : udp(fields);
    return corrupt
      ? edited(packet, (view) => view.setUint8(packet.length - 1, view.getUint8(packet.length - 1) ^ 4), false)
      : packet;
  };
}

function partsOf(frame: MergedFrame): Uint8Array[] {
  return frame.packets === 1 ? [frame.bytes.slice(VIRTIO_HEADER_BYTES)] : cut([frame]);
}

/** Packets of each flow in their order; without the identification of IPv4, which means nothing under "don't fragment". */
function byFlow(packets: readonly Uint8Array[]): Map<string, Uint8Array[]> {
  const flows = new Map<string, Uint8Array[]>();
  for (const packet of packets) {
    const { version, protocol, segment } = parsePacket(packet);
    const flow = `${version} ${protocol} ${segment[0]} ${segment[1]}`;
    const masked = packet.slice();
    if (version === 4) masked.fill(0, 4, 6).fill(0, 10, 12);
    flows.set(flow, [...(flows.get(flow) ?? []), masked]);
  }
  return flows;
}
