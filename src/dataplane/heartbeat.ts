/**
 * Whether a thread still turns: one asks with a number, the other repeats it. A worker blocked in a
 * system call is alive, as asking wakes it; one that loops, or hangs in the kernel, does not answer.
 */
import { CONTROL } from './worker-messages.ts';

/** For the thread that asks. */
export class Heartbeat {
  readonly #cells: Int32Array;
  readonly #wake: () => void;

  /** @param cells the control block; @param wake makes the other thread look at it */
  constructor(cells: Int32Array, wake: () => void) {
    this.#cells = cells;
    this.#wake = wake;
  }

  /** Whether the question of the call before has been answered, and asks the next one. The first call is true. */
  ask(): boolean {
    const asked = Atomics.load(this.#cells, CONTROL.asked);
    const answered = Atomics.load(this.#cells, CONTROL.answered) === asked;
    if (answered) Atomics.store(this.#cells, CONTROL.asked, asked + 1);
    this.#wake();
    return answered;
  }
}

/** For the thread that is asked, whenever it has been woken. */
export function answerHeartbeat(cells: Int32Array): void {
  Atomics.store(cells, CONTROL.answered, Atomics.load(cells, CONTROL.asked));
}
