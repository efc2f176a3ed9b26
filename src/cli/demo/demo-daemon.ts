/** A real daemon: `awg-vpn up` in one of the hosts, run from the configuration file that the demo wrote. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { socketPath } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { DemoError } from './demo-error.ts';
import type { DemoHost } from './demo-host.ts';
import type { HostProcess } from './host-process.ts';
import { siblingFile } from './sibling-file.ts';

const PATIENCE_MS = 15_000;
const POLL_INTERVAL_MS = 25;

export class DemoDaemon {
  readonly #process: HostProcess;
  readonly #host: string;
  readonly #socket: string;

  /** @param directory private to this run: holds the configuration and the control socket */
  constructor(host: DemoHost, config: string, directory: string) {
    const name = `demo-${host.name}`;
    const file = join(directory, `${name}.conf`);
    writeFileSync(file, config, { mode: 0o600 });
    this.#host = host.name;
    this.#socket = socketPath(directory, name);
    const program = siblingFile('../main', import.meta.url);
    this.#process = host.startNode([program, 'up', file], { AWG_VPN_RUNTIME_DIR: directory });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when the daemon answers at its control socket: then its tunnel is up. */
  async ready(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.#answers())) {
      if (this.#process.hasEnded) throw this.#failure('ended');
      if (performance.now() > deadline) throw this.#failure('does not answer');
      await sleep(POLL_INTERVAL_MS);
    }
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  #failure(what: string): DemoError {
    return new DemoError(
      'daemon-failed',
      `the daemon of the ${this.#host} host ${what}\n${this.#process.output}`.trimEnd(),
    );
  }

  async #answers(): Promise<boolean> {
    try {
      await callControl(this.#socket, 'show');
      return true;
    } catch {
      return false;
    }
  }
}
