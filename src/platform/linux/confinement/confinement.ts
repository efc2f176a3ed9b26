/**
 * Giving away what a daemon needs no more once its tunnel stands. In the order of the steps:
 *
 * 1. Each thread of ours that will need capabilities says so, as they would go with the user.
 * 2. Every thread becomes the unprivileged user, and with that loses all capabilities that it has not
 *    asked to keep (`becomeUser`).
 * 3. Each thread of step 1 gives away all but the capabilities that it needs.
 * 4. All threads go behind one filter of system calls, which also forbids them to gain privileges.
 * 5. What every single thread can do now is read from the kernel and compared with what was promised.
 *
 * Threads of Node.js itself (V8's helpers, libuv's pool) exist before any of our code and cannot be told
 * to do something; steps 2, 4 and 5 are made so that they need not be. What is started later inherits.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import type { PrivilegeCalls } from '../../ffi/privilege-calls.ts';
import type { CapabilityName } from './capabilities.ts';
import { capabilityMask, keepCapabilitiesOverUserChange, limitCapabilities } from './capabilities.ts';
import { ConfinementError } from './confinement-error.ts';
import { forbidNewPrivileges, installFilter } from './seccomp/filter.ts';
import { daemonPolicy } from './seccomp/policy.ts';
import type { ServiceUser } from './service-user.ts';
import type { ThreadStatus } from './thread-status.ts';
import { ownStatus, threadStatuses } from './thread-status.ts';

/** What holds for every thread from now on. */
export interface Confinement {
  readonly capabilities: readonly CapabilityName[];
  /** Undefined where it could not be changed, or was not to be. */
  readonly user: ServiceUser | undefined;
  readonly isFiltered: boolean;
}

/** What one thread does for itself; the same for the control thread and for others of ours. */
export type ThreadStep =
  | { readonly kind: 'keep-capabilities' }
  | { readonly kind: 'limit-capabilities'; readonly capabilities: readonly CapabilityName[] };

/** Steps 1 and 3, for the calling thread. @throws SystemCallError */
export function takeStep(calls: PrivilegeCalls, step: ThreadStep): void {
  if (step.kind === 'keep-capabilities') keepCapabilitiesOverUserChange(calls);
  else limitCapabilities(calls, capabilityMask(step.capabilities), ownStatus().permitted);
}

/**
 * Step 4, once for the process; nothing of the steps before is possible after it.
 *
 * @returns false where the kernel has none, or lets us have none
 */
export function filterSystemCalls(calls: PrivilegeCalls): boolean {
  forbidNewPrivileges(calls);
  return installFilter(calls, daemonPolicy({ pid: process.pid, hasRing: hasRing() }));
}

/** Newer versions of libuv tell the kernel through a ring which descriptors they watch, and abort where they may not. */
function hasRing(): boolean {
  const folder = '/proc/self/fd';
  return readdirSync(folder).some((descriptor) => linkOf(`${folder}/${descriptor}`).includes('[io_uring]'));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Step 5. @throws ConfinementError 'not-confined' that says which thread has kept what */
export function verifyConfinement(confinement: Confinement, threads: readonly ThreadStatus[] = threadStatuses()): void {
  const complaints = threads.flatMap((thread) => complaintsAbout(thread, confinement));
  if (complaints.length > 0) throw new ConfinementError('not-confined', `not confined: ${complaints.join('; ')}`);
}

function complaintsAbout(status: ThreadStatus, { user, capabilities, isFiltered }: Confinement): string[] {
  const { thread, name, uids, gids, groups, permitted, effective, inheritable, ambient, bounding } = status;
  const kept = capabilityMask(capabilities);
  const complaints: string[] = [];
  if (user !== undefined) {
    if (uids.length === 0 || uids.some((id) => id !== user.uid)) complaints.push(`has users ${uids.join()}`);
    if (gids.length === 0 || gids.some((id) => id !== user.gid)) complaints.push(`has groups ${gids.join()}`);
    if (groups.some((id) => id !== user.gid)) complaints.push(`is in the groups ${groups.join()}`);
  }
  const held = permitted | effective;
  if (user !== undefined && (held & ~kept) !== 0n) complaints.push(`has the capabilities ${held.toString(16)}`);
  if (user !== undefined && (inheritable | ambient) !== 0n) complaints.push('has capabilities to hand on');
  // Without capabilities, and unable to start a program, a thread has nothing that could be bounded.
  if (held !== 0n && user !== undefined && (bounding & ~kept) !== 0n)
    complaints.push(`may gain ${bounding.toString(16)}`);
  if (isFiltered && status.seccomp !== 2) complaints.push('has no filter');
  if (isFiltered && !status.noNewPrivileges) complaints.push('may gain privileges');
  return complaints.map((complaint) => `thread ${thread} (${name}) ${complaint}`);
}
