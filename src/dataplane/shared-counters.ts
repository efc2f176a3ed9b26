/** Counts of the data plane in shared memory: written by the engine's thread only, read by anyone. */
import { DROP_REASONS } from '../protocol/drop-reason.ts';
import type { EngineCounters } from './engine.ts';

const COUNT = {
  tunReads: 0,
  tunWrites: 1,
  receivedDatagrams: 2,
  sentDatagrams: 3,
  receivedPackets: 4,
  sentPackets: 5,
  sendCalls: 6,
  receiveCalls: 7,
  drops: 8,
} as const;

export type Count = Exclude<keyof typeof COUNT, 'drops'>;

export function countersMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((COUNT.drops + DROP_REASONS.length) * Float64Array.BYTES_PER_ELEMENT);
}

export class SharedCounters {
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory);
  }

  add(count: Count, amount: number): void {
    this.#increase(COUNT[count], amount);
  }

  /** @param reason an index of `DROP` */
  drop(reason: number, packets = 1): void {
    this.#increase(COUNT.drops + reason, packets);
  }

  snapshot(): EngineCounters {
    const cell = (index: number): number => this.#cells[index];
    return {
      drops: DROP_REASONS.map((_, reason) => cell(COUNT.drops + reason)),
      tunReads: cell(COUNT.tunReads),
      tunWrites: cell(COUNT.tunWrites),
      receivedDatagrams: cell(COUNT.receivedDatagrams),
      sentDatagrams: cell(COUNT.sentDatagrams),
      receivedPackets: cell(COUNT.receivedPackets),
      sentPackets: cell(COUNT.sentPackets),
      sendCalls: cell(COUNT.sendCalls),
      receiveCalls: cell(COUNT.receiveCalls),
    };
  }

  #increase(index: number, amount: number): void {
    this.#cells[index] = this.#cells[index] + amount;
  }
}

/** What two workers counted, together. */
export function addCounters(a: EngineCounters, b: EngineCounters): EngineCounters {
  return {
    drops: a.drops.map((count, reason) => count + b.drops[reason]),
    tunReads: a.tunReads + b.tunReads,
    tunWrites: a.tunWrites + b.tunWrites,
    receivedDatagrams: a.receivedDatagrams + b.receivedDatagrams,
    sentDatagrams: a.sentDatagrams + b.sentDatagrams,
    receivedPackets: a.receivedPackets + b.receivedPackets,
    sentPackets: a.sentPackets + b.sentPackets,
    sendCalls: a.sendCalls + b.sendCalls,
    receiveCalls: a.receiveCalls + b.receiveCalls,
  };
}
