/** Asking a running tunnel one thing. */

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { ControlError } from './control-error.ts';
import { LineReader } from './line-reader.ts';
import type { ControlMethod, ControlReply } from './messages.ts';
import { MAX_REPLY_BYTES, parseReply } from './messages.ts';

export interface CallOptions {
  readonly timeoutMilliseconds?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Sends one request and returns the result of its reply.
 *
 * @throws ControlError; 'not-running' when nobody listens at `path`
 */
export async function callControl(path: string, method: ControlMethod, options: CallOptions = {}): Promise<unknown> {
  const socket = connect(path);
  try {
    const reply = await exchange(socket, path, method, options.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MS);
    if (reply.ok) return reply.result;
    throw new ControlError('refused', `${path}: ${reply.error.message}`);
  } finally {
    socket.destroy();
  }
}

function exchange(socket: Socket, path: string, method: ControlMethod, timeout: number): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const fail = (code: ControlError['code'], what: string): void => reject(new ControlError(code, `${path}: ${what}`));
    const reader = new LineReader(MAX_REPLY_BYTES, (line) => {
      const reply = parseReply(line);
      if (reply === undefined) fail('bad-reply', 'the answer is not understood');
      else resolve(reply);
    });
    socket.setTimeout(timeout, () => fail('timeout', 'no answer in time'));
    socket.on('error', (error: NodeJS.ErrnoException) => reject(connectError(path, error)));
    socket.on('end', () => fail('bad-reply', 'the connection closed without an answer'));
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) fail('bad-reply', 'the answer is too long');
    });
    socket.write(`${JSON.stringify({ method })}\n`);
  });
}

/** Nobody there is something else than not being let in. */
export function connectError(path: string, error: NodeJS.ErrnoException): ControlError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
    return new ControlError('not-running', `${path}: no tunnel answers there`);
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return new ControlError('no-permission', `${path}: this user may not talk to the tunnel`);
  return new ControlError('failed', `${path}: ${error.code ?? error.message}`);
}
