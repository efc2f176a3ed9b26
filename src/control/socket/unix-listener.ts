/** A listening Unix socket that only its owner can use, and that is no longer there when it is closed. */
import { unlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { ControlError } from './control-error.ts';

/** sockaddr_un holds 108 bytes with the terminating zero (unix(7)). */
const MAX_PATH_BYTES = 107;

export interface ListenOptions {
  /** Of the clients that are served at a time; others wait in the kernel's backlog, or are cut off. */
  readonly maxConnections: number;
  /** Milliseconds after which a client that says nothing, and takes nothing, makes room for another. */
  readonly idleLimit: number;
  /** A socket is open until it is destroyed or ended here: a client that has said everything may wait for answers. */
  readonly onConnection: (socket: Socket) => void;
}

export class UnixListener {
  readonly path: string;
  readonly #server: Server;
  /** BOUNDED by `maxConnections`. */
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /**
   * A socket file that nobody answers is replaced, one that somebody answers is left alone.
   *
   * @throws ControlError 'already-running', 'path-too-long', 'no-permission' or 'failed'
   */
  static async listen(path: string, options: ListenOptions): Promise<UnixListener> {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
      throw new ControlError(
        'path-too-long',
        `${path}: a unix socket path has at most ${MAX_PATH_BYTES} bytes; set AWG_VPN_RUNTIME_DIR to a shorter one`,
      );
    }
    if (await isAnswered(path)) throw new ControlError('already-running', `${path}: another process answers there`);
    removeFile(path);
    const server = createServer({ allowHalfOpen: true });
    server.maxConnections = options.maxConnections;
    const listener = new UnixListener(path, server);
    server.on('connection', (socket) => listener.#serve(socket, options));
    await bind(server, path);
    return listener;
  }

  /** Stops listening, cuts open connections and removes the file. Idempotent. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroySoon();
    // The server unlinks its path itself.
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket, { idleLimit, onConnection }: ListenOptions): void {
    this.#sockets.add(socket);
    socket.setTimeout(idleLimit);
    socket.on('timeout', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  }
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

/** Nobody answers a socket whose process is gone; the file may still be there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(false);
      // A full backlog is that of somebody who listens.
      else if (code === 'EAGAIN') resolve(true);
      else if (code === 'EACCES' || code === 'EPERM')
        reject(new ControlError('no-permission', `${path}: belongs to another user`));
      else reject(new ControlError('failed', `${path}: cannot be replaced (${code})`));
    });
  });
}

/** Removes the file of a socket that nobody answers, and no other. @throws ControlError */
export async function removeAbandonedSocket(path: string): Promise<void> {
  if (!(await isAnswered(path))) removeFile(path);
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ControlError('failed', `${path}: cannot be removed (${code})`);
  }
}
