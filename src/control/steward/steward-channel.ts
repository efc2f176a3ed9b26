/** The daemon's end of the line to its steward: asks, and waits for the answer, as a system call would. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { NativeBuffer } from '../../platform/ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../platform/ffi/privilege-calls.ts';
import { SystemCallError } from '../../platform/ffi/system-call-error.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET } from '../../platform/linux/socket.ts';
import type { StewardOrder, StewardReply, StewardSetup } from './steward-orders.ts';

/** Where the steward finds its end. */
export const CHANNEL_DESCRIPTOR = 3;
/** BOUNDED: a remembered network and its frame are far below. */
export const MAX_ORDER_BYTES = 4 << 20;

const SO_RCVTIMEO = 20;
/** Longer than the slowest order, deleting a table with `nft`, may take. */
const PATIENCE_SECONDS = 20n;
const CHUNK_BYTES = 65_536;

export class StewardChannel {
  readonly #own: number;
  /** For the process of the steward; closed here once that has it. */
  readonly theirs: number;
  #failure: Error | undefined;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);

  /** @throws SystemCallError */
  constructor(calls: PrivilegeCalls) {
    const pair = new NativeBuffer(calls.system, 16);
    if (calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.address) < 0)
      throw new SystemCallError('socketpair', calls.system.errno(), 'talk to the steward');
    this.#own = pair.view.getInt32(0, true);
    this.theirs = pair.view.getInt32(4, true);
    pair.view.setBigInt64(0, PATIENCE_SECONDS, true);
    pair.view.setBigInt64(8, 0n, true);
    calls.system.setsockopt(this.#own, SOL_SOCKET, SO_RCVTIMEO, pair.address, 16);
  }

  /** Something that has no answer. It waits until the steward reads it. */
  tell(message: StewardSetup): void {
    this.#send(`${JSON.stringify(message)}\n`);
  }

  /** @throws Error with what the steward has against it, or that it does not answer */
  ask(message: StewardOrder): unknown {
    const reply = this.#exchange(`${JSON.stringify(message)}\n`);
    if (reply.ok) return reply.result;
    throw new Error(reply.message);
  }

  closeTheirs(): void {
    closeSync(this.theirs);
  }

  close(): void {
    closeSync(this.#own);
  }

  /** Once an answer is missing, the next one to come would be taken for another question's. */
  #exchange(line: string): StewardReply {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#send(line);
      return JSON.parse(this.#receive()) as StewardReply;
    } catch (cause) {
      this.#failure = new Error(`the steward does not answer: ${String(cause)}`, { cause });
      throw this.#failure;
    }
  }

  #send(line: string): void {
    const bytes = Buffer.from(line);
    for (let sent = 0; sent < bytes.length; ) sent += uninterrupted(() => writeSync(this.#own, bytes, sent));
  }

  #receive(): string {
    const parts: Buffer[] = [];
    for (;;) {
      const length = uninterrupted(() => readSync(this.#own, this.#chunk, 0, CHUNK_BYTES, null));
      if (length === 0) throw new Error('it is gone');
      const part = Buffer.from(this.#chunk.subarray(0, length));
      parts.push(part);
      if (part[length - 1] === 0x0a) return Buffer.concat(parts).toString();
    }
  }
}

/** Signals of V8 and of threads that end come at any time (signal(7): with a timeout, nothing is restarted). */
function uninterrupted(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR') throw error;
    }
  }
}
