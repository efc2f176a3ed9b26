/**
 * System calls about who a process is and what it may do. They are apart from `Syscalls`, as only the
 * few lines that give rights away need them; the rules are the same: plain numbers, -1 is a failure.
 */
import type { Syscalls } from './syscalls.ts';
import { loadKoffi, loadSyscalls } from './syscalls.ts';

export interface PrivilegeCalls {
  /** These three are of the C library, which has every thread of the process do the same (nptl(7)). */
  setgroups(count: number, groups: number): number;
  setresgid(real: number, effective: number, saved: number): number;
  setresuid(real: number, effective: number, saved: number): number;
  /** Of the calling thread, as is everything below. */
  prctl(option: number, second: number, third: number, fourth: number, fifth: number): number;
  setrlimit(resource: number, limits: number): number;
  socketpair(family: number, type: number, protocol: number, pair: number): number;
  /** A call that the C library has no function for. */
  raw(number: number, first: number, second: number, third: number): number;
  readonly system: Syscalls;
}

let loaded: PrivilegeCalls | undefined;

/** @throws NativeUnavailableError where there is no FFI library or no Linux */
export function loadPrivilegeCalls(): PrivilegeCalls {
  loaded ??= bind(loadSyscalls());
  return loaded;
}

function bind(system: Syscalls): PrivilegeCalls {
  const library = loadKoffi().load(null);
  const wides = (count: number): string[] => Array.from({ length: count }, () => 'int64');
  return {
    setgroups: library.func('setgroups', 'int', ['int64', 'int64']) as PrivilegeCalls['setgroups'],
    setresgid: library.func('setresgid', 'int', ['uint32', 'uint32', 'uint32']) as PrivilegeCalls['setresgid'],
    setresuid: library.func('setresuid', 'int', ['uint32', 'uint32', 'uint32']) as PrivilegeCalls['setresuid'],
    prctl: library.func('prctl', 'int', ['int', ...wides(4)]) as PrivilegeCalls['prctl'],
    setrlimit: library.func('setrlimit', 'int', ['int', 'int64']) as PrivilegeCalls['setrlimit'],
    socketpair: library.func('socketpair', 'int', ['int', 'int', 'int', 'int64']) as PrivilegeCalls['socketpair'],
    raw: library.func('syscall', 'int', wides(4)) as PrivilegeCalls['raw'],
    system,
  };
}
