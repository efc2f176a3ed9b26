/**
 * SIGHUP asks a daemon to read its file again (daemon(7)). A terminal that is closed sends it too, and
 * ends what it shows: there it stays what it is.
 */
import type { Logger } from '../log.ts';
import { isDetached } from './daemon.ts';

/** Whether SIGHUP means that whoever started us is gone. */
export const ENDS_WITH_TERMINAL = process.stderr.isTTY && !isDetached();

export class ReloadSignal {
  readonly #log: Pick<Logger, 'warn' | 'error'>;
  #reload: (() => Promise<void>) | undefined;

  constructor(log: Pick<Logger, 'warn' | 'error'>) {
    this.#log = log;
    if (!ENDS_WITH_TERMINAL) process.on('SIGHUP', this.#receive);
  }

  /** What to do from now on. Until then there is nothing to reload. */
  serve(reload: () => Promise<void>): void {
    this.#reload = reload;
  }

  release(): void {
    process.off('SIGHUP', this.#receive);
  }

  readonly #receive = (): void => {
    if (this.#reload === undefined) this.#log.warn('the tunnel is not up yet, and reads its file anyway');
    else this.#reload().catch((error: unknown) => this.#log.error(`not reloaded: ${messageOf(error)}`));
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
