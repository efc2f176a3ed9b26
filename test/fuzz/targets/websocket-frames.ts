/** Frames of a WebSocket, in both roles: datagrams are found, all else is handed on untouched and in order. */
import { copyPortably } from '../../../src/platform/ffi/memory-copy.ts';
import type { WebSocketRole } from '../../../src/transport/stream/framing/websocket-frames.ts';
import {
  MESSAGES_BYTES,
  WebSocketFrameReader,
  WebSocketFrameWriter,
} from '../../../src/transport/stream/framing/websocket-frames.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const TARGET = { bytes: Buffer.alloc(MESSAGES_BYTES), start: 0, end: 0 };

/** RFC 6455, 5.2, for whole frames: `d` and a datagram, or `o` and a frame that is none; `l` and all from where it is lost. */
function readWhole(role: WebSocketRole, stream: Uint8Array): string[] {
  const found: string[] = [];
  const maskBit = role === 'server' ? 0x80 : 0;
  for (let at = 0; at + 2 <= stream.length; ) {
    const second = stream[at + 1] ?? 0;
    if ((second & 127) === 127) return [...found, `l${hex(stream.subarray(at))}`];
    const lengthBytes = (second & 127) === 126 ? 2 : 0;
    const mask = (second & 128) === 0 ? 0 : 4;
    const header = 2 + lengthBytes + mask;
    if (at + 2 + lengthBytes > stream.length) break;
    const length = lengthBytes === 0 ? second & 127 : ((stream[at + 2] ?? 0) << 8) | (stream[at + 3] ?? 0);
    const end = at + header + length;
    if (end > stream.length) break;
    const payload = stream.slice(at + header, end);
    if (mask > 0) for (let i = 0; i < length; i++) payload[i] ^= stream[at + header - 4 + (i & 3)] ?? 0;
    const isDatagram = stream[at] === 0x82 && (second & 128) === maskBit && (second & 127) > 0;
    if (!isDatagram) found.push(`o${hex(stream.subarray(at, end))}`);
    else if (length > 0) found.push(`d${hex(payload)}`);
    at = end;
  }
  return found;
}

function readInPieces(role: WebSocketRole, stream: Uint8Array, cuts: ByteScript): string[] {
  const found: string[] = [];
  const take = (source: Uint8Array, offset: number, length: number): void =>
    void found.push(`d${hex(source.subarray(offset, offset + length))}`);
  let isLost = false;
  const handOn = (frames: Uint8Array): void => {
    const begun = isLost ? found.pop() : isLostAt(frames) ? 'l' : 'o';
    isLost ||= isLostAt(frames);
    found.push(`${begun}${hex(frames)}`);
  };
  const reader = new WebSocketFrameReader(role, { take }, handOn, copyPortably);
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + cuts.byte());
    reader.read(stream.slice(at, end));
    at = end;
  }
  return found;
}

function isLostAt(frames: Uint8Array): boolean {
  return ((frames[1] ?? 0) & 127) === 127;
}

/** What a writer of one role writes, a reader of the other reads. */
function checkWriter(role: WebSocketRole, datagram: Uint8Array): void {
  if (datagram.length === 0) return;
  const bytes = Buffer.concat([Uint8Array.of(datagram.length >> 8, datagram.length), datagram]);
  new WebSocketFrameWriter(role, copyPortably).write({ bytes, start: 0, end: bytes.length }, TARGET);
  const written = new Uint8Array(TARGET.bytes.subarray(TARGET.start, TARGET.end));
  const found = readWhole(role === 'client' ? 'server' : 'client', written);
  promise(found.join() === `d${hex(datagram)}`, 'a written datagram is not read back');
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(0, 1, 3, 0x82, 3, 1, 2, 3, 0x89, 0, 0x82, 126, 0, 2, 7, 7),
    Uint8Array.of(1, 2, 1, 5, 0x82, 0x83, 9, 9, 9, 9, 1, 2, 3, 0x88, 0x80, 0, 0, 0, 0, 0x82, 0xff, 1),
  ],
  probe: (input) => {
    const script = new ByteScript(input);
    const role = script.pick(['client', 'server'] as const);
    const cuts = script.take(script.byte() & 31);
    const stream = script.rest();
    const [whole, pieces] = [readWhole(role, stream), readInPieces(role, stream, new ByteScript(cuts))];
    promise(pieces.join() === whole.join(), `${role}: ${pieces.join()} instead of ${whole.join()}`);
    checkWriter(role, stream);
  },
};
