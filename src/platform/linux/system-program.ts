/**
 * Programs of the system that do a small piece of work for us and end: `nft`, `resolvconf`, `resolvectl`.
 * They are waited for; nothing else happens in this thread meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One that hangs must not hang the tunnel. */
const TIMEOUT_MS = 15_000;

/** They lie where the PATH of ordinary users does not lead. */
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/sbin:/sbin';

/** In the environment of each: whose work it does. It may outlive whoever started it, if that one is killed. */
export const STARTED_BY = 'AWG_VPN_STARTED_BY';

export interface ProgramOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined where it ended well. */
  readonly failure: string | undefined;
}

/** Undefined where there is no such program. */
export function runSystemProgram(name: string, args: readonly string[], input = ''): ProgramOutcome | undefined {
  const { PATH = '', [STARTED_BY]: master = String(process.pid) } = process.env;
  const env = { ...process.env, PATH: `${PATH}:${SYSTEM_FOLDERS}`, LC_ALL: 'C', [STARTED_BY]: master };
  const options = { input, env, encoding: 'utf8', timeout: TIMEOUT_MS } as const;
  const { error, status, signal, stdout, stderr } = spawnSync(name, args, options);
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return undefined;
  const failure = error?.message ?? (status === 0 ? undefined : `ended with ${signal ?? status}`);
  return { stdout, stderr, failure };
}

/** Whether a program still does the work of a process that is gone. */
export function isWorkUnderWay(pid: number): boolean {
  const mark = `\0${STARTED_BY}=${pid}\0`;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && `\0${environmentOf(name)}`.includes(mark));
}

/** Of those that we may look into. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
