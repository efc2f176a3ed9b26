/** Cleaning up after a tunnel whose process was killed. Its interface is gone already; rules may remain. */

import { rmSync } from 'node:fs';
import { undoEffects } from '../device/lasting-effect.ts';
import { RouteNetlink } from '../platform/linux/netlink/route-netlink.ts';
import { socketPath, statePath } from './runtime-directory.ts';
import { ControlError } from './socket/control-error.ts';
import { networkNamespace } from './state/process-identity.ts';
import type { TunnelState } from './state/tunnel-state.ts';

/**
 * Undoes what the state records and removes its files.
 *
 * @throws ControlError 'failed' when something could not be undone; the files stay for another try
 */
export function recoverTunnel(directory: string, state: TunnelState): void {
  if (state.effects.length > 0) undoAll(directory, state);
  rmSync(socketPath(directory, state.name), { force: true });
  rmSync(statePath(directory, state.name), { force: true });
}

function undoAll(directory: string, state: TunnelState): void {
  if (state.networkNamespace !== networkNamespace()) {
    const file = statePath(directory, state.name);
    throw new ControlError(
      'failed',
      `tunnel "${state.name}" ran in another network namespace; repeat this there, or remove ${file} when that is gone`,
    );
  }
  const network = new RouteNetlink();
  const failures = undoEffects(state.effects, network);
  network.close();
  if (failures.length > 0)
    throw new ControlError(
      'failed',
      `cannot clean up after tunnel "${state.name}": ${failures.map(String).join('; ')}`,
    );
}
