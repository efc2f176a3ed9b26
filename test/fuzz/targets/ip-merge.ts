/** Inner packets into `merge`: cut up again they are what went in, flow by flow in order, and Linux would take each frame. */
import { sumWords } from '../../../src/testing/checksum.ts';
import { frameProblem, segmentFrame } from '../../../src/testing/frames.ts';
import {
  finishChecksums,
  isIntact,
  parsePacket,
  TCP_FLAG,
  tcpPacket,
  udpPacket,
} from '../../../src/testing/packets.ts';
import { PacketBench } from '../../support/packet-bench.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const bench = new PacketBench();
const FLOWS = [
  { source: '10.1.2.3', destination: '10.9.8.7', sourcePort: 1, destinationPort: 2 },
  { source: 'fd00::1', destination: 'fd00::2', sourcePort: 1, destinationPort: 2 },
  { source: '10.1.2.3', destination: '10.9.8.7', sourcePort: 3, destinationPort: 2 },
];

/** Segments that follow one another more often than not, some of them spoilt. */
class Sender {
  readonly #sequences = new Map<number, number>();

  next(script: ByteScript): Uint8Array {
    const index = script.below(FLOWS.length);
    const flow = FLOWS[index];
    const payload = new Uint8Array(script.pick([0, 1, 99, 100, 100, 100, 101, 1200])).fill(script.byte());
    const shape = script.byte();
    const fields = { ...flow, payload, ttl: shape % 16 === 15 ? 1 : 64, identification: script.byte() };
    const packet = shape % 4 === 0 ? udpPacket(fields) : this.#tcp(index, fields, script, shape);
    for (let edits = shape % 8 === 7 ? 1 + script.below(3) : 0; edits > 0; edits--)
      packet[script.uint16() % packet.length] ^= script.byte();
    if (shape % 32 === 23) tryFinish(packet);
    return packet;
  }

  #tcp(index: number, fields: Parameters<typeof udpPacket>[0], script: ByteScript, shape: number): Uint8Array {
    const sequence = (this.#sequences.get(index) ?? 0xffff_ff00) + (shape % 16 === 9 ? script.byte() : 0);
    this.#sequences.set(index, (sequence + (fields.payload?.length ?? 0)) >>> 0);
    const flags = shape % 8 === 5 ? script.byte() : 16;
    return tcpPacket({
      ...fields,
      sequence: sequence >>> 0,
      flags,
      options: new Uint8Array(shape % 16 === 13 ? 12 : 0),
    });
  }
}

function tryFinish(packet: Uint8Array): void {
  try {
    finishChecksums(packet);
  } catch {
    // It is no IP packet any more: that is what is wanted here.
  }
}

/**
 * A frame has only the headers of its first packet. So what means nothing in them is left out here: the
 * identification of packets that may not be fragmented (RFC 6864, 4.1), and an urgent pointer without URG.
 */
function normal(packet: Uint8Array): string {
  const copy = packet.slice();
  const isAtomic = copy.length >= 20 && (copy[0] ?? 0) >>> 4 === 4 && ((copy[6] ?? 0) & 0xe0) === 0x40;
  const isRight = sumWords(copy.subarray(0, 4 * ((copy[0] ?? 0) & 15))) === 0xffff;
  if (isTcpWithoutUrgency(packet)) copy.fill(0, tcpOf(packet) + 16, tcpOf(packet) + 20);
  if (isAtomic && isRight) for (const at of [4, 5, 10, 11]) copy[at] = 0;
  return Buffer.from(copy).toString('hex');
}

const tcpOf = (packet: Uint8Array): number => parsePacket(packet).headerBytes;

function isTcpWithoutUrgency(packet: Uint8Array): boolean {
  const version = (packet[0] ?? 0) >>> 4;
  if ((version !== 4 && version !== 6) || packet.length < 40) return false;
  const { headerBytes, protocol } = parsePacket(packet);
  return (
    protocol === 6 &&
    packet.length >= headerBytes + 20 &&
    isIntact(packet) &&
    ((packet[headerBytes + 13] ?? 0) & TCP_FLAG.urg) === 0
  );
}

function cut(frame: Uint8Array, packets: number): Uint8Array[] {
  if (packets === 1) return [frame.subarray(10)];
  promise(frameProblem(frame) === undefined, `Linux would refuse a frame: ${frameProblem(frame)}`);
  const parts = segmentFrame(frame);
  promise(parts.length === packets, `${parts.length} packets in a frame of ${packets}`);
  return parts;
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.from({ length: 60 }, (_, index) => [0, 3, 1, 1, 0][index % 5]),
    Uint8Array.from({ length: 60 }, (_, index) => [1, 3, 1, 4, 0][index % 5]),
    Uint8Array.from({ length: 90 }, (_, index) => index * 7),
  ],
  longest: 1024,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const sender = new Sender();
    const packets: Uint8Array[] = [];
    while (!script.isOver) packets.push(sender.next(script));
    const frames = bench.merge(packets);
    const out = frames.flatMap(({ bytes, packets: count }) => cut(bytes, count));
    promise(out.length === packets.length, `${out.length} packets came out of ${packets.length}`);
    promise(out.map(normal).sort().join() === packets.map(normal).sort().join(), 'other packets come out');
    for (const { packets: count } of frames) note(32 - Math.clz32(count));
  },
};
