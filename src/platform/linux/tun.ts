/**
 * The TUN device, where inner packets leave the operating system and come back to it.
 *
 * `openTun` creates the interface and finds out, one by one, what this kernel can do; what it found
 * is plain data in the handle, for logs and for the thread that moves the packets with `LinuxTun`.
 * The interface lives as long as its descriptor is open: closing it, or dying, removes it.
 */
import type { Arena } from '../../dataplane/arena.ts';
import { VIRTIO_HEADER_BYTES } from '../../kernels/kernel.ts';
import { ERRNO } from '../ffi/errno.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { PRIVILEGE_HINT, SystemCallError } from '../ffi/system-call-error.ts';
import { readWide, writeWide } from '../ffi/wide.ts';
import type { Tun, TunOffloads } from '../tun.ts';
import { interfaceMtu, setInterfaceMtu } from './interface-mtu.ts';

export interface TunOptions {
  /** 1 to 15 bytes; a `%d` in it is replaced by the first free number. */
  readonly name: string;
  readonly mtu?: number;
}

/** What it takes to use the device from any thread. */
export interface TunHandle {
  readonly descriptor: number;
  readonly name: string;
  readonly mtu: number;
  readonly offloads: TunOffloads;
  /** IFF_VNET_HDR: frames carry a virtio header and may be super-packets. */
  readonly vnetHeader: boolean;
}

const TUN_PATH = '/dev/net/tun';
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const TUNSETIFF = 0x400454ca;
const TUNGETFEATURES = 0x800454cf;
const TUNSETOFFLOAD = 0x400454d0;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** Fail rather than attach to an interface that exists. */
const IFF_TUN_EXCL = 0x8000;

const TUN_F_CSUM = 0x01;
const TUN_F_TSO4 = 0x02;
const TUN_F_TSO6 = 0x04;
const TUN_F_USO4 = 0x20;
const TUN_F_USO6 = 0x40;

/** Offload sets from the best to the least; the first that the kernel takes is used. */
const OFFLOAD_LADDER: readonly { readonly mask: number; readonly offloads: TunOffloads }[] = [
  { mask: TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6, offloads: { tcp: true, udp: true } },
  { mask: TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, offloads: { tcp: true, udp: false } },
];
const NO_OFFLOADS: TunOffloads = { tcp: false, udp: false };

const NAME_MAXIMUM_BYTES = 15;
const IFREQ_BYTES = 40;
const IFREQ_FLAGS = 16;

/**
 * Creates the interface, down and without addresses. Throws SystemCallError: EBUSY when the name is
 * taken, EPERM without privileges, ENOENT where there is no TUN driver, EINVAL for an impossible name.
 */
export function openTun(options: TunOptions, syscalls: Syscalls = loadSyscalls()): TunHandle {
  requireValidName(options.name);
  const descriptor = openDriver(syscalls, options.name);
  try {
    const vnetHeader = supportsVnetHeader(syscalls, descriptor);
    const name = createInterface(syscalls, descriptor, options.name, vnetHeader);
    const offloads = vnetHeader ? enableOffloads(syscalls, descriptor) : NO_OFFLOADS;
    if (options.mtu !== undefined) setInterfaceMtu(syscalls, name, options.mtu);
    return { descriptor, name, mtu: interfaceMtu(syscalls, name), offloads, vnetHeader };
  } catch (error) {
    syscalls.close(descriptor);
    throw error;
  }
}

/** Removes the interface; for whoever opened it and handed it to nobody. */
export function closeTun(handle: TunHandle, syscalls: Syscalls = loadSyscalls()): void {
  syscalls.close(handle.descriptor);
}

function requireValidName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes >= 1 && bytes <= NAME_MAXIMUM_BYTES && !/[/\s\0:]/u.test(name) && name !== '.' && name !== '..') return;
  throw new SystemCallError(
    'ioctl TUNSETIFF',
    ERRNO.EINVAL,
    `create TUN interface ${JSON.stringify(name)}`,
    'a name is 1 to 15 bytes without spaces, slashes and colons',
  );
}

function openDriver(syscalls: Syscalls, name: string): number {
  const path = syscalls.scratch.writeString(0, TUN_PATH);
  const descriptor = syscalls.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
  if (descriptor >= 0) return descriptor;
  throw creationError(`open ${TUN_PATH}`, syscalls.errno(), name);
}

function creationError(call: string, errno: number, name: string): SystemCallError {
  return new SystemCallError(call, errno, `create TUN interface "${name}"`, CREATION_HINTS[errno]);
}

const CREATION_HINTS: Readonly<Record<number, string>> = {
  [ERRNO.EPERM]: PRIVILEGE_HINT,
  [ERRNO.EACCES]: PRIVILEGE_HINT,
  [ERRNO.EBUSY]: 'the name is taken',
  [ERRNO.ENOENT]: 'this kernel or container has no TUN driver',
  [ERRNO.ENODEV]: 'this kernel or container has no TUN driver',
};

function supportsVnetHeader(syscalls: Syscalls, descriptor: number): boolean {
  const { view, address } = syscalls.scratch;
  if (syscalls.ioctl(descriptor, TUNGETFEATURES, address) < 0) return false;
  return (view.getUint32(0, true) & IFF_VNET_HDR) !== 0;
}

/** Returns the name that the kernel gave it. */
function createInterface(syscalls: Syscalls, descriptor: number, name: string, vnetHeader: boolean): string {
  const { scratch } = syscalls;
  scratch.bytes.fill(0, 0, IFREQ_BYTES);
  scratch.writeString(0, name);
  scratch.view.setUint16(IFREQ_FLAGS, IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | (vnetHeader ? IFF_VNET_HDR : 0), true);
  if (syscalls.ioctl(descriptor, TUNSETIFF, scratch.address) < 0) {
    throw creationError('ioctl TUNSETIFF', syscalls.errno(), name);
  }
  return scratch.readString(0, IFREQ_FLAGS);
}

function enableOffloads(syscalls: Syscalls, descriptor: number): TunOffloads {
  const step = OFFLOAD_LADDER.find(({ mask }) => syscalls.ioctl(descriptor, TUNSETOFFLOAD, mask) === 0);
  return step?.offloads ?? NO_OFFLOADS;
}

/** struct iovec: address and size, 8 bytes each; here in words. */
const IOVEC_WORDS = 4;

export class LinuxTun implements Tun {
  readonly name: string;
  mtu: number;
  readonly descriptor: number;
  readonly offloads: TunOffloads;
  readonly #syscalls: Syscalls;
  readonly #arena: Arena;
  readonly #base: number;
  /** Bytes of the virtio header that the device does not know of: 0 or all of them. */
  readonly #hidden: number;

  constructor(syscalls: Syscalls, arena: Arena, handle: TunHandle) {
    this.name = handle.name;
    this.mtu = handle.mtu;
    this.descriptor = handle.descriptor;
    this.offloads = handle.offloads;
    this.#syscalls = syscalls;
    this.#arena = arena;
    this.#base = syscalls.addressOf(arena.bytes);
    this.#hidden = handle.vnetHeader ? 0 : VIRTIO_HEADER_BYTES;
  }

  read(offset: number, capacity: number): number {
    const hidden = this.#hidden;
    const length = this.#syscalls.read(this.descriptor, this.#base + offset + hidden, capacity - hidden);
    if (length < 0) return nothingOrError(this.#syscalls.errno());
    for (let i = 0; i < hidden; i++) this.#arena.bytes[offset + i] = 0;
    return length + hidden;
  }

  write(vector: number, count: number): number {
    if (this.#hidden === 0) return this.#write(vector, count);
    this.#shiftStart(vector, this.#hidden);
    const result = this.#write(vector, count);
    this.#shiftStart(vector, -this.#hidden);
    return result;
  }

  /** Removes the interface. By one of the threads that share it only, after the others have let go. */
  close(): void {
    this.#syscalls.close(this.descriptor);
  }

  #write(vector: number, count: number): number {
    for (;;) {
      if (this.#syscalls.writev(this.descriptor, this.#base + vector, count) >= 0) return 0;
      const errno = this.#syscalls.errno();
      if (errno !== ERRNO.EINTR) return -errno;
    }
  }

  /** Moves the start of the first buffer, so that the device does not see its virtio header. */
  #shiftStart(vector: number, bytes: number): void {
    const word = vector >>> 2;
    writeWide(this.#arena.u32, word, readWide(this.#arena.u32, word) + bytes);
    writeWide(this.#arena.u32, word + IOVEC_WORDS / 2, readWide(this.#arena.u32, word + IOVEC_WORDS / 2) - bytes);
  }
}

function nothingOrError(errno: number): number {
  return errno === ERRNO.EAGAIN || errno === ERRNO.EINTR ? 0 : -errno;
}
