/**
 * Guaranteed clean-up for tests that touch the machine. Whatever is made is deferred to a scope;
 * closing it undoes everything in reverse order. If the process ends first, by an uncaught error or
 * a signal, the synchronous half still runs: no namespace or daemon outlives its test.
 */
export type Undo = () => void | Promise<void>;

interface Entry {
  readonly what: string;
  readonly undo: Undo;
  /** The part that can be done while the process exits. */
  readonly atExit: (() => void) | undefined;
}

/** BOUNDED by the scopes open at one time, a few per test file. */
const openScopes = new Set<Scope>();

export class Scope {
  /** BOUNDED by what one test makes; emptied by `close`. */
  readonly #entries: Entry[] = [];

  constructor() {
    openScopes.add(this);
  }

  /** Registers `undo`; `atExit` is its synchronous counterpart for an abrupt end. */
  defer(what: string, undo: Undo, atExit?: () => void): void {
    this.#entries.push({ what, undo, atExit });
  }

  /** Undoes everything, last first. Throws an AggregateError of what failed, after trying all. */
  async close(): Promise<void> {
    openScopes.delete(this);
    const errors: Error[] = [];
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await entry.undo();
      } catch (error) {
        errors.push(new Error(`clean-up of ${entry.what} failed`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => error.message).join('; '));
  }

  /** What can still be done while the process exits; goes on after failures. */
  closeAtExit(): void {
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        entry.atExit?.();
      } catch (error) {
        console.error(`clean-up of ${entry.what} failed:`, error);
      }
    }
  }
}

function closeAll(): void {
  for (const scope of openScopes) scope.closeAtExit();
  openScopes.clear();
}

process.on('exit', closeAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    closeAll();
    process.kill(process.pid, signal);
  });
}
