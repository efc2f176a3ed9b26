/** Where a data-plane thread sleeps until a packet, a datagram or a command comes. Level triggered. */
import { ERRNO } from '../ffi/errno.ts';
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;

export const EPOLLIN = 1;

/** struct epoll_event is packed on x86-64 and nowhere else. */
const EVENT = process.arch === 'x64' ? { data: 4, bytes: 12 } : { data: 8, bytes: 16 };

/** Most events of one `wait`; more wait for the next one. */
const CAPACITY = 16;

export class Epoll {
  readonly #syscalls: Syscalls;
  readonly #descriptor: number;
  readonly #buffer: NativeBuffer;

  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls;
    this.#buffer = new NativeBuffer(syscalls, CAPACITY * EVENT.bytes);
    this.#descriptor = syscalls.epollCreate(EPOLL_CLOEXEC);
    if (this.#descriptor < 0) throw new SystemCallError('epoll_create1', syscalls.errno());
  }

  add(descriptor: number, events = EPOLLIN): void {
    this.#buffer.view.setUint32(0, events, true);
    this.#buffer.view.setInt32(EVENT.data, descriptor, true);
    this.#buffer.view.setInt32(EVENT.data + 4, 0, true);
    this.#control(EPOLL_CTL_ADD, descriptor);
  }

  remove(descriptor: number): void {
    this.#control(EPOLL_CTL_DEL, descriptor);
  }

  /** Sleeps up to `milliseconds` (-1: for ever, 0: not at all); returns how many are ready, 0 after a signal or in time. */
  wait(milliseconds: number): number {
    const count = this.#syscalls.epollWait(this.#descriptor, this.#buffer.address, CAPACITY, milliseconds);
    return count < 0 ? this.#interrupted(this.#syscalls.errno()) : count;
  }

  /** Descriptor number `index` of those that the last `wait` found. */
  ready(index: number): number {
    return this.#buffer.view.getInt32(index * EVENT.bytes + EVENT.data, true);
  }

  /** What it is ready for: EPOLLIN, and EPOLLERR (8) or EPOLLHUP (16) unasked. */
  events(index: number): number {
    return this.#buffer.view.getUint32(index * EVENT.bytes, true);
  }

  close(): void {
    this.#syscalls.close(this.#descriptor);
  }

  #interrupted(errno: number): number {
    if (errno === ERRNO.EINTR) return 0;
    throw new SystemCallError('epoll_wait', errno);
  }

  #control(operation: number, descriptor: number): void {
    if (this.#syscalls.epollControl(this.#descriptor, operation, descriptor, this.#buffer.address) < 0) {
      throw new SystemCallError('epoll_ctl', this.#syscalls.errno(), `watch descriptor ${descriptor}`);
    }
  }
}
