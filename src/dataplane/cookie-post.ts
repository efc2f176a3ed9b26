/**
 * Cookie replies on their way out, a batch at a time. They go back the way that the messages which they
 * answer came, so all must leave before the next `receive`, after which those paths are gone.
 */
import { DROP } from '../protocol/drop-reason.ts';
import type { Context } from './context.ts';
import { newRuns } from './outbound-batch.ts';

const CAPACITY = 64;
/** For CAPACITY replies as they usually are; with long prefixes or trailers fewer go at once. */
const BUFFER_BYTES = 32 << 10;

export class CookiePost {
  readonly #context: Context;
  readonly #buffer: number;
  readonly #runs = newRuns(CAPACITY);
  #cursor = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#buffer = context.arena.reserve(BUFFER_BYTES);
  }

  /** @param path arena offset of a path that was received from */
  add(datagram: Uint8Array, path: number): void {
    if (this.#runs.count === CAPACITY || this.#cursor + datagram.length > BUFFER_BYTES) this.flush();
    if (datagram.length > BUFFER_BYTES) {
      this.#context.counters.drop(DROP['send-failed']);
      return;
    }
    const runs = this.#runs;
    const offset = this.#buffer + this.#cursor;
    this.#context.arena.bytes.set(datagram, offset);
    runs.offset[runs.count] = offset;
    runs.length[runs.count] = datagram.length;
    runs.segment[runs.count] = datagram.length;
    runs.path[runs.count] = path;
    runs.count += 1;
    this.#cursor += datagram.length;
  }

  flush(): void {
    if (this.#runs.count === 0) return;
    const { carrier, counters } = this.#context;
    const { sent, full, failed } = carrier.send(this.#runs);
    counters.add('sentDatagrams', sent);
    if (full > 0) counters.drop(DROP['send-buffer-full'], full);
    if (failed > 0) counters.drop(DROP['send-failed'], failed);
    this.#runs.count = 0;
    this.#cursor = 0;
  }
}
