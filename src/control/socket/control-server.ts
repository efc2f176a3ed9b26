/** The end of the control socket that lives in the process of the tunnel. */
import { unlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { callControl } from './control-client.ts';
import { ControlError } from './control-error.ts';
import { LineReader } from './line-reader.ts';
import type { ControlMethod, ControlReply } from './messages.ts';
import { CONTROL_METHODS, IDLE_LIMIT_MS, MAX_CONNECTIONS, MAX_REQUEST_BYTES, parseRequest } from './messages.ts';

/** What each method does; the result, or what it resolves to, is sent as JSON. */
export type ControlHandlers = Readonly<Record<ControlMethod, () => unknown>>;

/** sockaddr_un holds 108 bytes with the terminating zero (unix(7)). */
const MAX_PATH_BYTES = 107;

export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  /** BOUNDED by MAX_CONNECTIONS. */
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /**
   * Listens at `path`, readable for its owner only. A socket file that nobody answers is replaced.
   *
   * @throws ControlError 'already-running', 'path-too-long' or 'failed'
   */
  static async listen(path: string, handlers: ControlHandlers): Promise<ControlServer> {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
      throw new ControlError(
        'path-too-long',
        `${path}: a unix socket path has at most ${MAX_PATH_BYTES} bytes; set AWG_VPN_RUNTIME_DIR to a shorter one`,
      );
    }
    await removeAbandoned(path);
    // A client that has said everything may still wait for the answers.
    const server = createServer({ allowHalfOpen: true });
    server.maxConnections = MAX_CONNECTIONS;
    const control = new ControlServer(server, path);
    server.on('connection', (socket) => control.#serve(socket, handlers));
    await bind(server, path);
    return control;
  }

  /** Stops listening, cuts open connections and removes the file. Idempotent. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroySoon();
    // The server unlinks its path itself.
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get path(): string {
    return this.#path;
  }

  #serve(socket: Socket, handlers: ControlHandlers): void {
    this.#sockets.add(socket);
    socket.setTimeout(IDLE_LIMIT_MS);
    socket.on('timeout', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const turns = new Turns(socket, (line) => answer(line, handlers));
    const reader = new LineReader(MAX_REQUEST_BYTES, (line) => turns.take(line));
    socket.on('end', () => turns.end());
    socket.on('data', (chunk: Buffer) => {
      // A client that does not read its answers is not asked for more questions.
      if (!reader.push(chunk) || socket.writableNeedDrain) socket.destroySoon();
    });
  }
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

async function bind(server: Server, path: string): Promise<void> {
  // bind(2) happens inside listen(), so the mask covers exactly the creation of the file.
  const mask = process.umask(0o177);
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  process.umask(mask);
  await listening.catch((error: NodeJS.ErrnoException) => {
    throw new ControlError('failed', `${path}: cannot listen (${error.code ?? error.message})`);
  });
}

async function removeAbandoned(path: string): Promise<void> {
  try {
    await callControl(path, 'show', { timeoutMilliseconds: 2000 });
  } catch (error) {
    if (error instanceof ControlError && error.code === 'not-running') return removeFile(path);
    if (!(error instanceof ControlError)) throw error;
  }
  throw new ControlError('already-running', `${path}: another process answers there`);
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
