/**
 * The UDP sockets of a device: one for IPv4 and one for IPv6 on the same port, either of which may be
 * missing. What each can do is found out here, option by option, and kept as plain data for logs and
 * for the thread that moves the datagrams.
 *
 * IP_MTU_DISCOVER stays as the system has it, as in wireguard-go: datagrams larger than the known
 * path MTU leave in fragments rather than not at all.
 */
import { ERRNO } from '../ffi/errno.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { PRIVILEGE_HINT, SystemCallError } from '../ffi/system-call-error.ts';
import {
  AF_INET,
  AF_INET6,
  getOption,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  setOption,
  trySetOption,
} from './socket.ts';
import { decodeSocketAddress, encodeSocketAddress, SOCKADDR_IN6 } from './socket-address.ts';

export interface UdpOptions {
  /** 0 for a random one. */
  readonly port: number;
  /** Mark of outgoing datagrams for policy routing; 0 or absent for none. */
  readonly fwmark?: number;
}

/** What one family's socket got from the kernel. */
export interface UdpFamilyCapabilities {
  /** UDP_SEGMENT: one send carries many datagrams. */
  readonly segmentOffload: boolean;
  /** UDP_GRO: one receive brings many datagrams. */
  readonly receiveOffload: boolean;
  /** IP_PKTINFO / IPV6_PKTINFO: answers leave from the address that was spoken to. */
  readonly packetInfo: boolean;
  /** Bytes, as the kernel accounts them (twice what is asked for). */
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  /** The buffers were allowed to exceed the limits of the system. */
  readonly buffersForced: boolean;
}

export interface UdpCapabilities {
  /** undefined: the family is missing on this machine. */
  readonly v4: UdpFamilyCapabilities | undefined;
  readonly v6: UdpFamilyCapabilities | undefined;
}

/** What it takes to use the sockets from any thread. */
export interface UdpHandle {
  /** Descriptors, -1 for a missing family. */
  readonly v4: number;
  readonly v6: number;
  readonly port: number;
  readonly capabilities: UdpCapabilities;
}

const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_MARK = { level: SOL_SOCKET, name: 36, label: 'SO_MARK' };
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = { level: IPPROTO_IPV6, name: 26, label: 'IPV6_V6ONLY' };
const IPV6_RECVPKTINFO = 49;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;

/** Bytes; as wireguard-go. It holds some 30 ms of a 2 Gbit/s stream while the data plane is elsewhere. */
const SOCKET_BUFFER_BYTES = 7 << 20;
/** Rounds of "random port for IPv4, the same for IPv6" before giving up. */
const RANDOM_PORT_ATTEMPTS = 100;

/**
 * Opens, binds and tunes the sockets. Throws SystemCallError: EADDRINUSE when the port is taken,
 * EPERM when the mark needs privileges, EAFNOSUPPORT when there is neither IPv4 nor IPv6.
 */
export function openUdpSockets(options: UdpOptions, syscalls: Syscalls = loadSyscalls()): UdpHandle {
  const { v4, v6, port } = bindPair(syscalls, options.port);
  try {
    const capabilities = { v4: tune(syscalls, v4, AF_INET), v6: tune(syscalls, v6, AF_INET6) };
    const handle = { v4, v6, port, capabilities };
    if (options.fwmark !== undefined && options.fwmark !== 0) setFwmark(handle, options.fwmark, syscalls);
    return handle;
  } catch (error) {
    closeAll(syscalls, v4, v6);
    throw error;
  }
}

/** Marks what leaves from now on; 0 ends it. Throws SystemCallError EPERM without privileges. */
export function setFwmark(handle: UdpHandle, mark: number, syscalls: Syscalls = loadSyscalls()): void {
  for (const socket of [handle.v4, handle.v6]) {
    if (socket < 0) continue;
    setOption(syscalls, socket, SO_MARK, mark | 0, `mark datagrams with ${mark}`, PRIVILEGE_HINT);
  }
}

/**
 * Puts the sockets of `fresh` in the place of those of `handle`, under the same descriptors, while threads
 * go on using these. `fresh` must not be used any more. What has arrived at the old ones and was not read
 * is lost. Throws SystemCallError EAFNOSUPPORT, and changes nothing, where a family has gone missing.
 */
export function replaceUdpSockets(handle: UdpHandle, fresh: UdpHandle, syscalls: Syscalls = loadSyscalls()): void {
  for (const family of ['v4', 'v6'] as const) {
    if (handle[family] >= 0 && fresh[family] < 0)
      throw new SystemCallError('socket', ERRNO.EAFNOSUPPORT, `open a UDP socket for IP${family} again`);
  }
  for (const family of ['v4', 'v6'] as const) {
    if (handle[family] < 0) continue;
    if (syscalls.dup3(fresh[family], handle[family], SOCK_CLOEXEC) < 0)
      throw new SystemCallError('dup3', syscalls.errno(), 'replace a UDP socket');
  }
  closeAll(syscalls, fresh.v4, fresh.v6);
}

/** What is then written to the IPv4 socket can be read from it. Throws SystemCallError without loopback. */
export function connectToSelf({ v4, port }: UdpHandle, syscalls: Syscalls = loadSyscalls()): void {
  const { scratch } = syscalls;
  const size = encodeSocketAddress(scratch.bytes, 0, { address: Uint8Array.of(127, 0, 0, 1), port, scopeId: 0 });
  if (syscalls.connect(v4, scratch.address, size) < 0) throw new SystemCallError('connect', syscalls.errno());
}

/** When no thread uses them any more. */
export function closeUdpSockets(handle: UdpHandle, syscalls: Syscalls = loadSyscalls()): void {
  closeAll(syscalls, handle.v4, handle.v6);
}

interface BoundPair {
  readonly v4: number;
  readonly v6: number;
  readonly port: number;
}

/** A random port that IPv4 is given may be in use by another process's IPv6 socket: then both try again. */
function bindPair(syscalls: Syscalls, port: number): BoundPair {
  for (let attempt = 1; ; attempt++) {
    try {
      return bindBoth(syscalls, port);
    } catch (error) {
      const taken = error instanceof SystemCallError && error.errno === ERRNO.EADDRINUSE;
      if (!taken || port !== 0 || attempt === RANDOM_PORT_ATTEMPTS) throw error;
    }
  }
}

function bindBoth(syscalls: Syscalls, wanted: number): BoundPair {
  const v4 = openFamily(syscalls, AF_INET, wanted);
  try {
    const v6 = openFamily(syscalls, AF_INET6, v4?.port ?? wanted);
    const port = v4?.port ?? v6?.port;
    if (port !== undefined) return { v4: v4?.socket ?? -1, v6: v6?.socket ?? -1, port };
    throw new SystemCallError('socket', ERRNO.EAFNOSUPPORT, 'open a UDP socket', 'neither IPv4 nor IPv6 is available');
  } catch (error) {
    closeAll(syscalls, v4?.socket ?? -1);
    throw error;
  }
}

/** The bound socket, or undefined where the machine does not have the family. */
function openFamily(syscalls: Syscalls, family: number, port: number): { socket: number; port: number } | undefined {
  const socket = syscalls.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    const errno = syscalls.errno();
    if (errno === ERRNO.EAFNOSUPPORT) return undefined;
    throw new SystemCallError('socket', errno, 'open a UDP socket');
  }
  try {
    if (family === AF_INET6) setOption(syscalls, socket, IPV6_V6ONLY, 1);
    bindTo(syscalls, socket, family, port);
    return { socket, port: boundPort(syscalls, socket) };
  } catch (error) {
    syscalls.close(socket);
    if (family === AF_INET6 && isSwitchedOff(error)) return undefined;
    throw error;
  }
}

/** The kernel has IPv6, but this machine does not use it. */
function isSwitchedOff(error: unknown): boolean {
  return error instanceof SystemCallError && error.errno === ERRNO.EADDRNOTAVAIL;
}

function bindTo(syscalls: Syscalls, socket: number, family: number, port: number): void {
  const { scratch } = syscalls;
  const anyAddress = new Uint8Array(family === AF_INET ? 4 : 16);
  const size = encodeSocketAddress(scratch.bytes, 0, { address: anyAddress, port, scopeId: 0 });
  if (syscalls.bind(socket, scratch.address, size) === 0) return;
  const errno = syscalls.errno();
  const hint = errno === ERRNO.EADDRINUSE ? 'another program uses it' : undefined;
  throw new SystemCallError('bind', errno, `listen on UDP port ${port}`, hint);
}

function boundPort(syscalls: Syscalls, socket: number): number {
  const { scratch } = syscalls;
  const lengthAt = 64;
  scratch.view.setUint32(lengthAt, SOCKADDR_IN6.bytes, true);
  if (syscalls.getsockname(socket, scratch.address, scratch.address + lengthAt) < 0) {
    throw new SystemCallError('getsockname', syscalls.errno());
  }
  return decodeSocketAddress(scratch.bytes, 0).port;
}

function tune(syscalls: Syscalls, socket: number, family: number): UdpFamilyCapabilities | undefined {
  if (socket < 0) return undefined;
  const receiveForced = growBuffer(syscalls, socket, SO_RCVBUFFORCE, SO_RCVBUF);
  const sendForced = growBuffer(syscalls, socket, SO_SNDBUFFORCE, SO_SNDBUF);
  return {
    segmentOffload: getOption(syscalls, socket, SOL_UDP, UDP_SEGMENT) !== undefined,
    receiveOffload: trySetOption(syscalls, socket, SOL_UDP, UDP_GRO, 1),
    packetInfo:
      family === AF_INET
        ? trySetOption(syscalls, socket, IPPROTO_IP, IP_PKTINFO, 1)
        : trySetOption(syscalls, socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1),
    receiveBuffer: getOption(syscalls, socket, SOL_SOCKET, SO_RCVBUF) ?? 0,
    sendBuffer: getOption(syscalls, socket, SOL_SOCKET, SO_SNDBUF) ?? 0,
    buffersForced: receiveForced && sendForced,
  };
}

/** Beyond net.core.rmem_max with privileges, otherwise as far as that allows. */
function growBuffer(syscalls: Syscalls, socket: number, force: number, plain: number): boolean {
  if (trySetOption(syscalls, socket, SOL_SOCKET, force, SOCKET_BUFFER_BYTES)) return true;
  trySetOption(syscalls, socket, SOL_SOCKET, plain, SOCKET_BUFFER_BYTES);
  return false;
}

function closeAll(syscalls: Syscalls, ...sockets: readonly number[]): void {
  for (const socket of sockets) if (socket >= 0) syscalls.close(socket);
}
