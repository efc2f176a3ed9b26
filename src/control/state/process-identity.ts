/** Telling a process from a later one that was given the same number. */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start, as text (proc(5): field 22 of stat). */
  readonly startTime: string;
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** Of a process that is there. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return startTimeOf(identity.pid) === identity.startTime;
}

/** `net:[4026531840]`; the same text means the same network namespace. */
export function networkNamespace(): string {
  return readlinkSync('/proc/self/ns/net');
}

/** Undefined for a process that is gone or dead and not yet collected by its parent. */
function startTimeOf(pid: number): string | undefined {
  const stat = readStat(pid);
  // The command name in parentheses may hold spaces and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}
