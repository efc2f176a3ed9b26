/** The end of the control socket that lives in the process of the tunnel. */
import type { Socket } from 'node:net';
import { LineReader } from './line-reader.ts';
import type { ControlMethod, ControlReply } from './messages.ts';
import { CONTROL_METHODS, IDLE_LIMIT_MS, MAX_CONNECTIONS, MAX_REQUEST_BYTES, parseRequest } from './messages.ts';
import { UnixListener } from './unix-listener.ts';

/** What each method does; the result, or what it resolves to, is sent as JSON. */
export type ControlHandlers = Readonly<Record<ControlMethod, () => unknown>>;

export class ControlServer {
  readonly #listener: UnixListener;

  private constructor(listener: UnixListener) {
    this.#listener = listener;
  }

  /**
   * Listens at `path`, readable for its owner only. A socket file that nobody answers is replaced.
   *
   * @throws ControlError 'already-running', 'path-too-long', 'no-permission' or 'failed'
   */
  static async listen(path: string, handlers: ControlHandlers): Promise<ControlServer> {
    const listener = await UnixListener.listen(path, {
      maxConnections: MAX_CONNECTIONS,
      idleLimit: IDLE_LIMIT_MS,
      onConnection: (socket) => serve(socket, handlers),
    });
    return new ControlServer(listener);
  }

  /** Stops listening, cuts open connections and removes the file. Idempotent. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  get path(): string {
    return this.#listener.path;
  }
}

function serve(socket: Socket, handlers: ControlHandlers): void {
  const turns = new Turns(socket, (line) => answer(line, handlers));
  const reader = new LineReader(MAX_REQUEST_BYTES, (line) => turns.take(line));
  socket.on('end', () => turns.end());
  socket.on('data', (chunk: Buffer) => {
    // A client that does not read its answers is not asked for more questions.
    if (!reader.push(chunk) || socket.writableNeedDrain) socket.destroySoon();
  });
}

/** Answers come in the order of the questions, however long one takes; until then nothing more is read. */
class Turns {
  readonly #socket: Socket;
  readonly #answer: (line: string) => Promise<ControlReply>;
  #latest = Promise.resolve();
  /** BOUNDED by the lines of one read. */
  #waiting = 0;

  constructor(socket: Socket, answerTo: (line: string) => Promise<ControlReply>) {
    this.#socket = socket;
    this.#answer = answerTo;
  }

  take(line: string): void {
    this.#waiting += 1;
    this.#socket.pause();
    this.#socket.setTimeout(0);
    this.#latest = this.#latest.then(() => this.#answer(line)).then((reply) => this.#finish(reply));
  }

  /** Nothing more will be asked. */
  end(): void {
    void this.#latest.then(() => this.#socket.end());
  }

  #finish(reply: ControlReply): void {
    this.#waiting -= 1;
    this.#socket.write(`${JSON.stringify(reply)}\n`);
    if (this.#waiting > 0) return;
    this.#socket.setTimeout(IDLE_LIMIT_MS);
    this.#socket.resume();
  }
}

async function answer(line: string, handlers: ControlHandlers): Promise<ControlReply> {
  const method = parseRequest(line);
  if (method === undefined) return failure('bad-request', `expected {"method": one of ${CONTROL_METHODS.join(', ')}}`);
  try {
    return { ok: true, result: (await handlers[method]()) ?? null };
  } catch (error) {
    return failure('failed', error instanceof Error ? error.message : String(error));
  }
}

function failure(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } };
}
