/**
 * Hears the answers to echo requests that left by another way than a socket: those which the carrier
 * selection puts into the tunnel. Listens where packets come off the tunnel's interface (packet(7)),
 * before any firewall, which would take the answers for unsolicited. A filter in the kernel passes ICMP
 * only, so the other packets cost next to nothing.
 */
import { ERRNO } from '../ffi/errno.ts';
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { ReadableWatch } from '../ffi/readable-watch.ts';
import { watchReadable } from '../ffi/readable-watch.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import type { EchoMark } from './icmp-echo.ts';
import { decodeEchoAnswer } from './icmp-echo.ts';
import { AF_PACKET, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET } from './socket.ts';

const SO_ATTACH_FILTER = 26;

/** What tells ICMP: Ethernet's number of the family, and where its header names the protocol inside. */
const FAMILIES = {
  4: { etherType: 0x0800, protocolOffset: 9, protocol: 1 },
  6: { etherType: 0x86dd, protocolOffset: 6, protocol: 58 },
} as const;

/** Classic BPF (filter.h): instructions of code u16, jump if true u8, if false u8, operand u32. */
const BPF = { loadByte: 0x30, jumpIfEqual: 0x15, return: 0x06, instructionBytes: 8 } as const;
/** sock_fprog: 0 number of instructions u16, 8 their address u64 */
const PROGRAM = { count: 0, address: 8, instructions: 16 } as const;
/** sockaddr_ll: 0 family u16, 2 protocol u16 big endian, 4 interface index i32 */
const SOCKADDR_LL = { protocol: 2, index: 4, bytes: 20 } as const;

/** An error message quotes a packet; no more of it is of interest. */
const PACKET_BYTES = 2048;
/** BOUNDS the work of one wake-up; what is left wakes us again. */
const MAX_PACKETS = 64;

export class EchoListener {
  readonly #syscalls: Syscalls;
  readonly #family: 4 | 6;
  readonly #buffer: NativeBuffer;
  readonly #socket: number;
  readonly #watch: ReadableWatch;
  readonly #onAnswer: (mark: EchoMark) => void;

  /**
   * Listens to one interface of this network namespace.
   *
   * @throws SystemCallError EPERM without CAP_NET_RAW
   */
  constructor(
    family: 4 | 6,
    interfaceIndex: number,
    onAnswer: (mark: EchoMark) => void,
    syscalls: Syscalls = loadSyscalls(),
  ) {
    this.#syscalls = syscalls;
    this.#family = family;
    this.#onAnswer = onAnswer;
    this.#buffer = new NativeBuffer(syscalls, PACKET_BYTES);
    this.#socket = this.#open(interfaceIndex);
    this.#watch = watchReadable(this.#socket, () => this.#receive());
  }

  close(): void {
    this.#watch.close();
    this.#syscalls.close(this.#socket);
  }

  /** Of no protocol, and so deaf, until filter and interface are set. */
  #open(interfaceIndex: number): number {
    const attempt = `hear echo replies on interface ${interfaceIndex}`;
    const socket = this.#syscalls.socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) throw new SystemCallError('socket AF_PACKET', this.#syscalls.errno(), attempt);
    if (this.#filter(socket) && this.#bind(socket, interfaceIndex)) return socket;
    const errno = this.#syscalls.errno();
    this.#syscalls.close(socket);
    throw new SystemCallError('bind AF_PACKET', errno, attempt);
  }

  #filter(socket: number): boolean {
    const { view, address } = this.#buffer;
    const { protocolOffset, protocol } = FAMILIES[this.#family];
    const program: readonly (readonly [code: number, ifTrue: number, ifFalse: number, operand: number])[] = [
      [BPF.loadByte, 0, 0, protocolOffset],
      [BPF.jumpIfEqual, 0, 1, protocol],
      [BPF.return, 0, 0, PACKET_BYTES],
      [BPF.return, 0, 0, 0],
    ];
    view.setUint16(PROGRAM.count, program.length, true);
    view.setBigUint64(PROGRAM.address, BigInt(address + PROGRAM.instructions), true);
    for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
      const offset = PROGRAM.instructions + index * BPF.instructionBytes;
      view.setUint16(offset, code, true);
      view.setUint8(offset + 2, ifTrue);
      view.setUint8(offset + 3, ifFalse);
      view.setUint32(offset + 4, operand, true);
    }
    return this.#syscalls.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, address, PROGRAM.instructions) === 0;
  }

  #bind(socket: number, interfaceIndex: number): boolean {
    const { bytes, view, address } = this.#buffer;
    bytes.fill(0, 0, SOCKADDR_LL.bytes);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(SOCKADDR_LL.protocol, FAMILIES[this.#family].etherType);
    view.setInt32(SOCKADDR_LL.index, interfaceIndex, true);
    return this.#syscalls.bind(socket, address, SOCKADDR_LL.bytes) === 0;
  }

  #receive(): void {
    for (let count = 0; count < MAX_PACKETS; count++) {
      const { address, bytes } = this.#buffer;
      const length = this.#syscalls.recvfrom(this.#socket, address, PACKET_BYTES, 0, 0, 0);
      if (length < 0 && this.#syscalls.errno() !== ERRNO.EINTR) return;
      const mark = length > 0 ? decodeEchoAnswer(this.#family, bytes.subarray(0, length)) : undefined;
      if (mark !== undefined) this.#onAnswer(mark);
    }
  }
}
