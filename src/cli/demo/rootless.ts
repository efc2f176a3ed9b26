/** Runs the demo again as root of a user namespace of its own, where the kernel lets a plain user have one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DemoError } from './demo-error.ts';
import { siblingFile } from './sibling-file.ts';
import { UNSHARE_ARGUMENTS } from './standing.ts';

/** Settles as the inner process ends, which also ends when this one does. */
export async function runRootless(seconds: number, signal: AbortSignal): Promise<void> {
  const program = siblingFile('./rootless-main', import.meta.url);
  const command = [process.execPath, ...process.execArgv, program, String(seconds)];
  const child = spawn('unshare', [...UNSHARE_ARGUMENTS, ...command], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  let complaint = 'the process in the user namespace failed';
  child.on('message', (message: unknown) => {
    if (typeof message === 'string') complaint = message;
  });
  signal.addEventListener('abort', stop, { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  if (code !== 0) throw new DemoError('inner-process-failed', complaint);
}
