/**
 * For tests of devices: a platform that writes down what is done to it, and fails where it is told to.
 */
import type { EngineCounters, EngineListener } from '../../src/dataplane/engine.ts';
import type { EchoHearing } from '../../src/device/carriers/echo-hearing.ts';
import type { StreamOptions, StreamService } from '../../src/device/carriers/stream-service.ts';
import type {
  DevicePlatform,
  DevicePorts,
  EngineOptions,
  FreshSockets,
  NetworkControl,
  PortOptions,
} from '../../src/device/device-platform.ts';
import type { DeviceSettings } from '../../src/device/device-settings.ts';
import type { RoutingRule } from '../../src/device/lasting-effect.ts';
import type { EchoMark } from '../../src/platform/linux/icmp-echo.ts';
import { formatPrefix, parseAddress } from '../../src/protocol/address-text.ts';
import type { EngineCommand, Prefix, TrafficLedger } from '../../src/protocol/engine-port.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Instant, WallTime } from '../../src/protocol/time.ts';
import { ringMemory } from '../../src/transport/stream/ring/ring-memory.ts';
import { StreamCounters, streamCountersMemory } from '../../src/transport/stream/stream-counters.ts';
import type { StreamHandle } from '../../src/transport/stream/stream-handle.ts';
import type { StreamHubListener, StreamStatistics } from '../../src/transport/stream/stream-hub.ts';

export const PRIVATE_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
export const PEER_KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 9);

export function prefix(text: string): Prefix {
  const [address = '', length] = text.split('/');
  return { address: parseAddress(address) ?? new Uint8Array(), length: Number(length) };
}

export function settings(
  changes: Partial<DeviceSettings> = {},
  allowedIps: readonly string[] = ['10.0.0.0/8'],
): DeviceSettings {
  const peer = { publicKey: PEER_KEY, allowedIps: allowedIps.map(prefix), persistentKeepalive: 0 };
  return {
    name: 'wg0',
    privateKey: PRIVATE_KEY,
    profile: nullProfile(),
    listenPort: 0,
    fwmark: 0,
    addresses: [prefix('10.0.0.2/32')],
    mtu: undefined,
    table: 'auto',
    peers: [{ ...peer, endpoint: { address: Uint8Array.of(192, 0, 2, 1), port: 51820, scopeId: 0 } }],
    ...changes,
  };
}

const NO_LEDGER: TrafficLedger = {
  read: () => ({
    dataSentUnanswered: 0 as Instant,
    dataReceivedUnanswered: 0 as Instant,
    dataReceivedLast: 0 as Instant,
    dataSentLast: 0 as Instant,
    authenticatedSentLast: 0 as Instant,
    authenticatedReceivedLast: 0 as Instant,
    receivedBytes: 0,
    sentBytes: 0,
    receivedMessages: 0,
    expectedMessages: 0,
    receivedHereLast: 0 as Instant,
    dataReceivedHereLast: 0 as Instant,
  }),
  watch: () => undefined,
};

const NO_COUNTERS: EngineCounters = {
  drops: [0, 0, 0, 5],
  tunReads: 0,
  sendCalls: 0,
  receiveCalls: 0,
  tunWrites: 0,
  receivedDatagrams: 0,
  sentDatagrams: 0,
  receivedPackets: 0,
  sentPackets: 0,
};

export const STREAM_HANDLE: StreamHandle = {
  toDataPlane: ringMemory(4096),
  fromDataPlane: ringMemory(4096),
  wakeDataPlane: -1,
  wakeHub: -1,
  drained: -1,
};

export const NO_STATISTICS: StreamStatistics = {
  ...new StreamCounters(streamCountersMemory()).snapshot(),
  bundles: new Map(),
};

/** A machine that writes down what is done to it, and fails at the line that says so. */
export class FakePlatform implements DevicePlatform {
  readonly log: string[] = [];
  readonly commands: EngineCommand[] = [];
  rules: RoutingRule[] = [];
  failAt: string | undefined;
  /** What is thrown there. */
  failure: Error | undefined;
  hasIpv6 = true;
  listener: EngineListener | undefined;
  opened: PortOptions | undefined;
  hub: StreamHubListener | undefined;
  stream: StreamHandle | undefined;
  answer: ((mark: EchoMark) => void) | undefined;

  /** Milliseconds; 1000 before anything happens. */
  at = 1000;
  /** Milliseconds that the machine was asleep. */
  sleptFor = 0;
  listenPort = 4321;
  linkMtu = 1412;
  /** Of the interface, as if by an administrator. */
  isUp = true;
  /** Where the kernel would send what goes to a peer. */
  way: string | undefined = '2 192.0.2.254 192.0.2.7';
  addresses: Prefix[] = [];
  networkChanged: (() => void) | undefined;

  readonly clock = () => ({ at: this.at as Instant, wall: (1_700_000_000_000 + this.at) as WallTime });
  readonly slept = () => this.sleptFor;

  openNetwork(): NetworkControl {
    this.#do('open network');
    return {
      linkIndex: () => 7,
      setLink: (_index, { up, mtu }) => {
        this.#do(up === true ? 'link up' : `mtu ${mtu}`);
        this.linkMtu = mtu ?? this.linkMtu;
      },
      linkMtu: () => this.linkMtu,
      isUp: () => this.isUp,
      addAddress: (_index, address) => {
        this.#do(`address ${formatPrefix(address)}`);
        this.addresses.push(address);
      },
      deleteAddress: (_index, address) => {
        this.#do(`delete address ${formatPrefix(address)}`);
        this.addresses = this.addresses.filter((known) => formatPrefix(known) !== formatPrefix(address));
      },
      listAddresses: () => this.addresses,
      addRoute: (route) => this.#do(`route ${formatPrefix(route.prefix)} table ${route.table}`),
      deleteRoute: (route) => this.#do(`delete route ${formatPrefix(route.prefix)} table ${route.table}`),
      addRule: (rule) => {
        this.#do(`add rule ${rule.family} ${rule.priority}`);
        this.rules.push(rule);
      },
      deleteRule: (rule) => {
        this.#do(`delete rule ${rule.family} ${rule.priority}`);
        this.rules = this.rules.filter((known) => known !== rule);
      },
      listRules: () => this.rules,
      listRoutes: () => [],
      replaceFilterTable: (table, chains) => this.#do(`filter ${table}: ${chains.map(({ name }) => name).join(' ')}`),
      deleteFilterTable: (table) => this.#do(`delete filter ${table}`),
      listFilterChains: () => [],
      hasIpv6: () => this.hasIpv6,
      pathMtu: () => 1492,
      pathTo: () => this.way,
      identity: () => undefined,
      close: () => this.#do('close network'),
    };
  }

  openPorts(options: PortOptions): DevicePorts {
    this.#do('open ports');
    this.opened = options;
    this.linkMtu = options.mtu;
    const listenPort = (): number => this.listenPort;
    return {
      interfaceName: options.interfaceName,
      get listenPort() {
        return listenPort();
      },
      interfaceCapabilities: 'none',
      socketCapabilities: 'none',
      startEngine: (engineOptions: EngineOptions) => this.#startEngine(engineOptions),
      openSockets: (port: number, fwmark: number) => this.#openSockets(port === 0 ? 4444 : port, fwmark),
      setFwmark: (fwmark: number) => this.#do(`mark ${fwmark}`),
      close: () => this.#do('close ports'),
    };
  }

  async startStreams({ listener }: StreamOptions): Promise<StreamService> {
    this.#do('start streams');
    this.hub = listener;
    return {
      handle: STREAM_HANDLE,
      open: (bundle, target) => this.#do(`open ${bundle} ${target.kind}`),
      close: (bundle) => this.#do(`close ${bundle}`),
      merge: (from, into) => this.#do(`merge ${from} ${into}`),
      listen: async ({ kind, port }) => {
        this.#do(`listen ${kind} ${port}`);
        return { port, close: () => undefined };
      },
      confine: async ({ kind }) => this.#do(`confine ${kind}`),
      statistics: () => NO_STATISTICS,
      stop: async () => this.#do('close streams'),
    };
  }

  hearEchoes(): EchoHearing {
    return (family, onAnswer) => {
      this.#do(`hear echoes ${family}`);
      this.answer = onAnswer;
      return { close: () => this.#do(`close echoes ${family}`) };
    };
  }

  watchNetwork(onChange: () => void) {
    this.networkChanged = onChange;
    return { close: () => undefined };
  }

  #openSockets(listenPort: number, fwmark: number): FreshSockets {
    this.#do(`open port ${listenPort} mark ${fwmark}`);
    return {
      listenPort,
      take: () => {
        this.#do(`take port ${listenPort}`);
        this.listenPort = listenPort;
      },
      discard: () => this.#do(`discard port ${listenPort}`),
    };
  }

  async #startEngine(options: EngineOptions) {
    this.#do('start engine');
    this.stream = options.stream;
    this.listener = options.listener;
    return {
      ledger: NO_LEDGER,
      info: { kernel: 'fake', workers: 1 },
      execute: (commands: readonly EngineCommand[]) => void this.commands.push(...commands),
      counters: () => NO_COUNTERS,
      heartbeat: () => true,
      setMtu: (mtu: number) => this.#do(`engine mtu ${mtu}`),
      close: async () => this.#do('close engine'),
    };
  }

  #do(what: string): void {
    this.log.push(what);
    if (what === this.failAt) throw this.failure ?? new Error(`cannot ${what}`);
  }
}
