/** Sockets and their integer options; what each kind of socket of ours has in common. */
import type { Syscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const MSG_DONTWAIT = 0x40;

const INT_BYTES = 4;

/** Returns whether the kernel took it; errno says why not. */
export function trySetOption(syscalls: Syscalls, socket: number, level: number, name: number, value: number): boolean {
  const { view, address } = syscalls.scratch;
  view.setInt32(0, value, true);
  return syscalls.setsockopt(socket, level, name, address, INT_BYTES) === 0;
}

/** @param label name of the option for the error: `SO_MARK` */
export function setOption(
  syscalls: Syscalls,
  socket: number,
  option: { readonly level: number; readonly name: number; readonly label: string },
  value: number,
  attempt?: string,
  hint?: string,
): void {
  if (trySetOption(syscalls, socket, option.level, option.name, value)) return;
  throw new SystemCallError(`setsockopt ${option.label}`, syscalls.errno(), attempt, hint);
}

/** The value, or undefined where the kernel does not know the option. */
export function getOption(syscalls: Syscalls, socket: number, level: number, name: number): number | undefined {
  const { view, address } = syscalls.scratch;
  view.setInt32(0, 0, true);
  view.setUint32(INT_BYTES, INT_BYTES, true);
  if (syscalls.getsockopt(socket, level, name, address, address + INT_BYTES) < 0) return undefined;
  return view.getInt32(0, true);
}
