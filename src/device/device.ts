/**
 * One tunnel of this machine: the interface, the sockets, the engine that moves packets between them
 * and the protocol core that tells it how. Opening makes all of it or nothing; closing leaves the
 * system as it was.
 */
import type { DeviceSettings } from './device-settings.ts';
import type { DeviceInfo, DeviceOptions, DeviceParts } from './device-setup.ts';
import { setUpDevice } from './device-setup.ts';
import type { DeviceSnapshot } from './device-snapshot.ts';
import { takeSnapshot } from './device-snapshot.ts';
import { UndoStack } from './undo-stack.ts';

export class Device {
  readonly #settings: DeviceSettings;
  readonly #parts: DeviceParts;
  readonly #undo: UndoStack;
  #closed: Promise<readonly unknown[]> | undefined;

  private constructor(settings: DeviceSettings, parts: DeviceParts, undo: UndoStack) {
    this.#settings = settings;
    this.#parts = parts;
    this.#undo = undo;
  }

  /**
   * Brings a tunnel up: when it resolves, packets flow. A failure on the way undoes what was done.
   *
   * @throws the error of the step that failed: SystemCallError, NetlinkError, DeviceError
   */
  static async open(settings: DeviceSettings, options: DeviceOptions = {}): Promise<Device> {
    const undo = new UndoStack();
    try {
      return new Device(settings, await setUpDevice(settings, options, undo), undo);
    } catch (error) {
      await undo.unwind();
      throw error;
    }
  }

  get info(): DeviceInfo {
    return this.#parts.info;
  }

  snapshot(): DeviceSnapshot {
    return takeSnapshot(this.#settings, this.#parts);
  }

  /** Whether the data plane has turned since the last call; for watchdogs, seconds apart. */
  heartbeat(): boolean {
    return this.#parts.engine.heartbeat();
  }

  /** Takes everything back, in reverse order. Idempotent; resolves to what could not be undone. */
  close(): Promise<readonly unknown[]> {
    this.#closed ??= this.#undo.unwind();
    return this.#closed;
  }
}
