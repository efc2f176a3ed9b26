/**
 * Connections of one candidate as the hub keeps them: made when opened, made again when lost, what is
 * sent meanwhile is dropped. Reliable and in order while they last.
 */
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Pipe } from './pipe.ts';

const FIRST_RETRY = 250;
const LONGEST_RETRY = 5000;
const RETRANSMISSION = 200;

export interface StreamEvents {
  up(bundle: number): void;
  down(bundle: number, reason: string): void;
}

export class StreamModel {
  /** Connections that were made, and those that are wanted now. */
  connects = 0;
  bundle: number | undefined;
  /** A middlebox kills the connection once it sees what is spoken. */
  isKilledBySight = false;
  /** Round trips until it can be used: 1 for TCP, 2 with TLS. */
  readonly #roundTrips: number;
  readonly #clock: VirtualClock;
  readonly #events: StreamEvents;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #isUp = false;
  /** What is under way in a connection that is gone does not arrive. */
  #generation = 0;
  #arrival = { up: 0, down: 0 };

  constructor(roundTrips: number, clock: VirtualClock, pipes: { up: Pipe; down: Pipe }, events: StreamEvents) {
    this.#roundTrips = roundTrips;
    this.#clock = clock;
    this.#up = pipes.up;
    this.#down = pipes.down;
    this.#events = events;
  }

  open(bundle: number): void {
    this.bundle = bundle;
    this.#connect(bundle, 0);
  }

  close(): void {
    this.bundle = undefined;
    this.#generation += 1;
    this.#isUp = false;
  }

  reset(reason = 'connection reset'): void {
    if (!this.#isUp || this.bundle === undefined) return;
    const bundle = this.bundle;
    this.#generation += 1;
    this.#isUp = false;
    this.#events.down(bundle, reason);
    this.#connect(bundle, 0);
  }

  carry(direction: 'up' | 'down', bytes: number, deliver: () => void): void {
    if (!this.#isUp) return;
    if (this.isKilledBySight) {
      this.#clock.scheduleIn(10, () => this.reset());
      return;
    }
    const generation = this.#generation;
    const pipe = direction === 'up' ? this.#up : this.#down;
    const time = pipe.carry(bytes);
    if (time === 'lost' && pipe.faults.blocked === true) return;
    const at = this.#clock.at + (time === 'lost' ? RETRANSMISSION : time);
    this.#arrival[direction] = Math.max(this.#arrival[direction], at);
    this.#clock.scheduleIn(this.#arrival[direction] - this.#clock.at, () => {
      if (generation === this.#generation) deliver();
    });
  }

  #connect(bundle: number, attempt: number): void {
    const generation = this.#generation;
    const times = [this.#up.carry(60), this.#down.carry(60)];
    const isBlocked = times.includes('lost');
    const trip = times.reduce<number>((sum, time) => sum + (time === 'lost' ? 0 : time), 0);
    const wait = isBlocked ? Math.min(FIRST_RETRY * 2 ** attempt, LONGEST_RETRY) : trip * this.#roundTrips;
    this.#clock.scheduleIn(wait, () => {
      if (generation !== this.#generation || this.bundle !== bundle) return;
      if (isBlocked) this.#connect(bundle, attempt + 1);
      else this.#connected(bundle);
    });
  }

  #connected(bundle: number): void {
    this.connects += 1;
    this.#isUp = true;
    this.#arrival = { up: 0, down: 0 };
    this.#events.up(bundle);
  }
}
