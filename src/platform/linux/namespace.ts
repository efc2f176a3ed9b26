/**
 * Network namespaces, for the demo and for tests: several machines on one. A namespace belongs to a
 * thread; children and threads begin in the one of the thread that starts them.
 */
import { closeSync, openSync } from 'node:fs';
import type { Syscalls } from '../ffi/syscalls.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

const CLONE_NEWNET = 0x40000000;
/** Of this thread, which need not be in the namespace of its process. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';
const ROOT_HINT = 'missing privileges, CAP_SYS_ADMIN is needed';

/** A namespace kept alive by an open descriptor, even when nobody is in it. */
export class NetworkNamespace {
  /** For `RouteNetlink.setLink` and `createVeth`. */
  readonly descriptor: number;
  readonly #syscalls: Syscalls;

  private constructor(syscalls: Syscalls, path: string) {
    this.#syscalls = syscalls;
    this.descriptor = openSync(path, 'r');
  }

  /** A new, empty one, its loopback down. The caller stays where it is. Throws SystemCallError EPERM. */
  static create(syscalls: Syscalls = loadSyscalls()): NetworkNamespace {
    const home = NetworkNamespace.current(syscalls);
    try {
      unshareNetwork(syscalls);
      const created = NetworkNamespace.current(syscalls);
      home.enter();
      return created;
    } finally {
      home.close();
    }
  }

  /** Where the calling thread is. */
  static current(syscalls: Syscalls = loadSyscalls()): NetworkNamespace {
    return new NetworkNamespace(syscalls, OWN_NAMESPACE);
  }

  /** Where a process is, or a file that `ip netns add` made. Throws the error of `fs.openSync`. */
  static open(processOrPath: number | string, syscalls: Syscalls = loadSyscalls()): NetworkNamespace {
    const path = typeof processOrPath === 'number' ? `/proc/${processOrPath}/ns/net` : processOrPath;
    return new NetworkNamespace(syscalls, path);
  }

  /** Moves the calling thread here for good. */
  enter(): void {
    if (this.#syscalls.setns(this.descriptor, CLONE_NEWNET) < 0) {
      throw new SystemCallError('setns', this.#syscalls.errno(), 'enter a network namespace', ROOT_HINT);
    }
  }

  /**
   * Does the work here and comes back. Sockets opened by it, and children started by it, stay here.
   * Synchronous work only: what it leaves for later runs elsewhere, and Node leaves much for later
   * (`net.connect` and `server.listen` with a host do, `spawn` and `server.listen` with a port do not).
   */
  run<Result>(work: () => Result): Result {
    const home = NetworkNamespace.current(this.#syscalls);
    try {
      this.enter();
      return work();
    } finally {
      home.enter();
      home.close();
    }
  }

  /** Lets go of it; it ends with its last process and socket. */
  close(): void {
    closeSync(this.descriptor);
  }
}

/** Puts the calling thread into a new namespace for good. Throws SystemCallError EPERM without privileges. */
export function unshareNetwork(syscalls: Syscalls = loadSyscalls()): void {
  if (syscalls.unshare(CLONE_NEWNET) === 0) return;
  throw new SystemCallError('unshare', syscalls.errno(), 'create a network namespace', ROOT_HINT);
}
