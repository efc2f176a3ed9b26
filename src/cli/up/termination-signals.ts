/** What ends a tunnel from inside or outside of its process, as one AbortSignal: signals, and errors that nobody caught. */
import { ENDS_WITH_TERMINAL } from './reload-signal.ts';

const SIGNALS: readonly NodeJS.Signals[] = ENDS_WITH_TERMINAL ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/** How long cleaning up may take after the first signal before a second one may cut it short. */
const PATIENCE_MS = 1000;

export class TerminationSignals {
  readonly #controller = new AbortController();
  #receivedAt = 0;
  #crash: Error | undefined;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#receive);
    process.on('uncaughtException', this.#fail);
  }

  /** Its reason is the name of the signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error that nobody caught, if that is what ended it. */
  get crash(): Error | undefined {
    return this.#crash;
  }

  /** From now on signals and errors do again what they do by themselves. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this.#receive);
    process.off('uncaughtException', this.#fail);
  }

  /** Both shells and service managers like to send twice; only an insistent user is taken at their word. */
  readonly #receive = (name: NodeJS.Signals): void => {
    if (!this.signal.aborted) {
      this.#receivedAt = Date.now();
      this.#controller.abort(name);
    } else if (Date.now() - this.#receivedAt > PATIENCE_MS) {
      process.exit(1);
    }
  };

  /** A defect of ours must not leave rules behind that cut the machine off. */
  readonly #fail = (error: Error): void => {
    this.#crash ??= error;
    this.#controller.abort('internal error');
  };
}
