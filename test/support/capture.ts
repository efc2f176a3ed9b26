/** What crossed the cable: tcpdump into a file, tshark out of it. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackgroundProcess } from './command.ts';
import { run } from './command.ts';
import type { Scope } from './scope.ts';
import { sleep, waitFor } from './wait.ts';
import type { Host } from './wire.ts';

/** tcpdump is given this long to write what it has before it is stopped. */
const SETTLE_MS = 300;

export class Capture {
  readonly path: string;
  readonly #process: BackgroundProcess;

  private constructor(path: string, process: BackgroundProcess) {
    this.path = path;
    this.#process = process;
  }

  /** Records what `host` sends and receives on the cable. */
  static async start(scope: Scope, host: Host, filter = 'udp'): Promise<Capture> {
    const path = join(temporaryFolder(scope), 'wire.pcap');
    const args = ['-i', host.device, '-w', path, '-U', '--immediate-mode', '-Z', 'root', '-B', '32768', filter];
    const process = host.namespace.spawn('tcpdump', args, {}, scope);
    await waitFor('tcpdump to listen', () => process.output.includes('listening on'), {
      explain: () => process.output,
    });
    return new Capture(path, process);
  }

  async stop(): Promise<void> {
    await sleep(SETTLE_MS);
    await this.#process.stop('SIGINT');
    if (statSync(this.path).size <= 24) throw new Error(`the capture is empty: ${this.#process.output}`);
  }

  /** Runs tshark over the recording: one row per packet, one column per field. */
  async fields(filter: string, fields: readonly string[], preferences: readonly string[] = []): Promise<string[][]> {
    const options = preferences.flatMap((preference) => ['-o', preference]);
    const columns = fields.flatMap((field) => ['-e', field]);
    const text = await run('tshark', ['-r', this.path, ...options, '-Y', filter, '-T', 'fields', ...columns]);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  }
}

export function temporaryFolder(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'awg-vpn-capture-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  scope.defer(folder, remove, remove);
  return folder;
}

/** Private and ephemeral keys in the form of Wireshark's `wg.keylog_file`. */
export interface KeyLog {
  readonly localStaticPrivateKey: string;
  readonly remoteStaticPublicKey: string;
  readonly localEphemeralPrivateKeys: readonly string[];
  readonly presharedKey: string;
}

/** Writes the key log and returns the tshark preference that uses it. */
export function keyLogPreference(scope: Scope, log: KeyLog): string {
  const path = join(temporaryFolder(scope), 'keys.log');
  const lines = [
    `LOCAL_STATIC_PRIVATE_KEY = ${log.localStaticPrivateKey}`,
    `REMOTE_STATIC_PUBLIC_KEY = ${log.remoteStaticPublicKey}`,
    ...log.localEphemeralPrivateKeys.flatMap((key) => [
      `LOCAL_EPHEMERAL_PRIVATE_KEY = ${key}`,
      `PRESHARED_KEY = ${log.presharedKey}`,
    ]),
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return `wg.keylog_file:${path}`;
}
