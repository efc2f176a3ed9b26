/**
 * Wakes a thread that sleeps in `Epoll.wait`. Two threads share it by its descriptor, each with an
 * object of its own over its own system calls.
 */
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const COUNTER_BYTES = 8;

export class EventFd {
  readonly descriptor: number;
  readonly #syscalls: Syscalls;
  /** The counter to add, and after it room for the counter that is read. */
  readonly #buffer: NativeBuffer;

  static create(syscalls: Syscalls): EventFd {
    const descriptor = syscalls.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) throw new SystemCallError('eventfd', syscalls.errno());
    return new EventFd(syscalls, descriptor);
  }

  /** @param descriptor of one that `create` made, perhaps in another thread */
  constructor(syscalls: Syscalls, descriptor: number) {
    this.#syscalls = syscalls;
    this.#buffer = new NativeBuffer(syscalls, 2 * COUNTER_BYTES);
    this.#buffer.view.setUint32(0, 1, true);
    this.descriptor = descriptor;
  }

  /** Makes the descriptor readable. Signals that nobody has drained yet are counted as one wake. */
  signal(): void {
    this.#syscalls.write(this.descriptor, this.#buffer.address, COUNTER_BYTES);
  }

  /** Makes it unreadable again; true when it had been signalled. */
  drain(): boolean {
    return this.#syscalls.read(this.descriptor, this.#buffer.address + COUNTER_BYTES, COUNTER_BYTES) > 0;
  }

  /** By its maker only, when no thread waits for it any more. */
  close(): void {
    this.#syscalls.close(this.descriptor);
  }
}
