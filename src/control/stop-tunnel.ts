/** Ending a tunnel from outside of its process, in whatever state that process is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecoveryListener } from './recover-tunnel.ts';
import { recoverTunnel } from './recover-tunnel.ts';
import { socketPath, statePath, UAPI_FOLDERS, uapiPath } from './runtime-directory.ts';
import { callControl } from './socket/control-client.ts';
import { ControlError } from './socket/control-error.ts';
import { removeAbandonedSocket } from './socket/unix-listener.ts';
import type { ProcessIdentity } from './state/process-identity.ts';
import { isAlive } from './state/process-identity.ts';
import { readState, removeLeftovers } from './state/state-file.ts';
import type { TunnelState } from './state/tunnel-state.ts';

/** How long a process may take to clean up, beside its hooks, before we call it stuck. */
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 20;

/**
 * Returns when nothing of the tunnel is left: `stopped` when its process did the work, `recovered`
 * when that had been killed and its traces were removed here.
 *
 * @throws ControlError 'not-running', 'timeout', 'no-permission', 'failed'
 */
export async function stopTunnel(
  directory: string,
  name: string,
  listener: RecoveryListener,
): Promise<'stopped' | 'recovered'> {
  removeLeftovers(statePath(directory, name));
  const state = readState(directory, name);
  if (state === undefined) throw new ControlError('not-running', `no tunnel "${name}" is running`);
  if (!isAlive(state.process)) {
    await recover(directory, state, listener);
    return 'recovered';
  }
  await askToStop(socketPath(directory, name), state.process);
  if (!(await hasEnded(state.process, directory, name))) {
    throw new ControlError(
      'timeout',
      `process ${state.process.pid} of tunnel "${name}" does not end; it can be killed, "awg-vpn down ${name}" cleans up after it`,
    );
  }
  // Killed while it was stopping, or unable to undo something: what is left is our task.
  const rest = readState(directory, name);
  if (rest === undefined) return 'stopped';
  await recover(directory, rest, listener);
  return 'recovered';
}

async function recover(directory: string, state: TunnelState, listener: RecoveryListener): Promise<void> {
  await recoverTunnel(directory, state, listener);
  // Of another daemon with that name they may be, too, so each is asked first.
  for (const folder of UAPI_FOLDERS) await removeAbandonedSocket(uapiPath(directory, folder, state.name));
}

/** A process that is still starting, or already stopping, has no socket but takes a signal. */
async function askToStop(path: string, target: ProcessIdentity): Promise<void> {
  try {
    await callControl(path, 'stop');
  } catch (error) {
    if (!(error instanceof ControlError) || error.code === 'no-permission') throw error;
    signal(target);
  }
}

function signal(target: ProcessIdentity): void {
  try {
    if (isAlive(target)) process.kill(target.pid, 'SIGTERM');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') throw new ControlError('no-permission', `this user may not end process ${target.pid}`);
    if (code !== 'ESRCH') throw error;
  }
}

/** A hook may take as long as its owner likes, as in wg-quick. */
async function hasEnded(target: ProcessIdentity, directory: string, name: string): Promise<boolean> {
  for (let waited = 0; waited < STOP_LIMIT_MS; waited += POLL_MS) {
    if (!isAlive(target)) return true;
    await sleep(POLL_MS);
    const running = readState(directory, name)?.hooks?.running;
    if (running !== undefined && isAlive(running)) waited = 0;
  }
  return false;
}
