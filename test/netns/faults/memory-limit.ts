/** A limit on the memory of a program, by a control group of either version. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniqueName } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';

interface Hierarchy {
  readonly root: string;
  readonly limitFile: string;
}

function findHierarchy(): Hierarchy | undefined {
  const first = '/sys/fs/cgroup/memory';
  if (existsSync(join(first, 'memory.limit_in_bytes'))) return { root: first, limitFile: 'memory.limit_in_bytes' };
  const controllers = '/sys/fs/cgroup/cgroup.subtree_control';
  const isThere = existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory');
  return isThere ? { root: '/sys/fs/cgroup', limitFile: 'memory.max' } : undefined;
}

/** Why memory cannot be limited here, or undefined when it can. */
export function memoryLimitUnavailable(): string | undefined {
  return findHierarchy() === undefined ? 'no control group for memory' : undefined;
}

export interface MemoryGroup {
  /** The process, with what it allocates from now on. */
  add(pid: number): void;
}

/** Ends with `scope`, so what is added must be younger than the group. */
export function limitMemory(scope: Scope, bytes: number): MemoryGroup {
  const hierarchy = findHierarchy();
  if (hierarchy === undefined) throw new Error(memoryLimitUnavailable());
  const path = join(hierarchy.root, uniqueName('awgmem'));
  mkdirSync(path);
  const remove = (): void => rmdirSync(path);
  scope.defer(path, remove, remove);
  writeFileSync(join(path, hierarchy.limitFile), String(bytes));
  return { add: (pid) => writeFileSync(join(path, 'cgroup.procs'), String(pid)) };
}
