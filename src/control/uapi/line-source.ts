/** The lines of a stream, one at a time: what has not been asked for is not read either. */
import type { Socket } from 'node:net';
import { UapiError } from './uapi-error.ts';

/** As upstream's reader has it: a line that is longer is refused. */
export const MAX_LINE_BYTES = 64 * 1024;

const LINE_FEED = 10;

export class LineSource {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  /** BOUNDED by MAX_LINE_BYTES and one chunk. */
  #pending: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    // The other direction stays open when this one has ended.
    this.#chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
  }

  /**
   * Without its end; undefined at the end of the stream.
   *
   * @throws UapiError 'too-long', or 'cut-off' where the stream ends within a line
   */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf(LINE_FEED);
      if (end >= MAX_LINE_BYTES || (end === -1 && this.#pending.length > MAX_LINE_BYTES))
        throw new UapiError('too-long', `a line is longer than ${MAX_LINE_BYTES} bytes`);
      if (end !== -1) return this.#take(end);
      const chunk: IteratorResult<Buffer, undefined> = await this.#chunks.next();
      if (chunk.done !== true) this.#pending = Buffer.concat([this.#pending, chunk.value]);
      else if (this.#pending.length === 0) return undefined;
      else throw new UapiError('cut-off', 'the connection ended within a line');
    }
  }

  #take(end: number): string {
    const line = this.#pending.toString('utf8', 0, end);
    this.#pending = this.#pending.subarray(end + 1);
    return line;
  }
}
