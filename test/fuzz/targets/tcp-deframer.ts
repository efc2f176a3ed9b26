/** Datagrams in a stream, cut into pieces anyhow: found where a reader of the whole stream finds them. */
import { copyPortably } from '../../../src/platform/ffi/memory-copy.ts';
import { FrameReader, NOT_FRAMES } from '../../../src/transport/stream/framing/frame-reader.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const LONGEST = 1500;

interface Found {
  readonly datagrams: readonly string[];
  readonly isLost: boolean;
}

/** The definition: a length of 1 to LONGEST in two bytes, and that many bytes. */
function readWhole(stream: Uint8Array): Found {
  const datagrams: string[] = [];
  for (let at = 0; at + 2 <= stream.length; ) {
    const length = ((stream[at] ?? 0) << 8) | (stream[at + 1] ?? 0);
    if (length === 0 || length > LONGEST) return { datagrams, isLost: true };
    if (at + 2 + length > stream.length) break;
    datagrams.push(Buffer.from(stream.subarray(at + 2, at + 2 + length)).toString('hex'));
    at += 2 + length;
  }
  return { datagrams, isLost: false };
}

function readInPieces(stream: Uint8Array, cuts: ByteScript): Found {
  const datagrams: string[] = [];
  const take = (source: Uint8Array, offset: number, length: number): void =>
    void datagrams.push(Buffer.from(source.subarray(offset, offset + length)).toString('hex'));
  const reader = new FrameReader({ take }, copyPortably, LONGEST);
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + cuts.byte());
    const before = datagrams.length;
    const count = reader.read(stream, at, end);
    if (count === NOT_FRAMES) return { datagrams, isLost: true };
    promise(count === datagrams.length - before, `${count} datagrams reported, ${datagrams.length - before} handed on`);
    at = end;
  }
  return { datagrams, isLost: false };
}

export const target: FuzzTarget = {
  seeds: [Uint8Array.of(2, 1, 5, 0, 3, 1, 2, 3, 0, 1, 9), Uint8Array.of(1, 255, 0, 0), Buffer.alloc(3000, 1)],
  probe: (input) => {
    const script = new ByteScript(input);
    const cuts = script.take(script.byte() & 31);
    const stream = script.rest();
    const whole = readWhole(stream);
    const pieces = readInPieces(stream, new ByteScript(cuts));
    promise(pieces.isLost === whole.isLost, `lost: ${pieces.isLost} instead of ${whole.isLost}`);
    promise(pieces.datagrams.join() === whole.datagrams.join(), 'other datagrams than in the whole stream');
  },
};
