/**
 * What the engine saw of each peer, in memory that both threads see. The engine writes once per
 * batch and peer, the core reads when a timer is due. Every cell is a number that one side writes.
 */
import type { PeerId, TrafficLedger, TrafficRecord } from '../protocol/engine-port.ts';
import type { Instant } from '../protocol/time.ts';

const CELL = {
  dataSentUnanswered: 0,
  dataReceivedUnanswered: 1,
  dataReceivedLast: 2,
  authenticatedSentLast: 3,
  authenticatedReceivedLast: 4,
  receivedBytes: 5,
  sentBytes: 6,
  receivedMessages: 7,
  expectedMessages: 8,
  receivedHereLast: 9,
  dataReceivedHereLast: 10,
  dataSentLast: 11,
  cells: 12,
} as const;

/** The plain, cloneable part: give it to another thread to see the same ledger. */
export interface LedgerMemory {
  readonly records: SharedArrayBuffer;
  readonly watched: SharedArrayBuffer;
}

export function ledgerMemory(peers: number): LedgerMemory {
  return {
    records: new SharedArrayBuffer(peers * CELL.cells * Float64Array.BYTES_PER_ELEMENT),
    watched: new SharedArrayBuffer(peers * Int32Array.BYTES_PER_ELEMENT),
  };
}

export class SharedLedger implements TrafficLedger {
  readonly #cells: Float64Array;
  readonly #watched: Int32Array;

  constructor(memory: LedgerMemory) {
    this.#cells = new Float64Array(memory.records);
    this.#watched = new Int32Array(memory.watched);
  }

  read(peer: PeerId): TrafficRecord {
    const row = peer * CELL.cells;
    const instant = (cell: number): Instant => this.#cells[row + cell] as Instant;
    return {
      dataSentUnanswered: instant(CELL.dataSentUnanswered),
      dataReceivedUnanswered: instant(CELL.dataReceivedUnanswered),
      dataReceivedLast: instant(CELL.dataReceivedLast),
      dataSentLast: instant(CELL.dataSentLast),
      authenticatedSentLast: instant(CELL.authenticatedSentLast),
      authenticatedReceivedLast: instant(CELL.authenticatedReceivedLast),
      receivedBytes: this.#cells[row + CELL.receivedBytes],
      sentBytes: this.#cells[row + CELL.sentBytes],
      receivedMessages: this.#cells[row + CELL.receivedMessages],
      expectedMessages: this.#cells[row + CELL.expectedMessages],
      receivedHereLast: instant(CELL.receivedHereLast),
      dataReceivedHereLast: instant(CELL.dataReceivedHereLast),
    };
  }

  watch(peer: PeerId, watched: boolean): void {
    Atomics.store(this.#watched, peer, watched ? 1 : 0);
  }

  /** Forgets a removed peer, so that the next one with this id starts afresh. */
  clear(peer: PeerId): void {
    this.#cells.fill(0, peer * CELL.cells, (peer + 1) * CELL.cells);
    this.watch(peer, false);
  }

  /**
   * The engine sent `bytes` of authenticated datagrams, with inner packets in them or not.
   * Returns true when the core should hear of it: something is newly unanswered and nobody watches.
   */
  recordSent(peer: PeerId, now: Instant, bytes: number, data: boolean): boolean {
    const row = peer * CELL.cells;
    const cells = this.#cells;
    cells[row + CELL.sentBytes] = cells[row + CELL.sentBytes] + bytes;
    cells[row + CELL.authenticatedSentLast] = now;
    cells[row + CELL.dataReceivedUnanswered] = 0;
    if (!data) return false;
    cells[row + CELL.dataSentLast] = now;
    if (cells[row + CELL.dataSentUnanswered] !== 0) return false;
    cells[row + CELL.dataSentUnanswered] = now;
    return Atomics.load(this.#watched, peer) === 0;
  }

  /** The engine sent `bytes` by a path on trial: no timer may rely on their arrival. */
  recordSentElsewhere(peer: PeerId, bytes: number): void {
    const cell = peer * CELL.cells + CELL.sentBytes;
    this.#cells[cell] = this.#cells[cell] + bytes;
  }

  /** Of the messages with numbers up to the newest, `expected` more now, `received` more have come. */
  recordArrivals(peer: PeerId, received: number, expected: number): void {
    const row = peer * CELL.cells;
    const cells = this.#cells;
    cells[row + CELL.receivedMessages] = cells[row + CELL.receivedMessages] + received;
    cells[row + CELL.expectedMessages] = cells[row + CELL.expectedMessages] + expected;
  }

  /** Something authenticated came by the path that the peer's packets take. */
  recordHere(peer: PeerId, now: Instant, data: boolean): void {
    const row = peer * CELL.cells;
    this.#cells[row + CELL.receivedHereLast] = now;
    if (data) this.#cells[row + CELL.dataReceivedHereLast] = now;
  }

  /** The peer's packets take another path, by which nothing has come yet. */
  forgetHere(peer: PeerId): void {
    const row = peer * CELL.cells;
    this.#cells[row + CELL.receivedHereLast] = 0;
    this.#cells[row + CELL.dataReceivedHereLast] = 0;
  }

  /** The same for what was received. */
  recordReceived(peer: PeerId, now: Instant, bytes: number, data: boolean): boolean {
    const row = peer * CELL.cells;
    const cells = this.#cells;
    cells[row + CELL.receivedBytes] = cells[row + CELL.receivedBytes] + bytes;
    cells[row + CELL.authenticatedReceivedLast] = now;
    cells[row + CELL.dataSentUnanswered] = 0;
    if (!data) return false;
    cells[row + CELL.dataReceivedLast] = now;
    if (cells[row + CELL.dataReceivedUnanswered] !== 0) return false;
    cells[row + CELL.dataReceivedUnanswered] = now;
    return Atomics.load(this.#watched, peer) === 0;
  }
}
