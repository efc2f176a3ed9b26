/** The ring between two threads, each step of which may come at any time: a queue that refuses when it is full. */
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { DatagramRing } from '../../../src/transport/stream/ring/datagram-ring.ts';
import { ringMemory } from '../../../src/transport/stream/ring/ring-memory.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const CAPACITY = 1024;

interface Waiting {
  readonly a: number;
  readonly data: string;
}

class RingScript {
  readonly #writer: DatagramRing;
  readonly #reader: DatagramRing;
  /** BOUNDED by the ring. */
  readonly #waiting: Waiting[] = [];
  #next = 1;

  constructor() {
    const memory = ringMemory(CAPACITY);
    this.#writer = new DatagramRing(memory);
    this.#reader = new DatagramRing(memory);
  }

  push(length: number): boolean {
    const data = Buffer.alloc(length, this.#next);
    const path = new Uint8Array(PATH_BYTES).fill(this.#next);
    const a = this.#next++;
    const isTaken = this.#writer.push(a, 0, -1, path, 0, data, 0, length);
    if (isTaken) this.#waiting.push({ a, data: data.toString('hex') });
    else promise(this.#waiting.length > 0 || length > CAPACITY / 2 - 64, `an empty ring refuses ${length} bytes`);
    return isTaken;
  }

  pop(): boolean {
    const reader = this.#reader;
    const expected = this.#waiting.shift();
    promise(reader.peek() === (expected !== undefined), 'the ring is not as empty as it should be');
    if (expected === undefined) return false;
    const data = Buffer.from(reader.bytes.slice(reader.dataOffset, reader.dataOffset + reader.length));
    promise(reader.a === expected.a && reader.c === -1, `record ${reader.a} instead of ${expected.a}`);
    promise(data.toString('hex') === expected.data, 'another datagram than was put in');
    promise(reader.bytes[reader.pathOffset] === (expected.a & 255), 'another path than was put in');
    reader.advance();
    return true;
  }

  sleep(): void {
    promise(this.#reader.sleep() === (this.#waiting.length === 0), 'sleeps although something waits');
  }

  get freeBytes(): number {
    return this.#writer.freeBytes();
  }
}

export const target: FuzzTarget = {
  seeds: [Uint8Array.of(0, 10, 0, 200, 1, 1, 0, 255, 2, 1), Buffer.alloc(64)],
  longest: 512,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const ring = new RingScript();
    while (!script.isOver) {
      const step = script.below(4);
      if (step < 2) note(ring.push(script.byte() + 256 * step) ? 1 : 2);
      else if (step === 2) ring.pop();
      else ring.sleep();
      promise(ring.freeBytes >= 0 && ring.freeBytes <= CAPACITY, `${ring.freeBytes} bytes free`);
      note(16 + (ring.freeBytes >> 5));
    }
    while (ring.pop());
  },
};
