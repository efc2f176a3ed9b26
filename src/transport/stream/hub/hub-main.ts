/** The thread of the stream hub: an ordinary event loop, unlike those of the data plane. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSyscalls } from '../../../platform/ffi/syscalls.ts';
import type { HubCommand, HubSetup } from '../hub-messages.ts';
import { Hub } from './hub.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the main module of a worker');

const setup = workerData as HubSetup;
const hub = new Hub(loadSyscalls(), setup, (event) => port.postMessage(event));

/** A descriptor that is still watched when the thread ends would end the whole process. */
function stop(): void {
  hub.stop();
  const stopped = new Int32Array(setup.stopped);
  Atomics.store(stopped, 0, 1);
  Atomics.notify(stopped, 0);
  port?.close();
}

port.on('message', (command: HubCommand) => {
  if (command.kind === 'stop') stop();
  else hub.execute(command);
});

process.on('uncaughtException', (error) => {
  port.postMessage({ kind: 'failed', message: error.stack ?? error.message });
  stop();
});
