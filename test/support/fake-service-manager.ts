/** The end of sd_notify(3) where systemd sits: a Unix datagram socket, and what came there. */
import { NativeBuffer } from '../../src/platform/ffi/native-buffer.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { SystemCallError } from '../../src/platform/ffi/system-call-error.ts';
import { AF_UNIX, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM } from '../../src/platform/linux/socket.ts';

const MAX_MESSAGE = 4096;

export class FakeServiceManager {
  /** For NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Every datagram so far, each a list of assignments. BOUNDED by the test. */
  readonly messages: string[][] = [];
  readonly #syscalls = loadSyscalls();
  readonly #buffer = new NativeBuffer(this.#syscalls, MAX_MESSAGE);
  readonly #socket: number;

  constructor(address: string) {
    this.address = address;
    this.#socket = this.#check('socket', this.#syscalls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const path = Buffer.from(address.replace(/^@/, '\0'));
    this.#buffer.view.setUint16(0, AF_UNIX, true);
    this.#buffer.bytes.set(path, 2);
    // The zero behind a path may be left out, the one behind an abstract name would be part of it.
    this.#check('bind', this.#syscalls.bind(this.#socket, this.#buffer.address, 2 + path.length));
  }

  /** Takes what has arrived; true when some message has this assignment. */
  has(assignment: string): boolean {
    this.#receive();
    return this.messages.some((message) => message.includes(assignment));
  }

  /** How often it came. */
  count(assignment: string): number {
    this.#receive();
    return this.messages.flat().filter((each) => each === assignment).length;
  }

  close(): void {
    this.#syscalls.close(this.#socket);
  }

  #receive(): void {
    for (;;) {
      const { address, bytes } = this.#buffer;
      const length = this.#syscalls.recvfrom(this.#socket, address, MAX_MESSAGE, MSG_DONTWAIT, 0, 0);
      if (length < 0) return;
      this.messages.push(new TextDecoder().decode(bytes.subarray(0, length)).split('\n'));
    }
  }

  #check(call: string, result: number): number {
    if (result < 0) throw new SystemCallError(call, this.#syscalls.errno());
    return result;
  }
}
