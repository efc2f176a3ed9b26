/** Counts of the stream hub in shared memory: written by its thread only, read by anyone. */

const STREAM_COUNTS = [
  'accepted',
  'refused',
  'idleClosed',
  'slowClosed',
  'framingErrors',
  'stale',
  'homeless',
  'overrun',
  'receivedDatagrams',
  'receivedBytes',
  'sentDatagrams',
  'sentBytes',
] as const;

/**
 * - `accepted`: connections taken on a listener
 * - `refused`: connections closed at once because of a limit
 * - `idleClosed`: closed because no datagram came in time, the first or a later one, or before others came
 * - `slowClosed`: closed because a frame did not end, or what we sent was not taken, in time
 * - `framingErrors`: closed because of a length of zero or beyond the limit, or a text message
 * - `stale`: datagrams dropped because newer ones came while the connection took none
 * - `homeless`: datagrams dropped because no connection led to their bundle
 * - `overrun`: datagrams that arrived and were dropped because the data plane did not take them
 * - `receivedDatagrams`, `receivedBytes`: handed to the data plane
 * - `sentDatagrams`, `sentBytes`: taken from the data plane for a connection, the stale included
 */
export type StreamCount = (typeof STREAM_COUNTS)[number];

export type StreamCounts = Readonly<Record<StreamCount, number>>;

const INDEX = Object.fromEntries(STREAM_COUNTS.map((name, index) => [name, index])) as Record<StreamCount, number>;

export function streamCountersMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(STREAM_COUNTS.length * Float64Array.BYTES_PER_ELEMENT);
}

export class StreamCounters {
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory);
  }

  add(count: StreamCount, amount = 1): void {
    this.#cells[INDEX[count]] += amount;
  }

  snapshot(): StreamCounts {
    const cell = (index: number): number => this.#cells[index];
    return Object.fromEntries(STREAM_COUNTS.map((name, index) => [name, cell(index)])) as Record<StreamCount, number>;
  }
}
