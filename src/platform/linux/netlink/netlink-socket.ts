/**
 * A conversation with the kernel's routing side: one request, then its answer, in order. The kernel
 * answers before the send returns, so waiting is a formality and everything here is synchronous.
 */
import { ERRNO } from '../../ffi/errno.ts';
import { NativeBuffer } from '../../ffi/native-buffer.ts';
import type { Syscalls } from '../../ffi/syscalls.ts';
import { loadSyscalls } from '../../ffi/syscalls.ts';
import { SystemCallError } from '../../ffi/system-call-error.ts';
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW, SOL_SOCKET, trySetOption } from '../socket.ts';
import { NETLINK_ROUTE, NLM_F, NLMSG, RTM } from './constants.ts';
import type { Attribute, NetlinkMessage } from './message.ts';
import { decodeMessages, encodeMessage } from './message.ts';
import { errnoOf, kernelTextOf, NetlinkError } from './netlink-error.ts';

/** A request: `fixed` is the structure of its type. `attempt` names it in errors. */
export interface NetlinkRequest {
  readonly type: number;
  readonly fixed: Uint8Array;
  readonly attributes: readonly Attribute[];
  readonly attempt: string;
}

const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
/** Dumps are filtered by the kernel rather than by us, since 4.20. */
const NETLINK_GET_STRICT_CHK = 12;
const SO_RCVTIMEO = 20;
const ANSWER_TIMEOUT_SECONDS = 5;

/** The kernel fills at most 32 KiB at a time. */
const RECEIVE_BYTES = 64 << 10;
/** BOUNDED: entries of one dump that are kept. A routing table may hold a million routes; none of ours does. */
const MAX_DUMP_ENTRIES = 65536;
/** Dumps that another program's change made inconsistent are repeated this often. */
const MAX_DUMP_ATTEMPTS = 5;

export class NetlinkSocket {
  readonly #syscalls: Syscalls;
  readonly #buffer: NativeBuffer;
  readonly #descriptor: number;
  #sequence = 0;

  /** Speaks to the network namespace that the calling thread is in now, also later. */
  constructor(syscalls: Syscalls = loadSyscalls()) {
    this.#syscalls = syscalls;
    this.#buffer = new NativeBuffer(syscalls, RECEIVE_BYTES);
    this.#descriptor = syscalls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#descriptor < 0) throw new SystemCallError('socket AF_NETLINK', syscalls.errno());
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
      trySetOption(syscalls, this.#descriptor, SOL_NETLINK, option, 1);
    }
    this.#limitWaiting();
  }

  /** Makes a change and waits for the kernel's word on it. @param flags e.g. NLM_F.CREATE */
  change(request: NetlinkRequest, flags = 0): void {
    const sequence = this.#send(request, NLM_F.REQUEST | NLM_F.ACK | flags);
    this.#nextAnswer(request, sequence);
  }

  /** Asks for one thing. Throws NetlinkError where the kernel has no such thing. */
  get(request: NetlinkRequest): NetlinkMessage {
    const sequence = this.#send(request, NLM_F.REQUEST);
    const [answer] = this.#nextAnswer(request, sequence);
    if (answer === undefined) throw this.#error(request, ERRNO.EIO, 'the answer is empty');
    return answer;
  }

  /** Asks for all of a kind. */
  dump(request: NetlinkRequest): NetlinkMessage[] {
    for (let attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      const entries = this.#dumpOnce(request);
      if (entries !== undefined) return entries;
    }
    throw this.#error(request, ERRNO.EBUSY, 'it changes faster than it can be read');
  }

  close(): void {
    this.#syscalls.close(this.#descriptor);
  }

  #limitWaiting(): void {
    const { view, address } = this.#buffer;
    view.setUint32(0, ANSWER_TIMEOUT_SECONDS, true);
    view.setUint32(4, 0, true);
    view.setUint32(8, 0, true);
    view.setUint32(12, 0, true);
    this.#syscalls.setsockopt(this.#descriptor, SOL_SOCKET, SO_RCVTIMEO, address, 16);
  }

  #send(request: NetlinkRequest, flags: number): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const header = { type: request.type, flags, sequence: this.#sequence };
    const message = encodeMessage(header, request.fixed, request.attributes);
    this.#buffer.bytes.set(message);
    if (this.#syscalls.sendto(this.#descriptor, this.#buffer.address, message.length, 0, 0, 0) < 0) {
      throw this.#error(request, this.#syscalls.errno());
    }
    return this.#sequence;
  }

  /** Messages of this conversation out of the next receive that has any; errors are thrown. */
  #nextAnswer(request: NetlinkRequest, sequence: number): NetlinkMessage[] {
    for (;;) {
      const messages = this.#receive(request).filter((message) => message.sequence === sequence);
      if (messages.length === 0) continue; // the rest of an earlier, failed conversation
      for (const message of messages) this.#throwIfError(request, message);
      return messages;
    }
  }

  /** undefined: it changed while it was read. */
  #dumpOnce(request: NetlinkRequest): NetlinkMessage[] | undefined {
    const sequence = this.#send(request, NLM_F.REQUEST | NLM_F.DUMP);
    const entries: NetlinkMessage[] = [];
    let overflow = false;
    for (let consistent = true, done = false; ; ) {
      for (const message of this.#nextAnswer(request, sequence)) {
        if ((message.flags & NLM_F.DUMP_INTERRUPTED) !== 0) consistent = false;
        if (message.type === NLMSG.DONE) done = true;
        else if (entries.length < MAX_DUMP_ENTRIES) entries.push(message);
        else overflow = true;
      }
      if (!done) continue;
      if (overflow) throw this.#error(request, ERRNO.ENOBUFS, `more than ${MAX_DUMP_ENTRIES} entries`);
      return consistent ? entries : undefined;
    }
  }

  #receive(request: NetlinkRequest): NetlinkMessage[] {
    for (;;) {
      const length = this.#syscalls.recvfrom(this.#descriptor, this.#buffer.address, RECEIVE_BYTES, 0, 0, 0);
      if (length >= 0) return decodeMessages(this.#buffer.bytes.subarray(0, length));
      const errno = this.#syscalls.errno();
      if (errno === ERRNO.EINTR) continue;
      throw this.#error(request, errno === ERRNO.EAGAIN ? ERRNO.ETIMEDOUT : errno);
    }
  }

  #throwIfError(request: NetlinkRequest, message: NetlinkMessage): void {
    if (message.type !== NLMSG.ERROR && message.type !== NLMSG.DONE) return;
    const errno = errnoOf(message);
    if (errno !== 0) throw this.#error(request, errno, kernelTextOf(message));
  }

  #error(request: NetlinkRequest, errno: number, text?: string): NetlinkError {
    return new NetlinkError(`netlink ${requestName(request.type)}`, errno, request.attempt, text);
  }
}

function requestName(type: number): string {
  const known = Object.entries(RTM).find(([, number]) => number === type);
  return known === undefined ? `message ${type}` : `RTM_${known[0]}`;
}
