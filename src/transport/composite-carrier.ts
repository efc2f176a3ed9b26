/**
 * Two carriers as one: datagrams for a bundle of connections go to the streams, all others to the
 * sockets. Which it is stands at the beginning of the path record.
 */
import type { Arena } from '../dataplane/arena.ts';
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from './carrier.ts';
import { isStreamPath } from './path.ts';

/** Batches in a row from one of the two while the other may have something, so that neither starves. */
const TURN_LENGTH = 8;

/** Runs that are sorted at once. BOUNDED: a full list is sent before the next run is added. */
const CAPACITY = 128;

export class CompositeCarrier implements Carrier {
  readonly name: string;
  readonly descriptors: readonly number[];
  readonly #u32: Uint32Array;
  readonly #datagrams: Carrier;
  readonly #streams: Carrier;
  readonly #datagramRuns = emptyRuns();
  readonly #streamRuns = emptyRuns();
  readonly #report: SendReport = { sent: 0, full: 0, failed: 0 };
  /** Whose batch `received` is, and who is asked first. */
  #active: Carrier;
  #turn = 0;

  constructor(arena: Arena, datagrams: Carrier, streams: Carrier) {
    this.name = `${datagrams.name} and ${streams.name}`;
    this.descriptors = [...datagrams.descriptors, ...streams.descriptors];
    this.#u32 = arena.u32;
    this.#datagrams = datagrams;
    this.#streams = streams;
    this.#active = datagrams;
  }

  get received(): ReceivedMessages {
    return this.#active.received;
  }

  /** From one at a time: the one that had something last, until its turn is over. */
  receive(): number {
    if (++this.#turn >= TURN_LENGTH) this.#passTurn();
    const count = this.#active.receive();
    if (count > 0) return count;
    this.#passTurn();
    return this.#active.receive();
  }

  send(runs: SendRuns): SendReport {
    const report = this.#report;
    report.sent = 0;
    report.full = 0;
    report.failed = 0;
    for (let run = 0; run < runs.count; run++) {
      if (isStreamPath(this.#u32, runs.path[run])) this.#add(this.#streams, this.#streamRuns, runs, run);
      else this.#add(this.#datagrams, this.#datagramRuns, runs, run);
    }
    this.#flush(this.#datagrams, this.#datagramRuns);
    this.#flush(this.#streams, this.#streamRuns);
    return report;
  }

  #add(carrier: Carrier, sorted: SendRuns, runs: SendRuns, run: number): void {
    if (sorted.count === CAPACITY) this.#flush(carrier, sorted);
    const at = sorted.count++;
    sorted.offset[at] = runs.offset[run];
    sorted.length[at] = runs.length[run];
    sorted.segment[at] = runs.segment[run];
    sorted.path[at] = runs.path[run];
    sorted.flow[at] = runs.flow[run];
  }

  #flush(carrier: Carrier, sorted: SendRuns): void {
    if (sorted.count === 0) return;
    const { sent, full, failed } = carrier.send(sorted);
    sorted.count = 0;
    this.#report.sent += sent;
    this.#report.full += full;
    this.#report.failed += failed;
  }

  #passTurn(): void {
    this.#turn = 0;
    this.#active = this.#active === this.#datagrams ? this.#streams : this.#datagrams;
  }
}

function emptyRuns(): SendRuns {
  return {
    count: 0,
    offset: new Int32Array(CAPACITY),
    length: new Int32Array(CAPACITY),
    segment: new Int32Array(CAPACITY),
    path: new Int32Array(CAPACITY),
    flow: new Int32Array(CAPACITY),
  };
}
