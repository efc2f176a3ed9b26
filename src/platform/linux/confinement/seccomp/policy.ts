/**
 * Which system calls a running daemon may still make. An allow-list: what Node.js 20, 24 and 26, the C
 * library and we were seen to use under `strace` (all carriers, reload, roaming, shutdown), with the
 * neighbours that another version of the same library would use instead. Everything else fails with
 * EPERM, which is an answer that programs expect; docs/threat-model.md says why none of it kills.
 *
 * None of them starts a program or a process, changes user or rights, touches another process, or
 * creates, renames or removes a file.
 */
import type { CallName } from './calls.ts';
import type { Condition, Rule } from './rule.ts';

/** bits/fcntl-linux.h; O_TMPFILE is not among those of O_CREAT. */
const O_CREAT = 0o100;
const O_TMPFILE = 0o20000000;
/** sched.h: a thread of this process, as opposed to a process of its own. */
const CLONE_THREAD = 0x0001_0000;

const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const NETLINK_ROUTE = 0;

/** They type into the terminal that we were started from (ioctl_tty(2)). */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_CAPBSET_READ, PR_SET_VMA. */
const HARMLESS_PRCTL = [15, 16, 3, 23, 0x53564d41];

const MEMORY: readonly CallName[] = [
  ...(['brk', 'mmap', 'mprotect', 'munmap', 'mremap', 'madvise', 'mincore', 'membarrier'] as const),
  ...(['mlock', 'mlock2', 'munlock', 'pkey_alloc', 'pkey_free', 'pkey_mprotect'] as const),
];
const THREADS: readonly CallName[] = [
  ...(['futex', 'set_robust_list', 'get_robust_list', 'rseq', 'set_tid_address', 'arch_prctl', 'gettid'] as const),
  ...(['sched_yield', 'sched_getaffinity', 'sched_setaffinity', 'sched_getparam', 'sched_getscheduler'] as const),
  ...(['getcpu', 'getpriority', 'exit', 'exit_group', 'wait4', 'waitid', 'restart_syscall'] as const),
];
const SIGNALS: readonly CallName[] = [
  ...(['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'rt_sigtimedwait', 'rt_sigpending'] as const),
  ...(['rt_sigsuspend', 'sigaltstack', 'pause'] as const),
];
const TIME: readonly CallName[] = [
  ...(['clock_gettime', 'clock_getres', 'clock_nanosleep', 'nanosleep', 'gettimeofday', 'time', 'times'] as const),
  ...(['timerfd_create', 'timerfd_settime', 'timerfd_gettime'] as const),
];
const IDENTITY: readonly CallName[] = [
  ...(['getpid', 'getppid', 'getpgid', 'getpgrp', 'getsid', 'getuid', 'geteuid', 'getgid', 'getegid'] as const),
  ...(['getgroups', 'getresuid', 'getresgid', 'capget', 'getrlimit', 'getrusage', 'uname', 'sysinfo'] as const),
  ...(['getrandom', 'umask'] as const),
];
/** Of files that are there; whether one may be opened is the business of its permissions. */
const FILES: readonly CallName[] = [
  ...(['read', 'pread64', 'readv', 'preadv', 'preadv2', 'write', 'pwrite64', 'writev', 'pwritev'] as const),
  ...(['pwritev2', 'lseek', 'fsync', 'fdatasync', 'ftruncate', 'fallocate', 'fadvise64', 'close'] as const),
  ...(['close_range', 'stat', 'lstat', 'fstat', 'newfstatat', 'statx', 'statfs', 'fstatfs', 'access'] as const),
  ...(['faccessat', 'faccessat2', 'readlink', 'readlinkat', 'getdents64', 'getcwd', 'fcntl', 'flock'] as const),
  ...(['dup', 'dup2', 'dup3', 'pipe', 'pipe2', 'inotify_init1', 'inotify_add_watch', 'inotify_rm_watch'] as const),
];
const SOCKETS: readonly CallName[] = [
  ...(['bind', 'listen', 'accept', 'accept4', 'connect', 'getsockname', 'getpeername', 'setsockopt'] as const),
  ...(['getsockopt', 'shutdown', 'sendto', 'recvfrom', 'sendmsg', 'recvmsg', 'sendmmsg', 'recvmmsg'] as const),
];
const WAITING: readonly CallName[] = [
  ...(['poll', 'ppoll', 'select', 'pselect6', 'epoll_create', 'epoll_create1', 'epoll_ctl'] as const),
  ...(['epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'eventfd', 'eventfd2'] as const),
];

/** The C library tries these first and takes an older call where the kernel does not have them. */
export const UNKNOWN_TO_US: readonly CallName[] = ['clone3', 'openat2', 'io_uring_setup'];

const ALWAYS: Rule = { alternatives: [] };

export interface PolicyFacts {
  /** Our own: signals go to nobody else. */
  readonly pid: number;
  /** Whether libuv has a ring (io_uring(7)) already; without it there will be none. */
  readonly hasRing: boolean;
}

export function daemonPolicy({ pid, hasRing }: PolicyFacts): ReadonlyMap<CallName, Rule> {
  const free = [...MEMORY, ...THREADS, ...SIGNALS, ...TIME, ...IDENTITY, ...FILES, ...SOCKETS, ...WAITING];
  const toUs = when({ argument: 0, oneOf: [pid] });
  return new Map<CallName, Rule>([
    ...free.map((name): [CallName, Rule] => [name, ALWAYS]),
    ...(hasRing ? ([['io_uring_enter', ALWAYS]] as const) : []),
    ['open', when({ argument: 1, lacks: O_CREAT | O_TMPFILE })],
    ['openat', when({ argument: 2, lacks: O_CREAT | O_TMPFILE })],
    // A thread, and not a process that would outlive us or start a program.
    ['clone', when({ argument: 0, has: CLONE_THREAD })],
    ['kill', toUs],
    ['tgkill', toUs],
    ['prctl', when({ argument: 0, oneOf: HARMLESS_PRCTL })],
    // Asking for a limit, not setting one.
    ['prlimit64', when({ argument: 2, isNull: true })],
    ['ioctl', when({ argument: 1, noneOf: [TIOCSTI, TIOCLINUX] })],
    ['socketpair', when({ argument: 0, oneOf: [AF.unix] })],
    // CAP_NET_ADMIN would open the packet filter and IPsec too, by other families of netlink.
    [
      'socket',
      {
        alternatives: [
          [{ argument: 0, oneOf: [AF.unix, AF.inet, AF.inet6] }],
          [
            { argument: 0, oneOf: [AF.netlink] },
            { argument: 2, oneOf: [NETLINK_ROUTE] },
          ],
        ],
      },
    ],
  ]);
}

function when(...conditions: readonly Condition[]): Rule {
  return { alternatives: [conditions] };
}
