/**
 * Time that passes only when a test says so. Gives the protocol core its `Moment`s and runs what was
 * scheduled (delayed datagrams, timers) in order of time, so that hours take milliseconds.
 */
import type { Instant, Moment, WallTime } from '../protocol/time.ts';
import { after } from '../protocol/time.ts';

interface Task {
  readonly at: Instant;
  readonly run: () => void;
}

/** Stops a simulation that schedules faster than it runs, before it eats the machine. */
const MAX_TASKS = 1_000_000;

/** Not zero, which stands for "never" in a traffic record. */
const DEFAULT_START = 1_000_000;

/** 2026-01-01T00:00:00Z */
const DEFAULT_WALL = 1_767_225_600_000;

export class VirtualClock {
  #at: Instant;
  #wall: number;
  /** Sorted by time, equal times in order of scheduling. Bounded by MAX_TASKS. */
  readonly #tasks: Task[] = [];

  constructor(options: { readonly start?: number; readonly wall?: number } = {}) {
    this.#at = (options.start ?? DEFAULT_START) as Instant;
    this.#wall = options.wall ?? DEFAULT_WALL;
  }

  get at(): Instant {
    return this.#at;
  }

  now(): Moment {
    return { at: this.#at, wall: this.#wall as WallTime };
  }

  /** Runs `run` once at `at`, or at the next advance when that has passed. Returns what cancels it. */
  schedule(at: Instant, run: () => void): () => void {
    if (this.#tasks.length >= MAX_TASKS) throw new RangeError(`more than ${MAX_TASKS} scheduled tasks`);
    const task = { at, run };
    this.#tasks.splice(this.#insertionPoint(at), 0, task);
    return () => {
      const index = this.#tasks.indexOf(task);
      if (index >= 0) this.#tasks.splice(index, 1);
    };
  }

  scheduleIn(milliseconds: number, run: () => void): () => void {
    return this.schedule(after(this.#at, milliseconds), run);
  }

  /** When the next task is due. Changes after `schedule`, a cancellation and each advance. */
  nextTask(): Instant | undefined {
    return this.#tasks[0]?.at;
  }

  advance(milliseconds: number): void {
    this.advanceTo(after(this.#at, milliseconds));
  }

  /** Moves to `target`, running what is due on the way at its own time; also what those tasks schedule. */
  advanceTo(target: Instant): void {
    for (let task = this.#tasks[0]; task !== undefined && task.at <= target; task = this.#tasks[0]) {
      this.#tasks.shift();
      this.#moveTo(task.at);
      task.run();
    }
    this.#moveTo(target);
  }

  /** Sets the wall clock forward or back, as NTP or an administrator would. Monotonic time is unmoved. */
  stepWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #moveTo(at: Instant): void {
    if (at <= this.#at) return;
    this.#wall += at - this.#at;
    this.#at = at;
  }

  #insertionPoint(at: Instant): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#tasks[middle].at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
