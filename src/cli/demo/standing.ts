/**
 * What this user may do on this machine, found out by trying: make network namespaces and TUN
 * devices, do so as root of a user namespace of one's own, or neither.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { NetworkNamespace } from '../../platform/linux/namespace.ts';

export type Standing =
  | { readonly kind: 'privileged' }
  /** `unshare` of util-linux can make us root of a new user namespace. */
  | { readonly kind: 'rootless' }
  | { readonly kind: 'none'; readonly reason: string };

const TUN_DEVICE = '/dev/net/tun';

/** Arguments of util-linux's unshare that make a plain user root of namespaces of their own. */
export const UNSHARE_ARGUMENTS = ['--user', '--map-root-user', '--net'] as const;

export function findStanding(): Standing {
  if (process.platform !== 'linux') return { kind: 'none', reason: 'network namespaces exist on Linux only' };
  const tunProblem = attempt(() => closeSync(openSync(TUN_DEVICE, 'r+')));
  if (tunProblem !== undefined) return { kind: 'none', reason: `${TUN_DEVICE} cannot be opened (${tunProblem})` };
  if (attempt(() => NetworkNamespace.create().close()) === undefined) return { kind: 'privileged' };
  const problem = unshareProblem();
  return problem === undefined ? { kind: 'rootless' } : { kind: 'none', reason: `not root, and ${problem}` };
}

/** The error code of what was thrown, or undefined. */
function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function unshareProblem(): string | undefined {
  const { error, status, stderr } = spawnSync('unshare', [...UNSHARE_ARGUMENTS, 'true'], {
    encoding: 'utf8',
    timeout: 5000,
  });
  if (error !== undefined) return `unshare cannot be run (${(error as NodeJS.ErrnoException).code ?? error.message})`;
  return status === 0 ? undefined : `user namespaces are not to be had (${stderr.trim()})`;
}
