/**
 * Bringing a device up, step by step. Each step leaves its inverse on the undo stack before the next
 * one begins; the caller unwinds it on failure and on shutdown.
 */
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { SystemRandom } from '../crypto/system-random.ts';
import type { EngineListener } from '../dataplane/engine.ts';
import type { KernelName } from '../kernels/kernel.ts';
import { equalBytes } from '../protocol/bytes.ts';
import type { HandshakeCrypto } from '../protocol/crypto.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import type { Random } from '../protocol/random.ts';
import type { Moment } from '../protocol/time.ts';
import { Tunnel } from '../protocol/tunnel.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import type { CarrierEvent } from './carriers/carrier-event.ts';
import { DeviceCarriers } from './carriers/device-carriers.ts';
import { CoreDriver } from './core-driver.ts';
import type { DevicePlatform, DevicePorts, NetworkControl, RunningEngine, WorkerCount } from './device-platform.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { EffectJournal } from './lasting-effect.ts';
import { NO_JOURNAL } from './lasting-effect.ts';
import { LinuxPlatform } from './linux-platform.ts';
import { fittingMtu } from './mtu.ts';
import { setUpPacketFilter } from './packet-filter.ts';
import { addDefaultRoute, enableSourceValidMark, freeTable } from './policy-routing.ts';
import type { AddressFamily, RoutingPlan } from './routing-plan.ts';
import { familyOf, planRoutes } from './routing-plan.ts';
import type { UndoStack } from './undo-stack.ts';

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
  /** File that remembers which carrier worked in which network; without it that is known until the end. */
  readonly carrierMemory?: string;
}

export interface DeviceListener {
  /** Handshakes, roaming and the like, for logs; with the public key of the peer where it is about one. */
  onEvent(event: TunnelEvent, publicKey: Uint8Array | undefined): void;
  /** Streams that come and go, and which carrier is chosen; with the peer where it is known. */
  onCarrierEvent(event: CarrierEvent, publicKey: Uint8Array | undefined): void;
  /** Something will not work as configured, but the device is of use. A sentence. */
  onWarning(warning: string): void;
  /** The data plane ended by itself; `close` is still due. */
  onFailure(error: Error): void;
}

/** What the device found and chose. */
export interface DeviceInfo {
  readonly name: string;
  readonly mtu: number;
  readonly listenPort: number;
  /** Mark of our own datagrams, 0 = none; chosen here when a default route needs one. */
  readonly fwmark: number;
  /** Name of the AEAD implementation in use. */
  readonly kernel: string;
  /** Data-plane threads. */
  readonly workers: number;
  /** One line each. */
  readonly interfaceCapabilities: string;
  readonly socketCapabilities: string;
}

export interface DeviceParts {
  readonly info: DeviceInfo;
  readonly engine: RunningEngine;
  readonly tunnel: Tunnel;
  readonly carriers: DeviceCarriers;
}

/** Room for peers that are added later, without reserving memory for all that are possible. */
const MINIMUM_PEER_ROOM = 1024;

export async function setUpDevice(
  given: DeviceSettings,
  options: DeviceOptions,
  undo: UndoStack,
): Promise<DeviceParts> {
  const settings = withoutOurselves(given, options);
  const platform = options.platform ?? new LinuxPlatform();
  const network = platform.openNetwork();
  undo.push(() => network.close());
  const plan = planRoutes(
    settings.table,
    settings.peers.flatMap((peer) => peer.allowedIps),
    settings.addresses,
  );
  const fwmark = settings.fwmark === 0 && plan.defaultFamilies.length > 0 ? freeTable(network) : settings.fwmark;
  const mtu = settings.mtu ?? fittingMtu(settings, network);
  const ports = platform.openPorts({ interfaceName: settings.name, mtu, listenPort: settings.listenPort, fwmark });
  undo.push(() => ports.close());
  // BOUNDED by MAX_PEERS.
  const keys: PeerKeys = new Map();
  const carriers = await startCarriers(settings, options, { platform, fwmark, keys });
  undo.push(() => carriers.stop());
  const parts = { clock: platform.clock, ports, carriers, keys };
  const { engine, tunnel, driver } = await startCore(settings, options, parts, undo);
  const { interfaceName: name, listenPort, interfaceCapabilities, socketCapabilities } = ports;
  const { journal = NO_JOURNAL, listener = {} } = options;
  configureNetwork(settings, plan, fwmark, { network, name, journal, undo, listener });
  await carriers.listen(settings);
  const interfaceIndex = network.linkIndex(name);
  carriers.choose({
    settings,
    keys,
    driver,
    ledger: engine.ledger,
    clock: platform.clock,
    network: () => network.identity(interfaceIndex),
    hearEchoes: platform.hearEchoes(interfaceIndex),
    memoryFile: options.carrierMemory,
    onWarning: (warning) => listener.onWarning?.(warning),
    undo,
  });
  driver.run((core, now) => core.start(now));
  const { kernel, workers } = engine.info;
  return {
    info: { name, mtu, listenPort, fwmark, kernel, workers, interfaceCapabilities, socketCapabilities },
    engine,
    tunnel,
    carriers,
  };
}

/** One file may serve several hosts: the section that is about this one is passed over (protocol facts 4.2). */
function withoutOurselves(settings: DeviceSettings, options: DeviceOptions): DeviceSettings {
  const { publicKey } = (options.crypto ?? nodeCrypto()).loadPrivateKey(settings.privateKey);
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

/** Whom events are about. */
type PeerKeys = Map<PeerId, Uint8Array>;

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
}

async function startCore(
  settings: DeviceSettings,
  options: DeviceOptions,
  { clock, ports, carriers, keys }: CoreParts,
  undo: UndoStack,
): Promise<RunningCore> {
  const { profile, timing = {}, privateKey, peers } = settings;
  const { crypto = nodeCrypto(), random = new SystemRandom(), listener = {}, kernel, workers = 'auto' } = options;
  const core: { driver?: CoreDriver<Tunnel> } = {};
  const engineListener: EngineListener = {
    // Before the core stands, no identity is set and the engine takes nothing for a handshake.
    onEvents: (events) => core.driver?.handleEvents(events),
    onFailure: (error) => listener.onFailure?.(error),
  };
  const maxPeers = Math.max(MINIMUM_PEER_ROOM, peers.length);
  const stream = carriers.handle === undefined ? {} : { stream: carriers.handle };
  const engine = await ports.startEngine({ profile, maxPeers, kernel, workers, listener: engineListener, ...stream });
  undo.push(() => engine.close());
  const tunnel = new Tunnel({ privateKey, profile, timing, crypto, random, ledger: engine.ledger }, clock());
  const driver = new CoreDriver(tunnel, engine, clock, (event) => {
    carriers.handleTunnelEvent(event, clock());
    listener.onEvent?.(event, 'peer' in event ? keys.get(event.peer) : undefined);
  });
  core.driver = driver;
  undo.push(() => stopCore(driver));
  driver.run((_, now) => {
    for (const peer of peers) keys.set(tunnel.addPeer(peer, now), peer.publicKey);
  });
  return { engine, tunnel, driver };
}

function stopCore(driver: CoreDriver<Tunnel>): void {
  driver.run((core, now) => core.stop(now));
  driver.stop();
}

/** A machine that has no IPv6 cannot send any past the tunnel either, so leaving it out loses nothing. */
function possibleFamilies(
  settings: DeviceSettings,
  plan: RoutingPlan,
  { network, listener }: NetworkParts,
): (family: AddressFamily) => boolean {
  if (network.hasIpv6()) return () => true;
  const prefixes = [...settings.addresses, ...plan.routes.map((route) => route.prefix)];
  const isWanted = plan.defaultFamilies.includes(6) || prefixes.some((prefix) => familyOf(prefix) === 6);
  if (isWanted) listener.onWarning?.('IPv6 is switched off on this machine; its addresses and routes are left out');
  return (family) => family === 4;
}

interface NetworkParts {
  readonly network: NetworkControl;
  readonly name: string;
  readonly journal: EffectJournal;
  readonly undo: UndoStack;
  readonly listener: Partial<DeviceListener>;
}

/** Addresses and plain routes need no undoing: they vanish with the interface. */
function configureNetwork(settings: DeviceSettings, plan: RoutingPlan, table: number, parts: NetworkParts): void {
  const { network, name, journal, undo, listener } = parts;
  const interfaceIndex = network.linkIndex(name);
  const isPossible = possibleFamilies(settings, plan, parts);
  const addresses = settings.addresses.filter((prefix) => isPossible(familyOf(prefix)));
  for (const address of addresses) network.addAddress(interfaceIndex, address);
  network.setLink(interfaceIndex, { up: true });
  for (const route of plan.routes.filter(({ prefix }) => isPossible(familyOf(prefix)))) {
    network.addRoute({ ...route, interfaceIndex });
  }
  const warning = plan.defaultFamilies.includes(4) ? enableSourceValidMark(network, journal, undo) : undefined;
  if (warning !== undefined) listener.onWarning?.(warning);
  for (const family of plan.defaultFamilies.filter(isPossible))
    addDefaultRoute(network, { family, interfaceIndex, table }, journal, undo);
  const warn = (sentence: string): void => listener.onWarning?.(sentence);
  const { masquerade = false } = settings;
  setUpPacketFilter({ addresses, masquerade }, { interfaceName: name, rules: network, journal, undo, warn });
}
