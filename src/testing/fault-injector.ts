/**
 * A bad network as middleware: loss, singly and in bursts, a limit to sizes, duplication, corruption, delay, jitter
 * and reordering, drawn from a seeded source and delivered under the virtual clock, so that a failing run
 * can be replayed.
 */
import type { Datagram, DatagramSink } from '../transport/memory/memory-carrier.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * The model of Gilbert (1960) and Elliott (1963): the path is good or bad, changes its mind with each
 * datagram by these probabilities, and loses datagrams while it is bad.
 */
export interface Bursts {
  readonly begin: number;
  readonly end: number;
  /** Of a datagram that comes while the path is bad. */
  readonly loss: number;
}

/** Probabilities are between 0 and 1 and apply to each datagram on its own. */
export interface Faults {
  readonly loss?: number;
  readonly bursts?: Bursts;
  /** Larger datagrams vanish without a word, as where ICMP is filtered. */
  readonly mtu?: number;
  /** Delivered twice; the copy is subject to delay and reordering by itself. */
  readonly duplication?: number;
  /** One random bit is flipped. */
  readonly corruption?: number;
  /** Milliseconds that every datagram takes. */
  readonly delay?: number;
  /** Up to this many milliseconds more, uniform. More than the gap between datagrams reorders them. */
  readonly jitter?: number;
  /** Held back by `reorderBy` milliseconds, so that later ones overtake it. */
  readonly reorder?: number;
  readonly reorderBy?: number;
  /** Limits the faults to some datagrams, e.g. one direction; the others pass untouched. */
  readonly only?: (datagram: Datagram) => boolean;
}

export interface FaultCounts {
  lost: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  /** Lost because of the limit to sizes. */
  oversized: number;
  /** Lost because too many were under way. */
  overflowed: number;
}

const DEFAULT_REORDER_MS = 10;
const DEFAULT_FLIGHT_LIMIT = 65536;

export class FaultInjector implements DatagramSink {
  readonly counts: FaultCounts = { lost: 0, duplicated: 0, corrupted: 0, reordered: 0, oversized: 0, overflowed: 0 };
  readonly #next: DatagramSink;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #flightLimit: number;
  #faults: Faults;
  #isBad = false;
  /** Delayed datagrams, held by the clock. BOUNDED by the flight limit. */
  #inFlight = 0;

  constructor(
    next: DatagramSink,
    options: {
      readonly clock: VirtualClock;
      readonly random: SeededRandom;
      readonly faults?: Faults;
      readonly flightLimit?: number;
    },
  ) {
    this.#next = next;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#faults = options.faults ?? {};
    this.#flightLimit = options.flightLimit ?? DEFAULT_FLIGHT_LIMIT;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** From now on these; what is under way is not affected. */
  setFaults(faults: Faults): void {
    this.#faults = faults;
  }

  accept(datagram: Datagram): void {
    if (this.#faults.only?.(datagram) === false) {
      this.#next.accept(datagram);
      return;
    }
    if (datagram.bytes.length > (this.#faults.mtu ?? Infinity)) {
      this.counts.oversized++;
      return;
    }
    if (this.#happens(this.#faults.loss) || this.#isLostInBurst()) {
      this.counts.lost++;
      return;
    }
    this.#pass(datagram);
    if (this.#happens(this.#faults.duplication)) {
      this.counts.duplicated++;
      this.#pass(datagram);
    }
  }

  #isLostInBurst(): boolean {
    const { bursts } = this.#faults;
    if (bursts === undefined) return false;
    if (this.#happens(this.#isBad ? bursts.end : bursts.begin)) this.#isBad = !this.#isBad;
    return this.#isBad && this.#happens(bursts.loss);
  }

  #pass(datagram: Datagram): void {
    const passed = this.#happens(this.#faults.corruption) ? this.#corrupt(datagram) : datagram;
    const delay = this.#drawDelay();
    if (delay > 0) this.#deliverLater(passed, delay);
    else this.#next.accept(passed);
  }

  #deliverLater(datagram: Datagram, delay: number): void {
    if (this.#inFlight >= this.#flightLimit) {
      this.counts.overflowed++;
      return;
    }
    this.#inFlight++;
    this.#clock.scheduleIn(delay, () => {
      this.#inFlight--;
      this.#next.accept(datagram);
    });
  }

  #drawDelay(): number {
    const { delay = 0, jitter = 0, reorder, reorderBy = DEFAULT_REORDER_MS } = this.#faults;
    const base = delay + (jitter > 0 ? this.#random.fraction() * jitter : 0);
    if (!this.#happens(reorder)) return base;
    this.counts.reordered++;
    return base + reorderBy;
  }

  #corrupt(datagram: Datagram): Datagram {
    if (datagram.bytes.length === 0) return datagram;
    this.counts.corrupted++;
    const bytes = datagram.bytes.slice();
    const bit = Math.floor(this.#random.fraction() * bytes.length * 8);
    bytes[bit >>> 3] = bytes[bit >>> 3] ^ (1 << (bit & 7));
    return { ...datagram, bytes };
  }

  /** Draws only for faults that are set, so that adding one leaves the others' randomness as it was. */
  #happens(probability: number | undefined): boolean {
    return probability !== undefined && probability > 0 && this.#random.fraction() < probability;
  }
}
