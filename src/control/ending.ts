/** The one end of a tunnel, whoever brings it about first: a signal, a request, or a failure. */
export class Ending {
  /** Resolves to why, as text for the log; rejects when the tunnel failed. */
  readonly reason: Promise<string>;
  #resolve: (reason: string) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.reason = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may fail before anyone waits for it.
    this.reason.catch(() => undefined);
    if (signal.aborted) this.finish(String(signal.reason));
    else signal.addEventListener('abort', () => this.finish(String(signal.reason)), { once: true });
  }

  finish(reason: string): void {
    this.#resolve(reason);
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}
