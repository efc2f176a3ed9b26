/**
 * The datagram socket on which a service manager hears from its services: the protocol of sd_notify(3),
 * at the address in NOTIFY_SOCKET. Node.js has no Unix datagram sockets, so this goes through the FFI.
 * Rarely used: control thread only.
 */
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from './socket.ts';

/** `struct sockaddr_un` (unix(7)): two bytes of family, then the path. */
const PATH_AT = 2;
const PATH_CAPACITY = 108;

const SO_SNDTIMEO = 21;
const TIMEVAL_BYTES = 16;
/** A manager that does not read its socket must not hold up the tunnel for longer. */
const PATIENCE_SECONDS = 1;

const MSG_NOSIGNAL = 0x4000;
/** BOUNDED: more than our assignments ever take, and less than any socket buffer. */
const MESSAGE_CAPACITY = 2048;

export class NotifySocket {
  readonly #syscalls: Syscalls;
  readonly #descriptor: number;
  readonly #message: NativeBuffer;
  readonly #address: NativeBuffer;
  readonly #addressLength: number;
  /** Connected, it can be reached even when we may not go by its path any more. */
  readonly #isConnected: boolean;

  /**
   * @param name a path, or `@` and a name in the abstract namespace (unix(7))
   * @throws RangeError for a name that is neither or too long, SystemCallError
   */
  constructor(name: string, syscalls: Syscalls = loadSyscalls()) {
    this.#syscalls = syscalls;
    this.#address = new NativeBuffer(syscalls, PATH_AT + PATH_CAPACITY);
    this.#addressLength = writeUnixAddress(this.#address, name);
    this.#message = new NativeBuffer(syscalls, MESSAGE_CAPACITY);
    this.#descriptor = syscalls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (this.#descriptor < 0) throw new SystemCallError('socket', syscalls.errno(), 'reach the service manager');
    this.#limitPatience();
    this.#isConnected = syscalls.connect(this.#descriptor, this.#address.address, this.#addressLength) === 0;
  }

  /**
   * Sends one datagram of assignments, one a line.
   *
   * @throws SystemCallError when nobody listens there, or nobody reads; RangeError for too long a text
   */
  send(assignments: readonly string[]): void {
    const bytes = new TextEncoder().encode(assignments.join('\n'));
    if (bytes.length > MESSAGE_CAPACITY) throw new RangeError(`a notification of ${bytes.length} bytes is too long`);
    this.#message.bytes.set(bytes);
    if (this.#isConnected && this.#sendTo(bytes.length, 0, 0) >= 0) return;
    const sent = this.#sendTo(bytes.length, this.#address.address, this.#addressLength);
    if (sent < 0) throw new SystemCallError('sendto', this.#syscalls.errno(), 'reach the service manager');
  }

  #sendTo(length: number, to: number, toLength: number): number {
    return this.#syscalls.sendto(this.#descriptor, this.#message.address, length, MSG_NOSIGNAL, to, toLength);
  }

  close(): void {
    this.#syscalls.close(this.#descriptor);
  }

  #limitPatience(): void {
    const { view, address } = this.#syscalls.scratch;
    view.setBigInt64(0, BigInt(PATIENCE_SECONDS), true);
    view.setBigInt64(8, 0n, true);
    this.#syscalls.setsockopt(this.#descriptor, SOL_SOCKET, SO_SNDTIMEO, address, TIMEVAL_BYTES);
  }
}

/** The length of the address: a path ends with a zero, an abstract name begins with one and ends where it ends. */
function writeUnixAddress(target: NativeBuffer, name: string): number {
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/')) throw new RangeError(`"${name}" is neither a path nor an abstract name`);
  const bytes = new TextEncoder().encode(name);
  if (bytes.length < 2 || bytes.length >= PATH_CAPACITY) throw new RangeError(`"${name}" is no address of a socket`);
  target.view.setUint16(0, AF_UNIX, true);
  target.bytes.set(bytes, PATH_AT);
  if (isAbstract) target.bytes[PATH_AT] = 0;
  return PATH_AT + bytes.length + (isAbstract ? 0 : 1);
}
