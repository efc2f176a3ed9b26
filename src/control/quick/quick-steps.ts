/**
 * What wg-quick does around a tunnel beside the interface and its routes (protocol facts 7.2, 7.3): hooks,
 * name servers, SaveConfig. Each step leaves its inverse on the undo stack, so that on the way down it goes
 *
 *     PreDown, SaveConfig, name servers, [interface, routes, rules, packet filter], PostDown
 *
 * and whatever would outlive a killed process is on record, for `recoverTunnel`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Device } from '../../device/device.ts';
import type { UndoStack } from '../../device/undo-stack.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import { ControlError } from '../socket/control-error.ts';
import type { StateFile } from '../state/state-file.ts';
import { areHooksDue } from '../state/tunnel-state.ts';
import { whatEndTakes } from './end-rights.ts';
import { HookRunner } from './hook-runner.ts';
import { runningTunnel, saveTunnel } from './save-tunnel.ts';
import { TunnelNameServers } from './tunnel-name-servers.ts';

export interface QuickStepsOptions {
  /** Of the interface. */
  readonly name: string;
  readonly state: StateFile;
  readonly undo: UndoStack;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: string) => void;
  readonly onWarning: (warning: string) => void;
}

export class QuickSteps {
  readonly #options: QuickStepsOptions;
  readonly #runner: HookRunner;
  readonly #nameServers: TunnelNameServers;
  #config: TunnelConfig;
  #isUp = false;

  constructor(config: TunnelConfig, options: QuickStepsOptions) {
    this.#config = config;
    this.#options = options;
    const { name, state: journal, onNotice, onWarning } = options;
    this.#runner = new HookRunner({ name, file: config.file, journal, onNotice, onWarning });
    this.#nameServers = new TunnelNameServers({ name, journal, onWarning });
  }

  /** Before anything is made. Rejects with HookError. */
  async beforeDevice(): Promise<void> {
    const { state, undo, signal } = this.#options;
    const { PreUp, PostDown } = this.#config.hooks;
    undo.push(() => this.#runner.runDown('PostDown'));
    if (PreUp.length > 0) state.hooks = { ...state.hooks, PostDown };
    await this.#runner.runUp('PreUp', PreUp, signal);
  }

  /** Packets flow. Rejects with NameServerError or HookError. */
  async afterDevice(device: Device): Promise<void> {
    const { state, undo, signal } = this.#options;
    undo.push(() => this.#nameServers.takeBack());
    this.#nameServers.use(this.#config.nameServers);
    undo.push(() => this.#save(device));
    undo.push(() => this.#runner.runDown('PreDown'));
    this.#oweHooks(state);
    await this.#runner.runUp('PostUp', this.#config.hooks.PostUp, signal);
    this.#isUp = true;
  }

  /**
   * Whether `follow` can make this so.
   *
   * @throws ControlError 'failed' for what programs have to do, or be recorded for, once rights were given away
   */
  accept(config: TunnelConfig): void {
    if (!this.#options.state.isHandedOver) return;
    const isSame = isDeepStrictEqual(config.nameServers, this.#config.nameServers);
    const [what] = [...whatEndTakes(config), ...(isSame ? [] : ['DNS is another one'])];
    if (what === undefined) return;
    throw new ControlError(
      'failed',
      `nothing was changed: ${what}, and this tunnel has given away the rights for that; end it and bring it up again`,
    );
  }

  /** The file was read again, and the device is as it says. @throws NameServerError */
  follow(config: TunnelConfig): void {
    this.#config = config;
    this.#oweHooks(this.#options.state);
    this.#nameServers.use(config.nameServers);
  }

  /** From now on there is something that they may have to undo. */
  #oweHooks(state: StateFile): void {
    const { PreDown, PostDown } = this.#config.hooks;
    const owed = { ...state.hooks, PreDown, PostDown };
    if (areHooksDue(owed) || areHooksDue(state.hooks)) state.hooks = owed;
  }

  /** A tunnel that did not come up has nothing to save. */
  #save(device: Device): void {
    const { saveConfig, file } = this.#config;
    if (!saveConfig || !this.#isUp) return;
    try {
      saveTunnel(file, runningTunnel(device));
    } catch (error) {
      this.#options.onWarning(`SaveConfig: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
