/**
 * Cleaning up after a tunnel whose process was killed, or could not do it itself, from its record alone.
 * Its interface is gone with it; rules, settings, the table in the packet filter and name servers may
 * remain, and hooks may be due.
 */

import { rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoEffects } from '../device/lasting-effect.ts';
import { LinuxNetwork } from '../device/linux-platform.ts';
import { isWorkUnderWay } from '../platform/linux/system-program.ts';
import { distrustOf } from './config/trusted-file.ts';
import { endHookProcess } from './quick/hook-process.ts';
import { HookRunner } from './quick/hook-runner.ts';
import { socketPath, statePath } from './runtime-directory.ts';
import { ControlError } from './socket/control-error.ts';
import { networkNamespace } from './state/process-identity.ts';
import { StateFile } from './state/state-file.ts';
import type { TunnelState } from './state/tunnel-state.ts';
import { areHooksDue } from './state/tunnel-state.ts';

/** How long `nft` and the like may go on with what their parent asked for, milliseconds. */
const PATIENCE_MS = 5000;
const POLL_MS = 20;

export interface RecoveryListener {
  readonly onNotice?: (notice: string) => void;
  readonly onWarning: (warning: string) => void;
}

/**
 * Undoes what the state records, runs the hooks that are due, and removes its files.
 *
 * @throws ControlError 'failed' when something could not be undone; the files stay for another try
 */
export async function recoverTunnel(directory: string, state: TunnelState, listener: RecoveryListener): Promise<void> {
  const { name, configFile: file, hooks } = state;
  if (state.effects.length > 0 || hooks !== undefined) requireSameNamespace(directory, state);
  const journal = StateFile.takeOver(directory, state);
  if (hooks !== undefined && areHooksDue(hooks)) requireOwnRecord(directory, name);
  await settle(state);
  const runner = new HookRunner({ name, file, journal, onNotice: () => undefined, ...listener });
  await runner.runDown('PreDown');
  undoAll(state);
  await runner.runDown('PostDown');
  rmSync(socketPath(directory, name), { force: true });
  journal.remove();
}

/** What was under way when the process was killed would otherwise be done after it was undone. */
async function settle({ process: { pid }, hooks }: TunnelState): Promise<void> {
  if (hooks?.running !== undefined) await endHookProcess(hooks.running);
  for (let waited = 0; waited < PATIENCE_MS && isWorkUnderWay(pid); waited += POLL_MS) await sleep(POLL_MS);
}

function requireSameNamespace(directory: string, state: TunnelState): void {
  if (state.networkNamespace === networkNamespace()) return;
  const file = statePath(directory, state.name);
  throw new ControlError(
    'failed',
    `tunnel "${state.name}" ran in another network namespace; repeat this there, or remove ${file} when that is gone`,
  );
}

/** Its commands would be run with our rights: nobody with others may have written them. */
function requireOwnRecord(directory: string, name: string): void {
  const path = statePath(directory, name);
  const distrust = distrustOf(path, statSync(path), process.geteuid?.() ?? 0);
  if (distrust === undefined) return;
  throw new ControlError('failed', `the hooks of tunnel "${name}" are not run from its record: ${distrust}`);
}

function undoAll(state: TunnelState): void {
  if (state.effects.length === 0) return;
  const network = new LinuxNetwork();
  const failures = undoEffects(state.effects, network);
  network.close();
  if (failures.length > 0)
    throw new ControlError(
      'failed',
      `cannot clean up after tunnel "${state.name}": ${failures.map(String).join('; ')}`,
    );
}
