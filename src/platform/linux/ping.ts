/** Echo requests of our own, for the demo and for tests: is there a way, and how long is it. */
import { formatAddress } from '../../protocol/address-text.ts';
import { ERRNO } from '../ffi/errno.ts';
import { NativeBuffer } from '../ffi/native-buffer.ts';
import { watchReadable } from '../ffi/readable-watch.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { decodeEchoReply, encodeEchoRequest } from './icmp-echo.ts';
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from './socket.ts';
import { encodeSocketAddress } from './socket-address.ts';

export interface PingOptions {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly count: number;
  /** Milliseconds between requests; default 200. */
  readonly interval?: number;
  /** Milliseconds that the last answer is waited for; default 1000. */
  readonly timeout?: number;
  /** Bytes of data in each request; default 56. */
  readonly dataBytes?: number;
  /** Hears of each answer as it comes. */
  readonly onReply?: (milliseconds: number) => void;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Of each answer, in the order of arrival; milliseconds. BOUNDED by `count`. */
  readonly roundTrips: readonly number[];
}

const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const MAX_PACKET_BYTES = 65536;
const ADDRESS_BYTES = 32;

let nextIdentifier = process.pid & 0xffff;

/**
 * Resolves when every request is answered or its time is over. Sends through the network namespace
 * that the caller is in when it calls. Throws SystemCallError EPERM without CAP_NET_RAW.
 */
export async function ping(options: PingOptions, syscalls: Syscalls = loadSyscalls()): Promise<PingResult> {
  const session = new PingSession(syscalls, options);
  try {
    return await session.run();
  } finally {
    session.close();
  }
}

class PingSession {
  readonly #syscalls: Syscalls;
  readonly #options: PingOptions;
  readonly #family: 4 | 6;
  readonly #socket: number;
  readonly #packet: NativeBuffer;
  readonly #target: NativeBuffer;
  readonly #identifier: number;
  /** When each unanswered request left. BOUNDED by `count`. */
  readonly #pending = new Map<number, number>();
  readonly #roundTrips: number[] = [];
  #sent = 0;
  #finished = (): void => undefined;

  constructor(syscalls: Syscalls, options: PingOptions) {
    this.#syscalls = syscalls;
    this.#options = options;
    this.#family = options.address.length === 4 ? 4 : 6;
    this.#socket = openRawSocket(syscalls, options.address);
    this.#packet = new NativeBuffer(syscalls, MAX_PACKET_BYTES);
    this.#target = new NativeBuffer(syscalls, ADDRESS_BYTES);
    this.#identifier = nextIdentifier;
    nextIdentifier = (nextIdentifier + 1) & 0xffff;
  }

  async run(): Promise<PingResult> {
    const watch = watchReadable(this.#socket, () => this.#receive());
    try {
      await this.#sendAll();
    } finally {
      watch.close();
    }
    return { sent: this.#sent, received: this.#roundTrips.length, roundTrips: this.#roundTrips };
  }

  close(): void {
    this.#syscalls.close(this.#socket);
  }

  /** Resolves with the last answer, or when the last request's time is over. */
  #sendAll(): Promise<void> {
    const { count, interval = 200, timeout = 1000 } = this.#options;
    return new Promise((resolve) => {
      let timer = setTimeout(next.bind(this), 0);
      this.#finished = () => {
        clearTimeout(timer);
        resolve();
      };
      function next(this: PingSession): void {
        this.#send();
        timer = this.#sent < count ? setTimeout(next.bind(this), interval) : setTimeout(this.#finished, timeout);
      }
    });
  }

  /** A request that the system refuses counts as sent and lost: the way may open later. */
  #send(): void {
    const { address, dataBytes = 56 } = this.#options;
    const mark = { identifier: this.#identifier, sequence: this.#sent & 0xffff };
    const request = encodeEchoRequest(this.#family, mark, dataBytes);
    this.#packet.bytes.set(request);
    const size = encodeSocketAddress(this.#target.bytes, 0, { address, port: 0, scopeId: 0 });
    this.#pending.set(mark.sequence, performance.now());
    this.#sent++;
    this.#syscalls.sendto(this.#socket, this.#packet.address, request.length, 0, this.#target.address, size);
  }

  #receive(): void {
    for (;;) {
      const { address, bytes } = this.#packet;
      const length = this.#syscalls.recvfrom(this.#socket, address, MAX_PACKET_BYTES, 0, 0, 0);
      if (length < 0 && this.#syscalls.errno() === ERRNO.EAGAIN) return;
      if (length > 0) this.#handle(bytes.subarray(0, length));
    }
  }

  #handle(packet: Uint8Array): void {
    const mark = decodeEchoReply(this.#family, packet);
    if (mark === undefined || mark.identifier !== this.#identifier) return;
    const sentAt = this.#pending.get(mark.sequence);
    if (sentAt === undefined) return;
    this.#pending.delete(mark.sequence);
    const milliseconds = performance.now() - sentAt;
    this.#roundTrips.push(milliseconds);
    this.#options.onReply?.(milliseconds);
    if (this.#sent === this.#options.count && this.#pending.size === 0) this.#finished();
  }
}

function openRawSocket(syscalls: Syscalls, address: Uint8Array): number {
  const [family, protocol] = address.length === 4 ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6];
  const socket = syscalls.socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (socket >= 0) return socket;
  const attempt = `ping ${formatAddress(address)}`;
  throw new SystemCallError('socket SOCK_RAW', syscalls.errno(), attempt, 'missing privileges, CAP_NET_RAW is needed');
}
