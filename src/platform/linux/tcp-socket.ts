/**
 * TCP sockets, made here because a mark must be on them before they connect or listen, which Node's
 * own sockets do not offer. The event loop of Node takes the descriptors over: who wraps one in a
 * `net.Socket` lets that close it.
 */
import { ERRNO } from '../ffi/errno.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { PRIVILEGE_HINT, SystemCallError } from '../ffi/system-call-error.ts';
import {
  AF_INET,
  AF_INET6,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
  trySetOption,
} from './socket.ts';
import type { SocketAddress } from './socket-address.ts';
import { decodeSocketAddress, encodeSocketAddress, SOCKADDR_IN6 } from './socket-address.ts';

export interface TcpListenAddress {
  /** undefined: every address of this machine, IPv4 and IPv6. */
  readonly address: Uint8Array | undefined;
  /** 0 for a random one. */
  readonly port: number;
}

export interface TcpListener {
  readonly descriptor: number;
  readonly port: number;
}

export interface AcceptedSocket {
  readonly descriptor: number;
  /** IPv4 addresses have 4 bytes, also where an IPv6 socket accepted them. */
  readonly remote: SocketAddress;
}

/** Why nobody was accepted: nobody waits; that one is gone again; no descriptors or memory are left. */
export type AcceptFailure = 'empty' | 'gone' | 'exhausted';

const SO_REUSEADDR = { level: SOL_SOCKET, name: 2, label: 'SO_REUSEADDR' };
const SO_KEEPALIVE = 9;
const SO_MARK = { level: SOL_SOCKET, name: 36, label: 'SO_MARK' };
const IPV6_V6ONLY = { level: 41, name: 26, label: 'IPV6_V6ONLY' };
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const TCP_USER_TIMEOUT = 18;
const TCP_NOTSENT_LOWAT = 25;

/** Seconds of silence before the kernel asks whether the other side is there, and between its questions. */
const KEEPALIVE_IDLE = 15;
const KEEPALIVE_INTERVAL = 5;
const KEEPALIVE_PROBES = 4;
/** Milliseconds that sent bytes may stay unacknowledged before the connection counts as lost. */
const USER_TIMEOUT = 15_000;
/** Bytes that the kernel holds beyond what is on its way: little, so that the queue is ours, where the stale is dropped. */
const NOTSENT_LOWAT = 128 << 10;
const BACKLOG = 511;
/** Where in the scratch memory the length of an address lies, behind the address. */
const LENGTH_AT = 64;
const IPV4_MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const EXHAUSTED: readonly number[] = [ERRNO.EMFILE, ERRNO.ENFILE, ERRNO.ENOBUFS, ERRNO.ENOMEM];

/**
 * A socket that is not connected yet. Throws SystemCallError: EPERM when the mark needs privileges,
 * EAFNOSUPPORT where the family is missing.
 */
export function openTcpSocket(syscalls: Syscalls, version: 4 | 6, fwmark: number): number {
  const descriptor = openSocket(syscalls, version === 4 ? AF_INET : AF_INET6);
  return closedOnFailure(syscalls, descriptor, () => {
    tune(syscalls, descriptor, fwmark);
    return descriptor;
  });
}

/** What it accepts has the mark and the options too. Throws SystemCallError: EADDRINUSE when the port is taken. */
export function openTcpListener(syscalls: Syscalls, where: TcpListenAddress, fwmark: number): TcpListener {
  if (where.address !== undefined) return listenOn(syscalls, where.address, where.port, fwmark);
  try {
    return listenOn(syscalls, new Uint8Array(16), where.port, fwmark);
  } catch (error) {
    if (!hasNoIpv6(error)) throw error;
    return listenOn(syscalls, new Uint8Array(4), where.port, fwmark);
  }
}

/** Without blocking. The caller owns the descriptor. */
export function acceptTcp(syscalls: Syscalls, listener: number): AcceptedSocket | AcceptFailure {
  const { scratch } = syscalls;
  scratch.view.setUint32(LENGTH_AT, SOCKADDR_IN6.bytes, true);
  const flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  const descriptor = syscalls.accept(listener, scratch.address, scratch.address + LENGTH_AT, flags);
  if (descriptor >= 0) return { descriptor, remote: withoutMapping(decodeSocketAddress(scratch.bytes, 0)) };
  const errno = syscalls.errno();
  if (errno === ERRNO.EAGAIN) return 'empty';
  return EXHAUSTED.includes(errno) ? 'exhausted' : 'gone';
}

function openSocket(syscalls: Syscalls, family: number): number {
  const descriptor = syscalls.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw new SystemCallError('socket', syscalls.errno(), 'open a TCP socket');
  return descriptor;
}

function closedOnFailure<T>(syscalls: Syscalls, descriptor: number, use: () => T): T {
  try {
    return use();
  } catch (error) {
    syscalls.close(descriptor);
    throw error;
  }
}

/** Only the mark is indispensable: without the others the connection works, if less well. */
function tune(syscalls: Syscalls, socket: number, fwmark: number): void {
  if (fwmark !== 0) {
    setOption(syscalls, socket, SO_MARK, fwmark | 0, `mark connections with ${fwmark}`, PRIVILEGE_HINT);
  }
  trySetOption(syscalls, socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  for (const [name, value] of [
    [TCP_NODELAY, 1],
    [TCP_KEEPIDLE, KEEPALIVE_IDLE],
    [TCP_KEEPINTVL, KEEPALIVE_INTERVAL],
    [TCP_KEEPCNT, KEEPALIVE_PROBES],
    [TCP_USER_TIMEOUT, USER_TIMEOUT],
    [TCP_NOTSENT_LOWAT, NOTSENT_LOWAT],
  ] as const) {
    trySetOption(syscalls, socket, IPPROTO_TCP, name, value);
  }
}

/** An IPv6 socket for every address serves IPv4 too. */
function listenOn(syscalls: Syscalls, address: Uint8Array, port: number, fwmark: number): TcpListener {
  const descriptor = openSocket(syscalls, address.length === 4 ? AF_INET : AF_INET6);
  return closedOnFailure(syscalls, descriptor, () => {
    setOption(syscalls, descriptor, SO_REUSEADDR, 1);
    if (address.length === 16) {
      setOption(syscalls, descriptor, IPV6_V6ONLY, address.every((byte) => byte === 0) ? 0 : 1);
    }
    tune(syscalls, descriptor, fwmark);
    bindTo(syscalls, descriptor, address, port);
    if (syscalls.listen(descriptor, BACKLOG) < 0) throw listenError('listen', syscalls.errno(), port);
    return { descriptor, port: boundPort(syscalls, descriptor) };
  });
}

function bindTo(syscalls: Syscalls, socket: number, address: Uint8Array, port: number): void {
  const { scratch } = syscalls;
  const size = encodeSocketAddress(scratch.bytes, 0, { address, port, scopeId: 0 });
  if (syscalls.bind(socket, scratch.address, size) < 0) throw listenError('bind', syscalls.errno(), port);
}

function listenError(call: string, errno: number, port: number): SystemCallError {
  const hint = errno === ERRNO.EADDRINUSE ? 'another program uses it' : undefined;
  return new SystemCallError(call, errno, `listen on TCP port ${port}`, hint);
}

function boundPort(syscalls: Syscalls, socket: number): number {
  const { scratch } = syscalls;
  scratch.view.setUint32(LENGTH_AT, SOCKADDR_IN6.bytes, true);
  if (syscalls.getsockname(socket, scratch.address, scratch.address + LENGTH_AT) < 0) {
    throw new SystemCallError('getsockname', syscalls.errno());
  }
  return decodeSocketAddress(scratch.bytes, 0).port;
}

/** The kernel has no IPv6, or this machine does not use it. */
function hasNoIpv6(error: unknown): boolean {
  if (!(error instanceof SystemCallError)) return false;
  return error.errno === ERRNO.EAFNOSUPPORT || error.errno === ERRNO.EADDRNOTAVAIL;
}

function withoutMapping(remote: SocketAddress): SocketAddress {
  const { address, port } = remote;
  if (address.length !== 16 || !IPV4_MAPPED.every((byte, index) => address[index] === byte)) return remote;
  return { address: address.slice(IPV4_MAPPED.length), port, scopeId: 0 };
}
