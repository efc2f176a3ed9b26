/** Asking and telling a tunnel through its configuration socket, ours or that of another daemon. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { connectError } from '../socket/control-client.ts';
import { ControlError } from '../socket/control-error.ts';

const TIMEOUT_MS = 10_000;

/** Protects us from a mad server; 65536 peers with a few allowed IPs each stay below it. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * What the device is: `key=value` each, without errno.
 *
 * @throws ControlError; 'not-running' when nobody listens at `path`
 */
export function uapiGet(path: string): Promise<string[]> {
  return exchange(path, 'get=1\n\n');
}

/**
 * Carries the lines out as one operation.
 *
 * @throws ControlError; 'refused' with what the number says that the device answers
 */
export async function uapiSet(path: string, lines: readonly string[]): Promise<void> {
  const broken = lines.find((line) => /[\n\r]/.test(line));
  if (broken !== undefined) throw new ControlError('failed', `${JSON.stringify(broken)}: has a line break`);
  await exchange(path, `set=1\n${lines.map((line) => `${line}\n`).join('')}\n`);
}

async function exchange(path: string, request: string): Promise<string[]> {
  const lines = (await ask(path, request)).split('\n').slice(0, -2);
  const errno = /^errno=(-?\d+)$/.exec(lines.at(-1) ?? '')?.[1];
  if (errno === undefined) throw new ControlError('bad-reply', `${path}: the answer is not understood`);
  if (Number(errno) !== 0) throw new ControlError('refused', `${path}: ${errorText(Number(errno))}`);
  return lines.slice(0, -1);
}

/** The whole answer, with the empty line at its end. */
function ask(path: string, request: string): Promise<string> {
  const socket = connect(path, () => socket.write(request));
  const answer = new Promise<string>((resolve, reject) => {
    const fail = (code: ControlError['code'], what: string): void => reject(new ControlError(code, `${path}: ${what}`));
    socket.setTimeout(TIMEOUT_MS, () => fail('timeout', 'no answer in time'));
    socket.on('error', (error: NodeJS.ErrnoException) => reject(connectError(path, error)));
    socket.on('end', () => fail('bad-reply', 'the connection closed without an answer'));
    collect(socket, resolve, () => fail('bad-reply', 'the answer is too long'));
  });
  return answer.finally(() => socket.destroy());
}

function collect(socket: Socket, onWhole: (answer: string) => void, onTooLong: () => void): void {
  /** BOUNDED by MAX_ANSWER_BYTES. */
  const chunks: Buffer[] = [];
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) onTooLong();
    // An empty line ends it, and may have been cut in two.
    const tail = Buffer.concat(chunks.slice(-2)).toString('latin1');
    if (tail.endsWith('\n\n')) onWhole(Buffer.concat(chunks).toString('utf8'));
  });
}

/** Daemons write the number with either sign. */
function errorText(errno: number): string {
  const [name, meaning] = getSystemErrorMap().get(-Math.abs(errno)) ?? [`error ${errno}`, 'refused'];
  return `${meaning} (${name}); the log of the tunnel says more`;
}
