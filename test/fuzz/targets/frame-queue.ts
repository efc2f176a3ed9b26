/** Datagrams that wait for a connection: the oldest go first, never more than the limit waits. */
import { copyPortably } from '../../../src/platform/ffi/memory-copy.ts';
import { ChunkPool } from '../../../src/transport/stream/framing/chunk-pool.ts';
import { FrameQueue } from '../../../src/transport/stream/framing/frame-queue.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const LIMIT = 100_000;
const SOURCE = Buffer.alloc(65_535, 0xab);
const POOL = new ChunkPool();

/** Lengths of the frames of a chunk. */
function lengthsOf({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }): number[] {
  const lengths: number[] = [];
  for (let at = start; at < end; at += 2 + (lengths.at(-1) ?? 0)) lengths.push((bytes[at] << 8) | bytes[at + 1]);
  return lengths;
}

export const target: FuzzTarget = {
  seeds: [Uint8Array.of(1, 5, 0, 1, 255, 255, 1, 255, 255, 1, 7, 0, 0, 0), Buffer.alloc(200, 0x81)],
  longest: 1024,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const queue = new FrameQueue(POOL, copyPortably, LIMIT);
    let waiting: number[] = [];
    while (!script.isOver) {
      if (script.byte() % 4 !== 0) {
        const length = Math.max(1, script.uint16());
        const dropped = queue.push(SOURCE, 0, length);
        waiting = [...waiting.slice(dropped), length];
        note(Math.min(dropped, 20));
      } else {
        const chunk = queue.take();
        const lengths = chunk === undefined ? [] : lengthsOf(chunk);
        promise(lengths.join() === waiting.slice(0, lengths.length).join(), 'not the oldest, or not in order');
        promise(waiting.length === 0 || lengths.length > 0, 'nothing is taken although something waits');
        waiting = waiting.slice(lengths.length);
        if (chunk !== undefined) POOL.give(chunk);
      }
      const bytes = waiting.reduce((sum, length) => sum + 2 + length, 0);
      promise(queue.bytes === bytes, `${queue.bytes} bytes said to wait, not ${bytes}`);
      promise(bytes <= LIMIT || waiting.length === 1, `${bytes} bytes wait`);
    }
    queue.clear();
  },
};
