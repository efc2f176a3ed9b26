/**
 * One tunnel of this machine: the interface, the sockets, the engine that moves packets between them
 * and the protocol core that tells it how. Opening makes all of it or nothing; closing leaves the
 * system as it was. In between everything about it can change, each change whole or not at all.
 */
import type { ThreadStep } from '../platform/linux/confinement/confinement.ts';
import type { PeerId, Prefix } from '../protocol/engine-port.ts';
import { DeviceError } from './device-error.ts';
import type { DeviceInfo, DeviceParts } from './device-parts.ts';
import { infoOf } from './device-parts.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { DeviceOptions } from './device-setup.ts';
import { setUpDevice } from './device-setup.ts';
import type { DeviceSnapshot } from './device-snapshot.ts';
import { takeSnapshot } from './device-snapshot.ts';
import type { DeviceChange, DeviceConfiguration } from './live/device-change.ts';
import { configurationOf } from './live/device-configuration.ts';
import { adopt, configure } from './live/reconfigure.ts';
import type { DeviceEvents } from './observe/device-events.ts';
import type { DeviceObservation } from './observe/device-observation.ts';
import { observeDevice } from './observe/device-observation.ts';
import type { ProbeResult } from './observe/peer-prober.ts';
import { PeerProber } from './observe/peer-prober.ts';
import { UndoStack } from './undo-stack.ts';

export class Device {
  readonly #parts: DeviceParts;
  readonly #undo: UndoStack;
  readonly #prober: PeerProber;
  /** The change that came last; the next one waits for it. */
  #latest: Promise<unknown> = Promise.resolve();
  #closed: Promise<readonly unknown[]> | undefined;

  private constructor(parts: DeviceParts, undo: UndoStack) {
    this.#parts = parts;
    this.#undo = undo;
    this.#prober = new PeerProber(parts);
  }

  /**
   * Brings a tunnel up: when it resolves, packets flow. A failure on the way undoes what was done.
   *
   * @throws the error of the step that failed: SystemCallError, NetlinkError, ObfuscationError
   */
  static async open(settings: DeviceSettings, options: DeviceOptions = {}): Promise<Device> {
    const undo = new UndoStack();
    try {
      return new Device(await setUpDevice(settings, options, undo), undo);
    } catch (error) {
      await undo.unwind();
      throw error;
    }
  }

  get info(): DeviceInfo {
    return infoOf(this.#parts);
  }

  snapshot(): DeviceSnapshot {
    return takeSnapshot(this.#parts);
  }

  /** The same with what metrics and diagnosis need. */
  observe(): DeviceObservation {
    return observeDevice(this.#parts);
  }

  /** What happens from now on. */
  get events(): DeviceEvents {
    return this.#parts.observer.events;
  }

  /** Asks every peer with a session, inside the tunnel, whether anything comes back; takes up to a second. */
  probe(): Promise<ReadonlyMap<PeerId, ProbeResult>> {
    return this.#prober.probe();
  }

  /** With its secrets. */
  configuration(): DeviceConfiguration {
    return configurationOf(this.#parts);
  }

  /** Of the interface now, whoever gave them to it; host bits kept. */
  addresses(): readonly Prefix[] {
    const { control, interfaceIndex } = this.#parts;
    return control.listAddresses(interfaceIndex);
  }

  /**
   * Changes what `change` names. Sessions survive whatever does not concern them; what is under way in the
   * look of before may be lost.
   *
   * @param change or what makes it from the device as it is when its turn has come
   * @throws DeviceError, and then nothing has changed
   */
  configure(change: DeviceChange | ((running: DeviceConfiguration) => DeviceChange)): Promise<void> {
    return this.#inTurn(() =>
      configure(typeof change === 'function' ? change(this.configuration()) : change, this.#parts),
    );
  }

  /**
   * Becomes what it would be if it had been opened with these settings, without ending sessions: with
   * addresses, routes, rules and MTU.
   *
   * @throws DeviceError, and then nothing has changed; 'needs-restart' for what cannot change at all
   */
  adopt(settings: DeviceSettings): Promise<void> {
    return this.#inTurn(() => adopt(settings, this.#parts));
  }

  /**
   * For those who know that the network is another one, or that the machine has slept: peers are greeted
   * anew from whatever address is right now. The device notices most of it by itself.
   */
  rebind(): void {
    if (this.#closed !== undefined) return;
    this.#parts.driver.run((core, now) => core.rebind(now));
    this.#parts.carriers.networkChanged();
  }

  /**
   * Has every other thread that opens sockets take a step of confinement. Those of the data plane do not:
   * all that they use is open.
   */
  async confine(step: ThreadStep): Promise<void> {
    await this.#parts.carriers.confine(step);
  }

  /** Whether the data plane has turned since the last call; for watchdogs, seconds apart. */
  heartbeat(): boolean {
    return this.#parts.engine.heartbeat();
  }

  /** Takes everything back, in reverse order. Idempotent; resolves to what could not be undone. */
  close(): Promise<readonly unknown[]> {
    this.#closed ??= this.#latest.then(() => this.#undo.unwind());
    return this.#closed;
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(new DeviceError('closed', 'the device is closed'));
    const result = this.#latest.then(change).then(() => this.events.emit({ kind: 'configured' }));
    this.#latest = result.catch(() => undefined);
    return result;
  }
}
