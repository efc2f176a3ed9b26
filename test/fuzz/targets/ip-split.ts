/** Frames from the TUN into `split`: well-formed ones come out as slow segmentation has them, others harm nothing. */
import { sumWords } from '../../../src/testing/checksum.ts';
import {
  frameOf,
  frameProblem,
  GSO,
  parseVirtioHeader,
  partialChecksumFrame,
  segmentFrame,
  superFrame,
} from '../../../src/testing/frames.ts';
import { CHECKSUM_OFFSET, isIntact, parsePacket, tcpPacket, udpPacket } from '../../../src/testing/packets.ts';
import { PacketBench } from '../../support/packet-bench.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { same } from './support.ts';

const bench = new PacketBench();
const PORTS = { sourcePort: 7, destinationPort: 8 };
const FLOWS = [
  { source: '10.1.2.3', destination: '10.9.8.7' },
  { source: 'fd00::1', destination: 'fd00::2' },
];

/** By two bytes of the script: which packet, and how it is framed. */
function wellFormed(script: ByteScript): Uint8Array {
  const flow = script.pick(FLOWS);
  const payload = new Uint8Array(1 + (script.uint16() % 9000)).fill(script.byte());
  const flags = script.byte();
  const fields = { ...flow, ...PORTS, payload, identification: script.uint16(), sequence: script.uint32() };
  const packet =
    script.byte() % 2 === 0
      ? udpPacket(fields)
      : tcpPacket({ ...fields, flags, options: new Uint8Array(4 * script.below(11)) });
  const framing = script.below(3);
  if (framing === 0) return frameOf(packet);
  return framing === 1 ? partialChecksumFrame(packet) : superFrame(packet, 1 + (script.uint16() % 2000));
}

/** A packet that is not cut is compared only if its own header is right: the slow way would mend it, Linux would not. */
function isPlain(frame: Uint8Array): boolean {
  const { gsoType, flags, checksumStart, checksumOffset } = parseVirtioHeader(frame);
  if ((gsoType & ~GSO.ecn) !== GSO.none || (flags & 1) === 0) return true;
  const { version, headerBytes, totalBytes, protocol } = parsePacket(frame.subarray(10));
  const isRight = version === 6 || sumWords(frame.subarray(10, 10 + headerBytes)) === 0xffff;
  const isUsual = checksumStart === headerBytes && checksumOffset === CHECKSUM_OFFSET[protocol];
  return isRight && isUsual && totalBytes === frame.length - 10;
}

function check(frame: Uint8Array, first: number): number {
  const capacity = 256;
  const { count, total, packets } = bench.split(frame, { first, capacity });
  promise(count <= capacity, `${count} packets where ${capacity} have room`);
  if (count < 0 || frameProblem(frame) !== undefined || !isPlain(frame)) return count;
  const expected = segmentFrame(frame);
  if (expected.length !== total) return count;
  const wanted = expected.slice(first, first + capacity);
  promise(packets.length === wanted.length, `${packets.length} packets instead of ${wanted.length}`);
  promise(
    packets.every((packet, index) => same(packet, wanted[index])),
    'other packets than slow segmentation makes',
  );
  return count;
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(0, 0, 100, 4, 1, 16, 0, 0, 1, 2, 3, 4, 1, 3, 2, 0, 4, 0),
    Uint8Array.of(0, 1, 200, 30, 1, 0, 0, 0, 1, 2, 3, 4, 0, 2, 100, 1),
    ...FLOWS.map((flow) =>
      Buffer.concat([
        Uint8Array.of(1),
        superFrame(tcpPacket({ ...flow, ...PORTS, payload: new Uint8Array(300) }), 100),
      ]),
    ),
    ...FLOWS.map((flow) =>
      Buffer.concat([
        Uint8Array.of(1),
        superFrame(udpPacket({ ...flow, ...PORTS, payload: new Uint8Array(300) }), 100),
      ]),
    ),
  ],
  longest: 2048,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const isWellFormed = script.byte() % 2 === 0;
    const frame = isWellFormed ? wellFormed(script) : script.rest();
    const count = check(frame, isWellFormed ? script.byte() % 4 : 0);
    if (isWellFormed) promise(count >= 0 || frame.length > 65_000, `a well-formed frame is refused with ${count}`);
    if (isWellFormed && count === 1)
      promise(
        bench.split(frame).packets.every((packet) => isIntact(packet)),
        'a checksum is wrong',
      );
    note(isWellFormed ? 64 - Math.clz32(count) : count < 0 ? 128 - count : 96 + Math.min(count, 2));
  },
};
