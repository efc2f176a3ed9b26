/** The configuration of a tunnel that is up: read again on demand, and its host names kept fresh. */
import type { Device } from '../device/device.ts';
import type { DeviceSettings } from '../device/device-settings.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import { EndpointRefresher } from './endpoint-refresher.ts';
import type { ResolveSettingsOptions } from './resolve-settings.ts';
import { resolveSettings } from './resolve-settings.ts';
import { ControlError } from './socket/control-error.ts';

export interface LiveConfigOptions {
  /** Name of the interface and of the tunnel. */
  readonly name: string;
  readonly resolve: ResolveSettingsOptions;
  /** The file as it is now, checked; without it the tunnel cannot be told to read it again. */
  readonly reread: (() => Promise<TunnelConfig>) | undefined;
  readonly adopt: (settings: DeviceSettings) => Promise<void>;
  /** The device is as this one says. */
  readonly onAdopted: (config: TunnelConfig) => void;
  readonly onNotice: (notice: string) => void;
}

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #refresher: EndpointRefresher;
  /** The reload that came last; the next one waits for it. */
  #latest: Promise<unknown> = Promise.resolve();

  /** @param config that the device was opened with */
  constructor(device: Device, config: TunnelConfig, options: LiveConfigOptions) {
    this.#options = options;
    this.#refresher = new EndpointRefresher({ device, onNotice: options.onNotice });
    this.#refresher.use(config);
  }

  /**
   * Makes the device what the file says now.
   *
   * @throws ConfigError about the file, DeviceError about what cannot be had; then nothing has changed
   */
  reload(): Promise<void> {
    const result = this.#latest.then(() => this.#reload());
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
    const { name, resolve, reread, adopt, onAdopted, onNotice } = this.#options;
    if (reread === undefined) throw new ControlError('failed', 'this tunnel was not brought up from a file');
    const config = await reread();
    // Whoever reloads waits for the answer; a name that is not there now is not waited for.
    const settings = await resolveSettings(config, name, { ...resolve, retries: 0 });
    await adopt(settings);
    this.#refresher.use(config);
    onAdopted(config);
    onNotice(`${config.file} was read again; the tunnel is as it says`);
  }
}
