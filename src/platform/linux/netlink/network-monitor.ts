/**
 * Hears that links, addresses or routes of this network namespace have changed, on the control thread.
 * What exactly has changed is not told: whoever wants to know looks, which is never out of date.
 */
import { ERRNO } from '../../ffi/errno.ts';
import { NativeBuffer } from '../../ffi/native-buffer.ts';
import type { ReadableWatch } from '../../ffi/readable-watch.ts';
import { watchReadable } from '../../ffi/readable-watch.ts';
import type { Syscalls } from '../../ffi/syscalls.ts';
import { loadSyscalls } from '../../ffi/syscalls.ts';
import { SystemCallError } from '../../ffi/system-call-error.ts';
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from '../socket.ts';
import { NETLINK_ROUTE, RTMGRP } from './constants.ts';

const GROUPS = RTMGRP.LINK | RTMGRP.IPV4_IFADDR | RTMGRP.IPV4_ROUTE | RTMGRP.IPV6_IFADDR | RTMGRP.IPV6_ROUTE;

/** struct sockaddr_nl: family u16, padding u16, process u32, groups u32. */
const SOCKADDR_NL = { family: 0, groups: 8, bytes: 12 } as const;

/** The rest of a message is cut off: nobody looks into it. */
const MESSAGE_BYTES = 4096;
/** BOUNDS the work of one wake-up; what is left wakes us again. */
const MAX_MESSAGES = 64;

export class NetworkMonitor {
  readonly #syscalls: Syscalls;
  readonly #buffer: NativeBuffer;
  readonly #socket: number;
  readonly #watch: ReadableWatch;
  readonly #onChange: () => void;

  /**
   * Listens to the network namespace that the calling thread is in now.
   *
   * @throws SystemCallError
   */
  constructor(onChange: () => void, syscalls: Syscalls = loadSyscalls()) {
    this.#syscalls = syscalls;
    this.#onChange = onChange;
    this.#buffer = new NativeBuffer(syscalls, MESSAGE_BYTES);
    this.#socket = this.#open();
    this.#watch = watchReadable(this.#socket, () => this.#receive());
  }

  close(): void {
    this.#watch.close();
    this.#syscalls.close(this.#socket);
  }

  #open(): number {
    const socket = this.#syscalls.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (socket < 0) throw new SystemCallError('socket AF_NETLINK', this.#syscalls.errno());
    const { bytes, view, address } = this.#buffer;
    bytes.fill(0, 0, SOCKADDR_NL.bytes);
    view.setUint16(SOCKADDR_NL.family, AF_NETLINK, true);
    view.setUint32(SOCKADDR_NL.groups, GROUPS, true);
    if (this.#syscalls.bind(socket, address, SOCKADDR_NL.bytes) === 0) return socket;
    const errno = this.#syscalls.errno();
    this.#syscalls.close(socket);
    throw new SystemCallError('bind AF_NETLINK', errno, 'hear of changes of the network');
  }

  /** Messages that did not fit the socket's buffer (ENOBUFS) are news as well. */
  #receive(): void {
    let hasChanged = false;
    for (let count = 0; count < MAX_MESSAGES; count++) {
      const length = this.#syscalls.recvfrom(this.#socket, this.#buffer.address, MESSAGE_BYTES, 0, 0, 0);
      const errno = length < 0 ? this.#syscalls.errno() : 0;
      if (length <= 0 && errno !== ERRNO.EINTR && errno !== ERRNO.ENOBUFS) break;
      hasChanged = true;
    }
    if (hasChanged) this.#onChange();
  }
}
