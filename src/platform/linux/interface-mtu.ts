/** The MTU of an interface by name, through the old ioctls: one call where netlink takes a conversation. */
import type { Syscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from './socket.ts';

const SIOCGIFMTU = 0x8921;
const SIOCSIFMTU = 0x8922;
const IFREQ_BYTES = 40;
const IFREQ_MTU = 16;

/** Bytes. Throws SystemCallError ENODEV where there is no such interface. */
export function interfaceMtu(syscalls: Syscalls, name: string): number {
  request(syscalls, SIOCGIFMTU, name, 0, `read the MTU of "${name}"`);
  return syscalls.scratch.view.getInt32(IFREQ_MTU, true);
}

/** Throws SystemCallError EINVAL for a size that the interface does not take, EPERM without privileges. */
export function setInterfaceMtu(syscalls: Syscalls, name: string, mtu: number): void {
  request(syscalls, SIOCSIFMTU, name, mtu, `set the MTU of "${name}" to ${mtu}`);
}

function request(syscalls: Syscalls, code: number, name: string, mtu: number, attempt: string): void {
  const { scratch } = syscalls;
  const socket = syscalls.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw new SystemCallError('socket', syscalls.errno(), attempt);
  scratch.bytes.fill(0, 0, IFREQ_BYTES);
  scratch.writeString(0, name);
  scratch.view.setInt32(IFREQ_MTU, mtu, true);
  const result = syscalls.ioctl(socket, code, scratch.address);
  const errno = result < 0 ? syscalls.errno() : 0;
  syscalls.close(socket);
  if (errno !== 0)
    throw new SystemCallError(code === SIOCGIFMTU ? 'ioctl SIOCGIFMTU' : 'ioctl SIOCSIFMTU', errno, attempt);
}
