/** What the kernel says about every thread of this process (proc(5), "status"): the proof of confinement. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadStatus {
  readonly thread: number;
  readonly name: string;
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly bounding: bigint;
  readonly ambient: bigint;
  readonly noNewPrivileges: boolean;
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number;
}

/** @param pid of a process; this one by default */
export function threadStatuses(pid: number | 'self' = 'self'): ThreadStatus[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).flatMap((thread) => {
    const text = readIfThere(`${folder}/${thread}/status`);
    return text === undefined ? [] : [parseStatus(Number(thread), text)];
  });
}

/** Of the calling thread alone. */
export function ownStatus(): ThreadStatus {
  return parseStatus(0, readFileSync('/proc/thread-self/status', 'latin1'));
}

export function parseStatus(thread: number, text: string): ThreadStatus {
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(text)?.[1] ?? '';
  const numbers = (name: string): number[] => (field(name).match(/\d+/g) ?? []).map(Number);
  const set = (name: string): bigint => BigInt(`0x${field(name) || '0'}`);
  return {
    thread,
    name: field('Name'),
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    groups: numbers('Groups'),
    inheritable: set('CapInh'),
    permitted: set('CapPrm'),
    effective: set('CapEff'),
    bounding: set('CapBnd'),
    ambient: set('CapAmb'),
    noNewPrivileges: field('NoNewPrivs') === '1',
    seccomp: Number(field('Seccomp') || '0'),
  };
}

/** A thread may end while one looks. Whatever else keeps us from looking is no proof of anything. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
