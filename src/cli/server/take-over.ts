/** Telling a running tunnel that its file has changed. */
import { runtimeDirectory, socketPath } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { CliContext } from '../command.ts';

/** The file is right already; whatever the tunnel makes of it is only reported. */
export async function takeOver(name: string, context: CliContext): Promise<void> {
  try {
    await callControl(socketPath(runtimeDirectory(context.environment), name), 'reload');
    context.stderr(`awg-vpn: the running tunnel "${name}" knows it already\n`);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code === 'not-running') return;
    context.stderr(
      `awg-vpn: warning: the running tunnel "${name}" does not know it yet; run "awg-vpn reload ${name}" (${error.message})\n`,
    );
  }
}
