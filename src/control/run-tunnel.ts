/**
 * The life of a tunnel in this process: claim its name, resolve its peers, open the device, answer on
 * the control socket until told to stop, and put everything back.
 */

import { replaceFile } from '../device/carriers/replace-file.ts';
import { Device } from '../device/device.ts';
import type { DeviceSettings } from '../device/device-settings.ts';
import type { DeviceListener, DeviceOptions } from '../device/device-setup.ts';
import { UndoStack } from '../device/undo-stack.ts';
import type { ConfigFile } from './config/file.ts';
import type { ResolveOptions } from './config/resolve.ts';
import { readTextFile, remembering } from './config/text-file.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import type { ConfinementWishes } from './confinement/confine-tunnel.ts';
import { capabilitiesFor, confineTunnel } from './confinement/confine-tunnel.ts';
import { Ending } from './ending.ts';
import { LiveConfig } from './live-config.ts';
import { whatEndTakes } from './quick/end-rights.ts';
import { QuickSteps } from './quick/quick-steps.ts';
import { runningTunnel } from './quick/save-tunnel.ts';
import { recoverTunnel } from './recover-tunnel.ts';
import { reportOf } from './report.ts';
import { resolveSettings } from './resolve-settings.ts';
import { RoutingTurn } from './routing-turn.ts';
import type { UapiFolder } from './runtime-directory.ts';
import { socketPath, uapiPath } from './runtime-directory.ts';
import { bytesToJson } from './socket/byte-json.ts';
import { ControlError } from './socket/control-error.ts';
import { ControlServer } from './socket/control-server.ts';
import { isAlive } from './state/process-identity.ts';
import { readState, StateFile } from './state/state-file.ts';
import { statusOf } from './status/status-report.ts';
import { Steward } from './steward/steward.ts';
import { UapiServer } from './uapi/uapi-server.ts';

export interface RunOptions {
  /** Name of the interface and of the tunnel. */
  readonly name: string;
  readonly runtimeDirectory: string;
  /** Ends the tunnel, at any moment of its life; the reason is a text for the log. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  readonly resolve?: ResolveOptions;
  /** Understands the file as it is now: makes it possible to reload. */
  readonly reread?: (file: ConfigFile) => TunnelConfig;
  /** Rights that are given away once the tunnel stands; without it none are. */
  readonly confinement?: ConfinementWishes;
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
  undo.push(() => state.release());
  const turn = new RoutingTurn(options.runtimeDirectory);
  undo.push(() => turn.close());
  const ending = new Ending(signal);
  const life: Life = { state, ending, undo, turn };
  let failures: unknown[] = [];
  try {
    await bringUp(config, options, life);
    listener.onStopping(await ending.reason);
  } catch (error) {
    // Told to stop while still starting: whatever failed because of it is of no interest.
    if (!signal.aborted) throw error;
    listener.onStopping(String(signal.reason));
  } finally {
    failures = await undo.unwind();
    life.standby?.close();
  }
  if (failures.length > 0)
    throw new ControlError('failed', `not everything could be undone: ${failures.map(String).join('; ')}`);
}

interface Life {
  readonly state: StateFile;
  readonly ending: Ending;
  readonly undo: UndoStack;
  readonly turn: RoutingTurn;
  /** Starts beside us, as long as this process may still do everything itself. */
  standby?: Steward;
  /** The same, when it does what this process may not do any more. */
  steward?: Steward;
}

async function bringUp(config: TunnelConfig, options: RunOptions, life: Life): Promise<void> {
  const { signal, name, listener } = options;
  const { state, undo } = life;
  const { onWarning } = listener;
  const onNotice = (notice: string): void => listener.onNotice(notice);
  if (mayBeConfined(config, options)) life.standby = startSteward(config, options);
  const quick = new QuickSteps(config, { name, state, undo, signal, onNotice, onWarning });
  await quick.beforeDevice();
  const resolve = { ...options.resolve, signal, onWarning, read: remembering(readTextFile) };
  const settings = await resolveSettings(config, name, resolve);
  // Events come from the first moment on.
  const live: { config?: LiveConfig } = {};
  const onEvent: RunListener['onEvent'] = (event, publicKey) => {
    live.config?.handleEvent(event, publicKey);
    listener.onEvent(event, publicKey);
  };
  const device = await openDevice(settings, options, life, onEvent);
  signal.throwIfAborted();
  const liveConfig = new LiveConfig(device, config, {
    name,
    resolve,
    reread: options.reread,
    accept: (wanted) => quick.accept(wanted),
    adopt: (wanted) => life.turn.take(wanted, () => device.adopt(wanted)),
    onAdopted: (adopted) => quick.follow(adopted),
    onNotice,
  });
  live.config = liveConfig;
  undo.push(() => liveConfig.close());
  const reload = (): Promise<void> => liveConfig.reload();
  await serve(device, reload, options, life);
  await quick.afterDevice(device);
  const { standby } = life;
  if (standby !== undefined)
    await liveConfig.inTurn(() => confine({ device, config, liveConfig }, life, standby, options));
  listener.onUp(device, reload);
}

async function openDevice(
  settings: DeviceSettings,
  { engine, listener }: RunOptions,
  life: Life,
  onEvent: RunListener['onEvent'],
): Promise<Device> {
  const { onCarrierEvent, onWarning } = listener;
  const onFailure = (error: Error): void => ending.fail(error);
  const { state: journal, ending, undo, turn } = life;
  const writeCarrierMemory = (path: string, text: string): void => {
    if (life.steward === undefined) replaceFile(path, text);
    else life.steward.rememberCarriers(text);
  };
  const hearing = { onEvent, onCarrierEvent, onWarning, onFailure };
  const options = { ...engine, journal, writeCarrierMemory, listener: hearing };
  const device = await turn.take(settings, () => Device.open(settings, options));
  undo.push(() => closeDevice(device));
  return device;
}

/** From now on others can ask; hooks do, too. */
async function serve(device: Device, reload: () => Promise<void>, options: RunOptions, life: Life): Promise<void> {
  const { ending, undo } = life;
  const { runtimeDirectory, name } = options;
  const server = await ControlServer.listen(socketPath(runtimeDirectory, name), {
    show: () => reportOf(device.snapshot()),
    running: () => bytesToJson(runningTunnel(device)),
    stop: () => ending.finish('asked to stop'),
    reload,
    status: () => statusOf(device),
  });
  undo.push(() => closeServer(server, life));
  await serveUapi(device, options, life);
}

/** A tunnel of that name elsewhere is a mistake; a place that cannot be had is none, as nothing but tools misses it. */
async function serveUapi(device: Device, options: RunOptions, life: Life): Promise<void> {
  const { name, runtimeDirectory, uapi = [], listener } = options;
  for (const folder of uapi) {
    try {
      const onRefusal = (reason: string): void => listener.onWarning(reason);
      const server = await UapiServer.listen(uapiPath(runtimeDirectory, folder, name), device, { onRefusal });
      life.undo.push(() => closeServer(server, life));
    } catch (error) {
      if (!(error instanceof ControlError) || error.code === 'already-running') throw error;
      listener.onWarning(`${error.message}: other programs will not find this tunnel there`);
    }
  }
}

interface StandingTunnel {
  readonly device: Device;
  readonly config: TunnelConfig;
  readonly liveConfig: LiveConfig;
}

/** Whatever runs or writes at the end needs the rights that we have now. */
function mayBeConfined(config: TunnelConfig, { confinement, listener }: RunOptions): boolean {
  if (confinement === undefined) return false;
  const reasons = whatEndTakes(config);
  if (reasons.length > 0) listener.onNotice(`not confined: ${reasons.join(', and ')}`);
  return reasons.length === 0;
}

/** Early, as a process takes a while to start. */
function startSteward(
  config: TunnelConfig,
  { name, runtimeDirectory, engine, listener, confinement, uapi = [] }: RunOptions,
): Steward {
  const ownSockets = [
    socketPath(runtimeDirectory, name),
    ...uapi.map((each) => uapiPath(runtimeDirectory, each, name)),
  ];
  const sockets = [...ownSockets, ...(confinement?.sockets ?? [])];
  const setup = { name, runtimeDirectory, configFile: config.file, sockets, carrierMemory: engine?.carrierMemory };
  return new Steward(setup, () =>
    listener.onWarning('the steward is gone: the tunnel works, but cannot be reloaded or undo everything at its end'),
  );
}

/** From here on this process has rights for what a running tunnel does, and somebody else those for its end. */
async function confine(
  { device, config, liveConfig }: StandingTunnel,
  life: Life,
  steward: Steward,
  { confinement, listener }: RunOptions,
): Promise<void> {
  const capabilities = capabilitiesFor(device.info.listenPort, config.streamListeners);
  steward.takeOver();
  // Before rights are given away: whatever goes wrong after that is cleaned up with its help.
  life.steward = steward;
  life.state.handOver(steward);
  liveConfig.readThrough(async () => steward.readConfig());
  listener.onNotice(await confineTunnel(device, capabilities, confinement ?? { user: undefined, filter: false }));
}

/** Node.js removes the file, if it may. */
async function closeServer(server: ControlServer | UapiServer, { steward }: Life): Promise<void> {
  await server.close();
  steward?.removeSockets();
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
