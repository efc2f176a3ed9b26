/** The configuration of a tunnel that is up: read again on demand, and its host names kept fresh. */
import type { Device } from '../device/device.ts';
import type { DeviceSettings } from '../device/device-settings.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import type { ConfigFile } from './config/file.ts';
import { readConfigFile } from './config/file.ts';
import type { TextReader } from './config/text-file.ts';
import { readTextFile, remembering } from './config/text-file.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import { EndpointRefresher } from './endpoint-refresher.ts';
import type { ResolveSettingsOptions } from './resolve-settings.ts';
import { resolveSettings } from './resolve-settings.ts';
import { ControlError } from './socket/control-error.ts';

export interface LiveConfigOptions {
  /** Name of the interface and of the tunnel. */
  readonly name: string;
  readonly resolve: ResolveSettingsOptions;
  /** Understands the file as it is now; without it the tunnel cannot be told to read it again. */
  readonly reread: ((file: ConfigFile) => TunnelConfig) | undefined;
  /** @throws for what this process cannot make of the tunnel, before anything is changed */
  readonly accept: (config: TunnelConfig) => void;
  readonly adopt: (settings: DeviceSettings) => Promise<void>;
  /** The device is as this one says. */
  readonly onAdopted: (config: TunnelConfig) => void;
  readonly onNotice: (notice: string) => void;
}

/** The file as it is now, and how to read those that it names. */
export type ReadAgain = () => Promise<{ readonly file: ConfigFile; readonly read: TextReader }>;

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #refresher: EndpointRefresher;
  #readAgain: ReadAgain;
  /** What came last; the next one waits for it. */
  #latest: Promise<unknown> = Promise.resolve();

  /** @param config that the device was opened with */
  constructor(device: Device, config: TunnelConfig, options: LiveConfigOptions) {
    this.#options = options;
    this.#refresher = new EndpointRefresher({ device, onNotice: options.onNotice });
    this.#refresher.use(config, options.resolve.read);
    this.#readAgain = async () => ({ file: await readConfigFile(config.file), read: remembering(readTextFile) });
  }

  /** For when this process may not open the files any more, but somebody else does it for us. */
  readThrough(readAgain: ReadAgain): void {
    this.#readAgain = readAgain;
  }

  /**
   * Makes the device what the file says now.
   *
   * @throws ConfigError about the file, DeviceError about what cannot be had; then nothing has changed
   */
  reload(): Promise<void> {
    return this.inTurn(() => this.#reload());
  }

  /** While nothing is read again. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#latest.then(work);
    this.#latest = result.catch(() => undefined);
    return result;
  }

  handleEvent(event: TunnelEvent, publicKey: Uint8Array | undefined): void {
    this.#refresher.handleEvent(event, publicKey);
  }

  close(): void {
    this.#refresher.close();
  }

  async #reload(): Promise<void> {
    const { name, resolve, reread, accept, adopt, onAdopted, onNotice } = this.#options;
    if (reread === undefined) throw new ControlError('failed', 'this tunnel was not brought up from a file');
    const { file, read } = await this.#readAgain();
    const config = reread(file);
    accept(config);
    // Whoever reloads waits for the answer; a name that is not there now is not waited for.
    const settings = await resolveSettings(config, name, { ...resolve, read, retries: 0 });
    await adopt(settings);
    this.#refresher.use(config, read);
    onAdopted(config);
    onNotice(`${config.file} was read again; the tunnel is as it says`);
  }
}
