/** Frames as bytes of a stream: plain TCP, and TLS. */
import type { Socket } from 'node:net';
import type { Chunk } from '../framing/chunk-pool.ts';
import type { Wire } from './link.ts';

export class StreamWire implements Wire {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** One write for all the frames of the chunk. */
  write({ bytes, start, end }: Chunk, done: () => void): void {
    this.#socket.write(bytes.subarray(start, end), done);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
