/**
 * Invariant "replays": of the messages that a data plane opened, it takes no more than were new. A message
 * is new when its tag is right and this key and counter have not been opened before; what the data plane
 * took is what it entered in the ledger. Keepalives, which nobody sees come out, are covered by this too.
 */
import { keptRecently } from './kept-recently.ts';
import { InvariantViolation } from './violation.ts';

const MAX_KEYS = 1024;

export class AcceptedOnce {
  /** Counters by key. BOUNDED by MAX_KEYS, and by the messages of a key. */
  readonly #opened = new Map<string, Set<number>>();
  readonly #host: number;
  #fresh = 0;
  #accepted = 0;
  #isDue = false;
  #isLedgerAnother = false;

  constructor(host: number) {
    this.#host = host;
  }

  /** An authentic message. */
  open(key: string, high: number, low: number): void {
    this.#isDue = true;
    const counters = this.#opened.get(key) ?? new Set();
    keptRecently(this.#opened, MAX_KEYS, key, counters);
    const counter = high * 2 ** 32 + low;
    if (counters.has(counter)) return;
    counters.add(counter);
    this.#fresh += 1;
  }

  /** @param accepted messages that the ledger has of all peers */
  check(accepted: () => number): void {
    if (!this.#isDue) return;
    const now = accepted();
    const more = now - this.#accepted;
    this.#accepted = now;
    if (more > this.#fresh && !this.#isLedgerAnother)
      throw new InvariantViolation('replays', `host ${this.#host} took ${more} messages, ${this.#fresh} of them new`);
    this.#fresh = 0;
    this.#isDue = false;
    this.#isLedgerAnother = false;
  }

  /** The ledger has forgotten a peer: the next look at it says nothing. */
  ledgerForgets(): void {
    this.#isLedgerAnother = true;
    this.#isDue = true;
  }
}
