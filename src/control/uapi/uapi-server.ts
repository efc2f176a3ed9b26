/** The configuration socket of a running tunnel, for `wg`, `awg` and whatever else speaks their language. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ControlError } from '../socket/control-error.ts';
import { UnixListener } from '../socket/unix-listener.ts';
import type { UapiTarget } from './conversation.ts';
import { converse } from './conversation.ts';

/** Tools that look at one tunnel at the same time: each stays for a moment. */
export const MAX_CLIENTS = 16;

/** Milliseconds without a byte in either direction. */
export const IDLE_LIMIT = 30_000;

export interface UapiOptions {
  /** Hears why an operation failed. A sentence, without secrets. */
  readonly onRefusal: (reason: string) => void;
  /** Milliseconds, for tests. */
  readonly idleLimit?: number;
}

export class UapiServer {
  readonly #listener: UnixListener;

  private constructor(listener: UnixListener) {
    this.#listener = listener;
  }

  /**
   * The directory is made where it is missing; everybody may look into it, as into that of upstream.
   *
   * @throws ControlError 'already-running' where somebody answers there; 'path-too-long', 'no-permission', 'failed'
   */
  static async listen(path: string, target: UapiTarget, options: UapiOptions): Promise<UapiServer> {
    makeDirectory(dirname(path));
    const listener = await UnixListener.listen(path, {
      maxConnections: MAX_CLIENTS,
      idleLimit: options.idleLimit ?? IDLE_LIMIT,
      onConnection: (socket) => void converse(socket, target, options.onRefusal),
    });
    return new UapiServer(listener);
  }

  get path(): string {
    return this.#listener.path;
  }

  /** Cuts open connections and removes the file. Idempotent. */
  close(): Promise<void> {
    return this.#listener.close();
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ControlError('failed', `${directory}: cannot be created (${code})`);
  }
}
