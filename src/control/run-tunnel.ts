/**
 * The life of a tunnel in this process: claim its name, resolve its peers, open the device, answer on
 * the control socket until told to stop, and put everything back.
 */
import { Device } from '../device/device.ts';
import type { DeviceSettings } from '../device/device-settings.ts';
import type { DeviceListener, DeviceOptions } from '../device/device-setup.ts';
import { UndoStack } from '../device/undo-stack.ts';
import type { ResolveOptions } from './config/resolve.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import { Ending } from './ending.ts';
import { LiveConfig } from './live-config.ts';
import { QuickSteps } from './quick/quick-steps.ts';
import { runningTunnel } from './quick/save-tunnel.ts';
import { recoverTunnel } from './recover-tunnel.ts';
import { reportOf } from './report.ts';
import { resolveSettings } from './resolve-settings.ts';
import { inRoutingTurn } from './routing-turn.ts';
import type { UapiFolder } from './runtime-directory.ts';
import { socketPath, uapiPath } from './runtime-directory.ts';
import { bytesToJson } from './socket/byte-json.ts';
import { ControlError } from './socket/control-error.ts';
import { ControlServer } from './socket/control-server.ts';
import { isAlive } from './state/process-identity.ts';
import { readState, StateFile } from './state/state-file.ts';
import { statusOf } from './status/status-report.ts';
import { UapiServer } from './uapi/uapi-server.ts';

export interface RunOptions {
  /** Name of the interface and of the tunnel. */
  readonly name: string;
  readonly runtimeDirectory: string;
  /** Ends the tunnel, at any moment of its life; the reason is a text for the log. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  readonly resolve?: ResolveOptions;
  /** The file as it is now, checked: makes it possible to reload. */
  readonly reread?: () => Promise<TunnelConfig>;
  /** How the data plane works, the fastest way is chosen otherwise; and where carriers are remembered. */
  readonly engine?: Pick<DeviceOptions, 'kernel' | 'workers' | 'carrierMemory' | 'capture'>;
  /** Where `awg` and `wg` find the tunnel; nowhere by default. */
  readonly uapi?: readonly UapiFolder[];
}

export interface RunListener extends Pick<DeviceListener, 'onEvent' | 'onCarrierEvent' | 'onWarning'> {
  /** Packets flow. `reload` makes the tunnel what its file says now, or rejects and changes nothing. */
  onUp(device: Device, reload: () => Promise<void>): void;
  /** Something has changed as it should. A sentence. */
  onNotice(notice: string): void;
  /** Told why, before the work of stopping begins. */
  onStopping(reason: string): void;
}

/**
 * Resolves when the tunnel has been stopped and nothing of it is left.
 *
 * @throws what kept it from starting, what ended it by itself, or what could not be undone
 */
export async function runTunnel(config: TunnelConfig, options: RunOptions): Promise<void> {
  const { signal, listener } = options;
  const state = await claimName(config, options);
  const undo = new UndoStack();
  const ending = new Ending(signal);
  let failures: unknown[] = [];
  try {
    await bringUp(config, options, { state, ending, undo });
    listener.onStopping(await ending.reason);
  } catch (error) {
    // Told to stop while still starting: whatever failed because of it is of no interest.
    if (!signal.aborted) throw error;
    listener.onStopping(String(signal.reason));
  } finally {
    failures = await undo.unwind();
    state.release();
  }
  if (failures.length > 0)
    throw new ControlError('failed', `not everything could be undone: ${failures.map(String).join('; ')}`);
}

interface Life {
  readonly state: StateFile;
  readonly ending: Ending;
  readonly undo: UndoStack;
}

async function bringUp(config: TunnelConfig, options: RunOptions, life: Life): Promise<void> {
  const { signal, name, listener } = options;
  const { state, undo } = life;
  const { onWarning } = listener;
  const onNotice = (notice: string): void => listener.onNotice(notice);
  const quick = new QuickSteps(config, { name, state, undo, signal, onNotice, onWarning });
  await quick.beforeDevice();
  const resolve = { ...options.resolve, signal, onWarning };
  const settings = await resolveSettings(config, name, resolve);
  // Events come from the first moment on.
  const live: { config?: LiveConfig } = {};
  const onEvent: RunListener['onEvent'] = (event, publicKey) => {
    live.config?.handleEvent(event, publicKey);
    listener.onEvent(event, publicKey);
  };
  const device = await openDevice(settings, options, life, onEvent);
  signal.throwIfAborted();
  const { reread, runtimeDirectory } = options;
  const adopt = (wanted: DeviceSettings): Promise<void> =>
    inRoutingTurn(runtimeDirectory, wanted, () => device.adopt(wanted));
  const onAdopted = (adopted: TunnelConfig): void => quick.follow(adopted);
  const liveConfig = new LiveConfig(device, config, { name, resolve, reread, adopt, onAdopted, onNotice });
  live.config = liveConfig;
  undo.push(() => liveConfig.close());
  const reload = (): Promise<void> => liveConfig.reload();
  await serve(device, reload, options, life);
  await quick.afterDevice(device);
  listener.onUp(device, reload);
}

async function openDevice(
  settings: DeviceSettings,
  { engine, listener, runtimeDirectory }: RunOptions,
  { state, ending, undo }: Life,
  onEvent: RunListener['onEvent'],
): Promise<Device> {
  const { onCarrierEvent, onWarning } = listener;
  const onFailure = (error: Error): void => ending.fail(error);
  const options = { ...engine, journal: state, listener: { onEvent, onCarrierEvent, onWarning, onFailure } };
  const device = await inRoutingTurn(runtimeDirectory, settings, () => Device.open(settings, options));
  undo.push(() => closeDevice(device));
  return device;
}

/** From now on others can ask; hooks do, too. */
async function serve(
  device: Device,
  reload: () => Promise<void>,
  options: RunOptions,
  { ending, undo }: Life,
): Promise<void> {
  const { runtimeDirectory, name } = options;
  const server = await ControlServer.listen(socketPath(runtimeDirectory, name), {
    show: () => reportOf(device.snapshot()),
    running: () => bytesToJson(runningTunnel(device)),
    stop: () => ending.finish('asked to stop'),
    reload,
    status: () => statusOf(device),
  });
  undo.push(() => server.close());
  await serveUapi(device, options, undo);
}

/** A tunnel of that name elsewhere is a mistake; a place that cannot be had is none, as nothing but tools misses it. */
async function serveUapi(device: Device, options: RunOptions, undo: UndoStack): Promise<void> {
  const { name, runtimeDirectory, uapi = [], listener } = options;
  for (const folder of uapi) {
    try {
      const onRefusal = (reason: string): void => listener.onWarning(reason);
      const server = await UapiServer.listen(uapiPath(runtimeDirectory, folder, name), device, { onRefusal });
      undo.push(() => server.close());
    } catch (error) {
      if (!(error instanceof ControlError) || error.code === 'already-running') throw error;
      listener.onWarning(`${error.message}: other programs will not find this tunnel there`);
    }
  }
}

async function closeDevice(device: Device): Promise<void> {
  const failures = await device.close();
  if (failures.length > 0)
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('; '));
}

/** A name that a killed process left behind is taken over, after its traces have been removed. */
async function claimName(config: TunnelConfig, options: RunOptions): Promise<StateFile> {
  const { name, runtimeDirectory, listener } = options;
  const fresh = StateFile.claim(runtimeDirectory, name, config.file);
  if (fresh !== undefined) return fresh;
  const earlier = readState(runtimeDirectory, name);
  if (earlier !== undefined) {
    if (isAlive(earlier.process))
      throw new ControlError('already-running', `tunnel "${name}" is already running (process ${earlier.process.pid})`);
    await recoverTunnel(runtimeDirectory, earlier, listener);
    listener.onWarning(`process ${earlier.process.pid} of an earlier tunnel "${name}" was killed; cleaned up after it`);
  }
  const second = StateFile.claim(runtimeDirectory, name, config.file);
  if (second === undefined)
    throw new ControlError('already-running', `tunnel "${name}" is being started by another process`);
  return second;
}
