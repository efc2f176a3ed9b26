/**
 * System calls, straight from JavaScript. Everything that a packet or a setting passes on its way to
 * the Linux kernel goes through here; no other file of the platform knows the FFI library.
 *
 * All parameters and results are plain numbers. Pointers are absolute addresses (the address of the
 * arena plus an offset) and fit in 53 bits, as user space has 47 or 48 bits of address. A result of
 * -1 means failure: call `errno()` at once, before anything that could allocate.
 */
import { createRequire } from 'node:module';
import type * as koffiModule from 'koffi';
import { NativeBuffer } from './native-buffer.ts';

type Koffi = typeof koffiModule;
type Library = ReturnType<Koffi['load']>;

export interface Syscalls {
  open(path: number, flags: number, mode: number): number;
  close(descriptor: number): number;
  /** `target` becomes another name of what `source` is, in one step; what it was before is closed. */
  dup3(source: number, target: number, flags: number): number;
  ioctl(descriptor: number, request: number, argument: number): number;
  fcntl(descriptor: number, command: number, argument: number): number;
  flock(descriptor: number, operation: number): number;
  read(descriptor: number, address: number, length: number): number;
  write(descriptor: number, address: number, length: number): number;
  writev(descriptor: number, vector: number, count: number): number;
  socket(family: number, type: number, protocol: number): number;
  bind(descriptor: number, address: number, length: number): number;
  listen(descriptor: number, backlog: number): number;
  accept(descriptor: number, address: number, length: number, flags: number): number;
  connect(descriptor: number, address: number, length: number): number;
  getsockname(descriptor: number, address: number, length: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: number, length: number): number;
  getsockopt(descriptor: number, level: number, name: number, value: number, length: number): number;
  sendto(descriptor: number, address: number, length: number, flags: number, to: number, toLength: number): number;
  recvfrom(
    descriptor: number,
    address: number,
    length: number,
    flags: number,
    from: number,
    fromLength: number,
  ): number;
  sendmmsg(descriptor: number, messages: number, count: number, flags: number): number;
  /** The timeout of the C function is left out: it does not do what one hopes. */
  recvmmsg(descriptor: number, messages: number, count: number, flags: number): number;
  poll(descriptors: number, count: number, milliseconds: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, descriptor: number, event: number): number;
  epollWait(epoll: number, events: number, capacity: number, milliseconds: number): number;
  eventfd(initial: number, flags: number): number;
  clockGettime(clock: number, timespec: number): number;
  interfaceIndex(name: number): number;
  unshare(flags: number): number;
  setns(descriptor: number, type: number): number;
  /** `memcpy`: the two must not overlap. */
  copyMemory(target: number, source: number, length: number): void;

  /** errno of this thread, as the call before left it. */
  errno(): number;
  /** Absolute address of the first byte. It stays valid while the memory is alive and not on the JavaScript heap. */
  addressOf(view: ArrayBufferView): number;
  /** Room for the arguments of one call at a time; whoever uses it is done before it returns. */
  readonly scratch: NativeBuffer;
}

/** No FFI library for this platform, or a C library that is not the one expected. */
export class NativeUnavailableError extends Error {
  override readonly name = 'NativeUnavailableError';
  readonly code = 'ERR_NATIVE_UNAVAILABLE';
}

type Wide = 'wide' | 'int' | 'uint';
type Signature = readonly [symbol: string, parameters: readonly Wide[]];

/** C functions by our name. `ioctl`, `fcntl` and `open` are variadic, which changes nothing on either ABI. */
const SIGNATURES = {
  open: ['open', ['wide', 'int', 'int']],
  close: ['close', ['int']],
  dup3: ['dup3', ['int', 'int', 'int']],
  ioctl: ['ioctl', ['int', 'wide', 'wide']],
  fcntl: ['fcntl', ['int', 'int', 'wide']],
  flock: ['flock', ['int', 'int']],
  read: ['read', ['int', 'wide', 'wide']],
  write: ['write', ['int', 'wide', 'wide']],
  writev: ['writev', ['int', 'wide', 'int']],
  socket: ['socket', ['int', 'int', 'int']],
  bind: ['bind', ['int', 'wide', 'uint']],
  listen: ['listen', ['int', 'int']],
  accept: ['accept4', ['int', 'wide', 'wide', 'int']],
  connect: ['connect', ['int', 'wide', 'uint']],
  getsockname: ['getsockname', ['int', 'wide', 'wide']],
  setsockopt: ['setsockopt', ['int', 'int', 'int', 'wide', 'uint']],
  getsockopt: ['getsockopt', ['int', 'int', 'int', 'wide', 'wide']],
  sendto: ['sendto', ['int', 'wide', 'wide', 'int', 'wide', 'uint']],
  recvfrom: ['recvfrom', ['int', 'wide', 'wide', 'int', 'wide', 'wide']],
  poll: ['poll', ['wide', 'wide', 'int']],
  epollCreate: ['epoll_create1', ['int']],
  epollControl: ['epoll_ctl', ['int', 'int', 'int', 'wide']],
  epollWait: ['epoll_wait', ['int', 'wide', 'int', 'int']],
  eventfd: ['eventfd', ['uint', 'int']],
  clockGettime: ['clock_gettime', ['int', 'wide']],
  interfaceIndex: ['if_nametoindex', ['wide']],
  unshare: ['unshare', ['int']],
  setns: ['setns', ['int', 'int']],
} as const satisfies Record<string, Signature>;

/** Numbers of the calls made through `syscall`. */
const BATCH_CALLS: Readonly<Record<string, { sendmmsg: number; recvmmsg: number }>> = {
  x64: { sendmmsg: 307, recvmmsg: 299 },
  arm64: { sendmmsg: 269, recvmmsg: 243 },
};

const NATIVE_TYPES = { wide: 'int64', int: 'int', uint: 'uint32' } as const;
const SCRATCH_BYTES = 1024;

let loaded: Syscalls | undefined;

/**
 * The system calls of this thread; loaded once per thread, as errno lives in the thread.
 * Throws NativeUnavailableError where there is no FFI library or no Linux.
 */
export function loadSyscalls(): Syscalls {
  loaded ??= bindSyscalls();
  return loaded;
}

function bindSyscalls(): Syscalls {
  const koffi = loadKoffi();
  const library = koffi.load(null); // symbols of the process: the C library that Node itself uses
  const addressOf = (view: ArrayBufferView): number => Number(koffi.address(view));
  return {
    ...bindAll(library),
    ...bindBatches(library),
    copyMemory: library.func('memcpy', 'void', ['int64', 'int64', 'int64']) as Syscalls['copyMemory'],
    errno: bindErrno(koffi, library),
    addressOf,
    scratch: new NativeBuffer({ addressOf }, SCRATCH_BYTES),
  };
}

/** Loaded on first use, so that the library can be imported where there is no native part. */
export function loadKoffi(): Koffi {
  if (process.platform !== 'linux' || BATCH_CALLS[process.arch] === undefined) {
    throw new NativeUnavailableError(`no system calls for ${process.platform} on ${process.arch}`);
  }
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new NativeUnavailableError('the FFI library "koffi" cannot be loaded', { cause });
  }
}

type Bound = Pick<Syscalls, keyof typeof SIGNATURES>;

function bindAll(library: Library): Bound {
  const entries = Object.entries(SIGNATURES).map(([name, [symbol, parameters]]) => [
    name,
    library.func(
      symbol,
      'int',
      parameters.map((type) => NATIVE_TYPES[type]),
    ),
  ]);
  return Object.fromEntries(entries) as Bound;
}

/**
 * Both go through `syscall`: musl emulates sendmmsg with a loop of sendmsg, which is the very cost
 * that it is there to avoid.
 */
function bindBatches(library: Library): Pick<Syscalls, 'sendmmsg' | 'recvmmsg'> {
  const numbers = BATCH_CALLS[process.arch];
  const { sendmmsg, recvmmsg } = numbers;
  const call4 = library.func('syscall', 'int', ['int64', 'int', 'int64', 'uint32', 'int']);
  const call5 = library.func('syscall', 'int', ['int64', 'int', 'int64', 'uint32', 'int', 'int64']);
  return {
    sendmmsg: (descriptor, messages, count, flags) => call4(sendmmsg, descriptor, messages, count, flags) as number,
    recvmmsg: (descriptor, messages, count, flags) => call5(recvmmsg, descriptor, messages, count, flags, 0) as number,
  };
}

/** Maps the thread's errno, because a call to read it could itself change it. */
function bindErrno(koffi: Koffi, library: Library): () => number {
  const location: unknown = library.func('__errno_location', 'void *', [])();
  const cell = new Int32Array(koffi.view(location, 4));
  return () => cell[0];
}
