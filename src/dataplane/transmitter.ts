/** Finished datagrams of the core (junk, signature packets, handshake messages) on their way out. */
import { DROP } from '../protocol/drop-reason.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import { PATH_BYTES } from '../transport/carrier.ts';
import { encodePath } from '../transport/path.ts';
import type { Context } from './context.ts';
import { newRuns } from './outbound-batch.ts';

/** Datagrams handed to the carrier at once. */
const CHUNK = 64;
const LARGEST_DATAGRAM = 65535;
const BUFFER_BYTES = 256 << 10;

export class Transmitter {
  readonly #context: Context;
  readonly #buffer: number;
  readonly #path: number;
  readonly #runs = newRuns(CHUNK);
  #cursor = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#buffer = context.arena.reserve(BUFFER_BYTES);
    this.#path = context.arena.reserve(PATH_BYTES);
  }

  transmit(to: Endpoint, datagrams: readonly Uint8Array[], peer: PeerId | undefined): void {
    encodePath(this.#context.arena.bytes, this.#path, to);
    let bytes = 0;
    for (const datagram of datagrams) {
      if (datagram.length > LARGEST_DATAGRAM) {
        this.#context.counters.drop(DROP['send-failed']);
        continue;
      }
      if (this.#runs.count === CHUNK || this.#cursor + datagram.length > BUFFER_BYTES) this.#flush();
      this.#append(datagram);
      bytes += datagram.length;
    }
    this.#flush();
    if (peer !== undefined) this.#context.ledger.recordSent(peer, this.#context.now, bytes, false);
  }

  #append(datagram: Uint8Array): void {
    const runs = this.#runs;
    const offset = this.#buffer + this.#cursor;
    this.#context.arena.bytes.set(datagram, offset);
    runs.offset[runs.count] = offset;
    runs.length[runs.count] = datagram.length;
    runs.segment[runs.count] = datagram.length;
    runs.path[runs.count] = this.#path;
    runs.flow[runs.count] = 0;
    runs.count += 1;
    this.#cursor += datagram.length;
  }

  #flush(): void {
    const { carrier, counters } = this.#context;
    if (this.#runs.count > 0) {
      const report = carrier.send(this.#runs);
      counters.add('sentDatagrams', report.sent);
      if (report.full > 0) counters.drop(DROP['send-buffer-full'], report.full);
      if (report.failed > 0) counters.drop(DROP['send-failed'], report.failed);
    }
    this.#runs.count = 0;
    this.#cursor = 0;
  }
}
