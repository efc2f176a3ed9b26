/**
 * The one who keeps the keys of the house while the daemon works without them: a small process that is
 * started before rights are given away and keeps them. The daemon asks it for the few things that only
 * the owner of files may do, and gets nothing else from it; see `StewardDuties`.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LastingEffect } from '../../device/lasting-effect.ts';
import type { FilterContent } from '../../device/packet-filter-content.ts';
import { loadPrivilegeCalls } from '../../platform/ffi/privilege-calls.ts';
import { STARTED_BY } from '../../platform/linux/system-program.ts';
import type { ConfigFile } from '../config/file.ts';
import type { TextReader } from '../config/text-file.ts';
import { bytesToJson } from '../socket/byte-json.ts';
import { StewardChannel } from './steward-channel.ts';
import type { ConfigReading, StewardSetup } from './steward-orders.ts';

const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './steward-main.ts' : './steward-main.js', import.meta.url);
/** It reads a file now and then; V8 would take as much as the machine suggests. */
const NODE_OPTIONS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--v8-pool-size=1'];

export class Steward {
  readonly #channel: StewardChannel;
  readonly #process: ChildProcess;
  #isClosed = false;

  /**
   * Starts it, which takes a while, without waiting for that. It does nothing until it takes over.
   *
   * @param onGone told when it ends although it is still needed
   * @throws SystemCallError
   */
  constructor(setup: StewardSetup, onGone: () => void) {
    this.#channel = new StewardChannel(loadPrivilegeCalls());
    // A session of its own: what the terminal says to us is not meant for it. It ends when we do.
    this.#process = spawn(process.execPath, [...NODE_OPTIONS, fileURLToPath(PROGRAM)], {
      // Nor what waits for a terminal to close: with `up -d` we leave it, and it would not.
      stdio: ['ignore', 'ignore', 'ignore', this.#channel.theirs],
      detached: true,
      // Whoever cleans up after us, if we are killed, waits for it and for what it has started.
      env: { ...process.env, [STARTED_BY]: String(process.pid) },
      cwd: '/',
    });
    this.#process.on('error', () => undefined);
    this.#process.on('exit', () => {
      if (!this.#isClosed) onGone();
    });
    this.#process.unref();
    this.#channel.closeTheirs();
    this.#channel.tell(absolute(setup));
  }

  /** From now on the record of the tunnel is in its hands. @throws when it did not start, or finds no record */
  takeOver(): void {
    this.#channel.ask({ order: 'take-over' });
  }

  record(effect: LastingEffect): void {
    this.#channel.ask({ order: 'record', effect });
  }

  undo(effect: LastingEffect): void {
    this.#channel.ask({ order: 'undo', effect });
  }

  forget(effect: LastingEffect): void {
    this.#channel.ask({ order: 'forget', effect });
  }

  writeFilter(content: FilterContent): void {
    this.#channel.ask({ order: 'write-filter', content: bytesToJson(content) });
  }

  release(): void {
    this.#channel.ask({ order: 'release' });
  }

  removeSockets(): void {
    this.#channel.ask({ order: 'remove-sockets' });
  }

  rememberCarriers(text: string): void {
    this.#channel.ask({ order: 'remember-carriers', text });
  }

  /** The configuration as it is now, and the files that it names. @throws with the complaint about it */
  readConfig(): { readonly file: ConfigFile; readonly read: TextReader } {
    const { file, others } = this.#channel.ask({ order: 'read-config' }) as ConfigReading;
    return { file, read: readerOf(others) };
  }

  /** It ends by itself then. */
  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }
}

/** It works elsewhere than we do. */
function absolute({ name, runtimeDirectory, configFile, sockets, carrierMemory }: StewardSetup): StewardSetup {
  return {
    name,
    runtimeDirectory: resolve(runtimeDirectory),
    configFile: resolve(configFile),
    sockets: sockets.map((path) => resolve(path)),
    carrierMemory: carrierMemory === undefined ? undefined : resolve(carrierMemory),
  };
}

function readerOf(others: ConfigReading['others']): TextReader {
  const contents = new Map(others);
  return async (path) => {
    const content = contents.get(path) ?? { code: 'ENOENT' };
    if ('text' in content) return content;
    if (content.code === 'EFBIG') return undefined;
    throw Object.assign(new Error(content.code), { code: content.code });
  };
}
