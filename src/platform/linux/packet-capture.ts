/**
 * What passes an interface, copied by the kernel (packet(7)): the demo's proof of what the wire looked
 * like. Trains that the kernel has not cut yet (UDP_SEGMENT) come in one piece and say how they will
 * be cut, so `datagrams` are counted as the far end sees them.
 */
import { ERRNO } from '../ffi/errno.ts';
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { AF_PACKET, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, SOL_SOCKET, trySetOption } from './socket.ts';

export interface CapturedPacket {
  /** The IP packet, without any link-layer header. */
  readonly packet: Uint8Array;
  /** Bytes of transport payload in each packet that this one will be cut into; 0 for one that stays whole. */
  readonly segment: number;
  /** Whether it left here rather than arrived. */
  readonly outgoing: boolean;
}

const ETH_P_ALL = 0x0003;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const PACKET_VNET_HDR = 15;
const SO_RCVBUF = 8;
const VNET_HEADER_BYTES = 10;
const VNET_SEGMENT = 4;
const ETHERNET_HEADER_BYTES = 14;

/**
 * sockaddr_ll:
 *     0 family u16, 2 protocol u16 big endian, 4 interface index i32, 8 hardware type u16,
 *     10 packet type u8, 11 length u8, 12 address
 */
const SOCKADDR_LL = { protocol: 2, index: 4, hardwareType: 8, packetType: 10, bytes: 20 } as const;
const PACKET_OUTGOING = 4;
/** Hardware types that begin with an Ethernet header: Ethernet and loopback. A TUN has none. */
const ETHERNET_TYPES: readonly number[] = [1, 772];

/** BOUNDED: what waits to be read; the kernel drops and counts the rest. */
const RECEIVE_BUFFER_BYTES = 4 << 20;
const MAX_PACKET_BYTES = 1 << 17;

export class PacketCapture {
  /** Becomes readable when there is something; see `watchReadable`. */
  readonly descriptor: number;
  readonly #syscalls: Syscalls;
  readonly #buffer: NativeBuffer;
  readonly #from: NativeBuffer;
  #dropped = 0;

  /** Throws SystemCallError EPERM without CAP_NET_RAW, ENXIO for an unknown interface. */
  constructor(interfaceIndex: number, syscalls: Syscalls = loadSyscalls()) {
    this.#syscalls = syscalls;
    this.#buffer = new NativeBuffer(syscalls, MAX_PACKET_BYTES);
    this.#from = new NativeBuffer(syscalls, 64);
    this.descriptor = this.#open(interfaceIndex);
  }

  /** The next packet, or undefined when nothing waits. */
  read(): CapturedPacket | undefined {
    const lengthAt = SOCKADDR_LL.bytes;
    this.#from.view.setUint32(lengthAt, SOCKADDR_LL.bytes, true);
    const { address } = this.#from;
    const length = this.#syscalls.recvfrom(
      this.descriptor,
      this.#buffer.address,
      MAX_PACKET_BYTES,
      0,
      address,
      address + lengthAt,
    );
    if (length < 0) {
      this.#nothing(this.#syscalls.errno());
      return;
    }
    return this.#decode(length);
  }

  /** Packets that the kernel had no room for, so far. */
  dropped(): number {
    const { view, address } = this.#from;
    view.setUint32(8, 8, true);
    if (this.#syscalls.getsockopt(this.descriptor, SOL_PACKET, PACKET_STATISTICS, address, address + 8) === 0) {
      this.#dropped += view.getUint32(4, true); // the kernel begins anew with each question
    }
    return this.#dropped;
  }

  close(): void {
    this.#syscalls.close(this.descriptor);
  }

  #open(interfaceIndex: number): number {
    const syscalls = this.#syscalls;
    const attempt = `capture packets of interface ${interfaceIndex}`;
    const socket = syscalls.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) {
      const hint = 'missing privileges, CAP_NET_RAW is needed';
      throw new SystemCallError('socket AF_PACKET', syscalls.errno(), attempt, hint);
    }
    trySetOption(syscalls, socket, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    const ready = trySetOption(syscalls, socket, SOL_PACKET, PACKET_VNET_HDR, 1) && this.#bind(socket, interfaceIndex);
    if (ready) return socket;
    const errno = syscalls.errno();
    syscalls.close(socket);
    throw new SystemCallError('bind AF_PACKET', errno, attempt);
  }

  #bind(socket: number, interfaceIndex: number): boolean {
    const { bytes, view, address } = this.#from;
    bytes.fill(0);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(SOCKADDR_LL.protocol, ETH_P_ALL);
    view.setInt32(SOCKADDR_LL.index, interfaceIndex, true);
    return this.#syscalls.bind(socket, address, SOCKADDR_LL.bytes) === 0;
  }

  #nothing(errno: number): undefined {
    if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR || errno === ERRNO.ENETDOWN) return undefined;
    throw new SystemCallError('recvfrom AF_PACKET', errno, 'capture packets');
  }

  #decode(length: number): CapturedPacket {
    const ethernet = ETHERNET_TYPES.includes(this.#from.view.getUint16(SOCKADDR_LL.hardwareType, true));
    const start = VNET_HEADER_BYTES + (ethernet ? ETHERNET_HEADER_BYTES : 0);
    return {
      packet: this.#buffer.bytes.slice(start, length),
      segment: this.#buffer.view.getUint16(VNET_SEGMENT, true),
      outgoing: this.#from.bytes[SOCKADDR_LL.packetType] === PACKET_OUTGOING,
    };
  }
}
