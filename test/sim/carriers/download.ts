/** A TCP download through the tunnel, as far as carriers notice: windows, losses, timeouts that double. */
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const SEGMENT = 1400;
const ACK = 60;
const FIRST_WINDOW = 10;
const LARGEST_WINDOW = 50;
const FIRST_TIMEOUT = 1000;
const SHORTEST_TIMEOUT = 200;
const LONGEST_TIMEOUT = 60_000;
const REORDERING = 3;
/** Segments that one acknowledgement lets go, at most: what is lost is not made up for at once. */
const PER_ACK = 2;

export interface DownloadEnds {
  /** From the server to the client, and back. */
  readonly sendSegment: (number: number, bytes: number) => void;
  readonly sendAck: (number: number, bytes: number) => void;
}

export class Download {
  /** When each segment arrived first. BOUNDED by the length of the test. */
  readonly arrivals: number[] = [];
  /** Segments: a sender that has been hurt may be content with less than the path has room for. */
  largestWindow = LARGEST_WINDOW;
  readonly #clock: VirtualClock;
  readonly #ends: DownloadEnds;
  /** Segments under way and when they were sent, oldest first. BOUNDED by the window. */
  readonly #flight = new Map<number, number>();
  #next = 0;
  #window = FIRST_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #halvedAt = 0;
  #timeout = FIRST_TIMEOUT;
  #roundTrip = 0;
  #cancelTimeout: () => void = () => undefined;
  #isRunning = false;

  constructor(clock: VirtualClock, ends: DownloadEnds) {
    this.#clock = clock;
    this.#ends = ends;
  }

  /** The client asks for it: what the server then sends is an answer. */
  start(): void {
    this.#isRunning = true;
    this.#ends.sendAck(-1, ACK);
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelTimeout();
  }

  /** At the client. */
  segmentArrived(number: number): void {
    this.arrivals.push(this.#clock.at);
    if (this.#isRunning) this.#ends.sendAck(number, ACK);
  }

  /** At the server. */
  ackArrived(number: number): void {
    const sentAt = this.#flight.get(number);
    if (sentAt !== undefined) {
      this.#flight.delete(number);
      const roundTrip = this.#clock.at - sentAt;
      this.#roundTrip += (roundTrip - this.#roundTrip) / (this.#roundTrip === 0 ? 1 : 8);
      this.#timeout = Math.max(SHORTEST_TIMEOUT, 2 * this.#roundTrip);
      this.#window = Math.min(LARGEST_WINDOW, this.#window + (this.#window < this.#threshold ? 1 : 1 / this.#window));
      this.#noticeLosses(number);
    }
    this.#fill();
  }

  #noticeLosses(acked: number): void {
    let isLost = false;
    for (const number of this.#flight.keys()) {
      if (number >= acked - REORDERING) break;
      this.#flight.delete(number);
      isLost = true;
    }
    if (!isLost || this.#clock.at - this.#halvedAt < this.#roundTrip) return;
    this.#halvedAt = this.#clock.at;
    this.#threshold = Math.max(2, this.#window / 2);
    this.#window = this.#threshold;
  }

  #fill(): void {
    if (!this.#isRunning) return;
    const burst = this.#next === 0 ? FIRST_WINDOW : PER_ACK;
    for (let sent = 0; sent < burst && this.#flight.size < this.#allowance; sent++) this.#send();
    this.#armTimeout();
  }

  get #allowance(): number {
    return Math.floor(Math.min(this.#window, this.largestWindow));
  }

  #send(): void {
    const number = this.#next++;
    this.#flight.set(number, this.#clock.at);
    this.#ends.sendSegment(number, SEGMENT);
  }

  #armTimeout(): void {
    this.#cancelTimeout();
    this.#cancelTimeout = this.#clock.scheduleIn(this.#timeout, () => this.#timedOut());
  }

  #timedOut(): void {
    this.#flight.clear();
    this.#threshold = Math.max(2, this.#window / 2);
    this.#window = 1;
    this.#timeout = Math.min(this.#timeout * 2, LONGEST_TIMEOUT);
    this.#fill();
  }

  // What came of it.

  /** Longest time without an arrival between two instants. */
  longestGap(from: number, to: number): number {
    const inside = this.arrivals.filter((at) => at >= from && at <= to);
    const edges = [from, ...inside, to];
    return edges.slice(1).reduce((longest, at, index) => Math.max(longest, at - (edges[index] ?? at)), 0);
  }

  /** Bytes a second between two instants. */
  goodput(from: number, to: number): number {
    const count = this.arrivals.filter((at) => at >= from && at < to).length;
    return (count * SEGMENT * 1000) / (to - from);
  }
}
