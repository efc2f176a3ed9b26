/**
 * Bringing a device up, step by step. Each step leaves its inverse on the undo stack before the next
 * one begins; the caller unwinds it on failure and on shutdown.
 */
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { SystemRandom } from '../crypto/system-random.ts';
import type { EngineListener } from '../dataplane/engine.ts';
import type { KernelName } from '../kernels/kernel.ts';
import { equalBytes, isAllZero } from '../protocol/bytes.ts';
import { MAX_PEERS } from '../protocol/constants.ts';
import type { HandshakeCrypto } from '../protocol/crypto.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import type { Random } from '../protocol/random.ts';
import type { Moment } from '../protocol/time.ts';
import { Tunnel } from '../protocol/tunnel.ts';
import type { ChoosingPeer } from './carriers/device-carriers.ts';
import { DeviceCarriers } from './carriers/device-carriers.ts';
import type { FileWriter } from './carriers/remembered-carriers.ts';
import { CoreDriver } from './core-driver.ts';
import type { DeviceListener } from './device-listener.ts';
import type { DeviceParts, DeviceState, PeerKeys } from './device-parts.ts';
import type { CaptureMemories, DevicePlatform, DevicePorts, RunningEngine, WorkerCount } from './device-platform.ts';
import type { DevicePeer, DeviceSettings } from './device-settings.ts';
import type { EffectJournal } from './lasting-effect.ts';
import { NO_JOURNAL } from './lasting-effect.ts';
import { LinuxPlatform } from './linux-platform.ts';
import { DeviceNetwork } from './live/device-network.ts';
import { planNetwork } from './live/network-plan.ts';
import { NetworkWatch } from './live/network-watch.ts';
import { viewOf } from './observe/device-observation.ts';
import { DeviceObserver } from './observe/device-observer.ts';
import { PacketFilter } from './packet-filter.ts';
import type { UndoStack } from './undo-stack.ts';

export type { DeviceListener };

export interface DeviceOptions {
  readonly listener?: Partial<DeviceListener>;
  /** Told of everything that would outlive a killed process, before it is done. */
  readonly journal?: EffectJournal;
  readonly platform?: DevicePlatform;
  readonly crypto?: HandshakeCrypto;
  readonly random?: Random;
  /** AEAD implementation to use instead of the fastest. */
  readonly kernel?: KernelName;
  /** Default `auto`. */
  readonly workers?: WorkerCount;
  /** Where every packet is recorded; without it nothing is, and it costs nothing. */
  readonly capture?: CaptureMemories;
  /** File that remembers which carrier worked in which network; without it that is known until the end. */
  readonly carrierMemory?: string;
  /** How that file is written, where this process may not do so itself. */
  readonly writeCarrierMemory?: FileWriter;
}

/**
 * Peers that may be added later, beside those that the device is opened with. Memory for them is set aside
 * and not touched until they come.
 */
const SPARE_PEER_ROOM = 16_384;

export async function setUpDevice(
  given: DeviceSettings,
  { platform = new LinuxPlatform(), ...rest }: DeviceOptions,
  undo: UndoStack,
): Promise<DeviceParts> {
  const observer = new DeviceObserver(() => platform.clock().wall);
  undo.push(() => observer.close());
  const options = { ...rest, listener: observer.before(rest.listener ?? {}) };
  const settings = withoutOurselves(given, options);
  const control = platform.openNetwork();
  undo.push(() => control.close());
  const { listener, journal = NO_JOURNAL } = options;
  const onWarning = (warning: string): void => listener.onWarning(warning);
  const plan = planNetwork(settings, control, 0);
  const fwmark = settings.fwmark === 0 ? plan.table : settings.fwmark;
  const { mtu } = plan;
  const ports = platform.openPorts({ interfaceName: settings.name, mtu, listenPort: settings.listenPort, fwmark });
  undo.push(() => ports.close());
  const keys: PeerKeys = new Map();
  const carriers = await startCarriers(settings, options, { platform, fwmark, keys });
  undo.push(() => carriers.stop());
  const core = await startCore(settings, options, { clock: platform.clock, ports, carriers, keys, observer }, undo);
  const interfaceIndex = control.linkIndex(ports.interfaceName);
  const network = new DeviceNetwork({ control, interfaceIndex, mtu, journal, onWarning });
  undo.push(() => network.close());
  await network.apply(plan);
  const { interfaceName } = ports;
  const filter = new PacketFilter({ interfaceName, control, journal, undo, warn: onWarning });
  filter.setUp(network.plan, settings.masquerade ?? false);
  await carriers.listen(settings);
  const { profile, timing = {} } = settings;
  const state: DeviceState = { settings, profile, timing, fwmark };
  const parts = { state, platform, control, interfaceIndex, ports, network, filter, carriers, ...core, keys, observer };
  observer.watch(() => viewOf(parts));
  beginChoosing(parts, options, undo);
  watchNetwork(parts, onWarning, undo);
  core.driver.run((tunnel, now) => tunnel.start(now));
  return parts;
}

function beginChoosing(parts: DeviceParts, options: DeviceOptions, undo: UndoStack): void {
  const { platform, control, interfaceIndex, carriers, keys, state, driver, engine } = parts;
  const ids = new Map([...keys].map(([id, key]) => [key, id]));
  carriers.choose({
    addresses: () => state.settings.addresses,
    peers: state.settings.peers.flatMap((peer) => choosingPeer(peer, ids.get(peer.publicKey))),
    driver,
    ledger: engine.ledger,
    clock: platform.clock,
    network: () => control.identity(interfaceIndex),
    hearEchoes: platform.hearEchoes(interfaceIndex),
    memoryFile: options.carrierMemory,
    writeMemory: options.writeCarrierMemory,
    onWarning: (warning) => options.listener?.onWarning?.(warning),
    undo,
  });
}

function choosingPeer(peer: DevicePeer, id: PeerId | undefined): ChoosingPeer[] {
  const { carriers = [] } = peer;
  return id === undefined || carriers.length === 0 ? [] : [{ ...peer, id, carriers }];
}

/** Without it everything works, but a change of network is noticed later: by the silence. */
function watchNetwork(parts: DeviceParts, onWarning: (warning: string) => void, undo: UndoStack): void {
  try {
    const watch = new NetworkWatch(parts, onWarning);
    undo.push(() => watch.close());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onWarning(`changes of the network are not noticed at once: ${reason}`);
  }
}

/** One file may serve several hosts: the section that is about this one is passed over (protocol facts 4.2). */
function withoutOurselves(settings: DeviceSettings, options: DeviceOptions): DeviceSettings {
  const { privateKey } = settings;
  if (privateKey === undefined || isAllZero(privateKey)) return settings;
  const { publicKey } = (options.crypto ?? nodeCrypto()).loadPrivateKey(privateKey);
  const peers = settings.peers.filter((peer) => !equalBytes(peer.publicKey, publicKey));
  if (peers.length < settings.peers.length)
    options.listener?.onWarning?.('the peer with our own public key is ignored');
  return { ...settings, peers };
}

interface RunningCore {
  readonly engine: RunningEngine;
  readonly tunnel: Tunnel;
  readonly driver: CoreDriver<Tunnel>;
}

function startCarriers(
  settings: DeviceSettings,
  { listener = {} }: DeviceOptions,
  { platform, fwmark, keys }: { readonly platform: DevicePlatform; readonly fwmark: number; readonly keys: PeerKeys },
): Promise<DeviceCarriers> {
  return DeviceCarriers.start(settings, {
    startStreams: (options) => platform.startStreams(options),
    fwmark,
    onEvent: (event, peer) => listener.onCarrierEvent?.(event, peer === undefined ? undefined : keys.get(peer)),
    onFailure: (error) => listener.onFailure?.(error),
  });
}

interface CoreParts {
  readonly clock: () => Moment;
  readonly ports: DevicePorts;
  readonly carriers: DeviceCarriers;
  readonly keys: PeerKeys;
  readonly observer: DeviceObserver;
}

async function startCore(
  settings: DeviceSettings,
  options: DeviceOptions,
  { clock, ports, carriers, keys, observer }: CoreParts,
  undo: UndoStack,
): Promise<RunningCore> {
  const { profile, timing = {}, privateKey, peers } = settings;
  const {
    crypto = nodeCrypto(),
    random = new SystemRandom(),
    listener = {},
    kernel,
    workers = 'auto',
    capture,
  } = options;
  const core: { driver?: CoreDriver<Tunnel> } = {};
  const engineListener: EngineListener = {
    // Before the core stands, no identity is set and the engine takes nothing for a handshake.
    onEvents: (events) => core.driver?.handleEvents(events),
    onFailure: (error) => listener.onFailure?.(error),
  };
  const maxPeers = Math.min(peers.length + SPARE_PEER_ROOM, MAX_PEERS);
  const stream = carriers.handle === undefined ? {} : { stream: carriers.handle };
  const extras = capture === undefined ? stream : { ...stream, capture };
  const engine = await ports.startEngine({ profile, maxPeers, kernel, workers, listener: engineListener, ...extras });
  undo.push(() => engine.close());
  const tunnel = new Tunnel({ privateKey, profile, timing, crypto, random, ledger: engine.ledger, maxPeers }, clock());
  const driver = new CoreDriver(tunnel, engine, clock, (event) => {
    carriers.handleTunnelEvent(event, clock());
    listener.onEvent?.(event, 'peer' in event ? keys.get(event.peer) : undefined);
    if (event.kind === 'own-peer-removed') {
      keys.delete(event.peer);
      carriers.removePeer(event.peer);
      observer.forget(event.peer);
    }
  });
  core.driver = driver;
  undo.push(() => stopCore(driver));
  driver.run((_, now) => {
    for (const peer of peers) keys.set(tunnel.addPeer(peer, now), peer.publicKey);
  });
  return { engine, tunnel, driver };
}

function stopCore(driver: CoreDriver<Tunnel>): void {
  driver.run((core, now) => core.end(now));
  driver.stop();
}
