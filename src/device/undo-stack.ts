/**
 * How to get back to where we started. Every step that changes the system leaves its inverse here;
 * whoever fails half-way, or shuts down, unwinds.
 */
export class UndoStack {
  /** BOUNDED by the steps of opening one device. */
  readonly #steps: Array<() => void | Promise<void>> = [];

  push(undo: () => void | Promise<void>): void {
    this.#steps.push(undo);
  }

  /** Runs the steps, last first; a failing one does not stop those before it. Returns the failures. */
  async unwind(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let undo = this.#steps.pop(); undo !== undefined; undo = this.#steps.pop()) {
      try {
        await undo();
      } catch (failure) {
        failures.push(failure);
      }
    }
    return failures;
  }
}
