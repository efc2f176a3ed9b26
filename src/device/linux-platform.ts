/** The Linux side of a device: TUN, UDP sockets and netlink, each through FFI, and the worker engine. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { WorkerEngine } from '../dataplane/worker-engine.ts';
import { startWorkerEngine } from '../dataplane/worker-engine.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { bootClock, sleptSinceBoot } from '../platform/linux/clock.ts';
import { EchoListener } from '../platform/linux/echo-listener.ts';
import { NetworkMonitor } from '../platform/linux/netlink/network-monitor.ts';
import { RouteNetlink } from '../platform/linux/netlink/route-netlink.ts';
import type { ListedChain, NftChain } from '../platform/linux/nft.ts';
import { deleteTable, listChains, replaceTable } from '../platform/linux/nft.ts';
import type { TunHandle } from '../platform/linux/tun.ts';
import { closeTun, openTun } from '../platform/linux/tun.ts';
import type { UdpFamilyCapabilities, UdpHandle } from '../platform/linux/udp-socket.ts';
import { closeUdpSockets, openUdpSockets, replaceUdpSockets, setFwmark } from '../platform/linux/udp-socket.ts';
import { covers, formatAddress } from '../protocol/address-text.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import { StreamHub } from '../transport/stream/stream-hub.ts';
import type { EchoHearing } from './carriers/echo-hearing.ts';
import { networkIdentity } from './carriers/network-identity.ts';
import type { StreamOptions, StreamService } from './carriers/stream-service.ts';
import type {
  DevicePlatform,
  DevicePorts,
  EngineOptions,
  FreshSockets,
  NetworkControl,
  PortOptions,
  RunningEngine,
  WorkerCount,
} from './device-platform.ts';
import { MAX_WORKERS } from './device-platform.ts';
import { MAIN_TABLE } from './routing-plan.ts';

export class LinuxPlatform implements DevicePlatform {
  readonly clock = bootClock(loadSyscalls());
  readonly slept = sleptSinceBoot(loadSyscalls());

  openNetwork(): NetworkControl {
    return new LinuxNetwork();
  }

  openPorts(options: PortOptions): DevicePorts {
    const tun = openTun({ name: options.interfaceName, mtu: options.mtu });
    try {
      return new LinuxPorts(tun, openUdpSockets({ port: options.listenPort, fwmark: options.fwmark }));
    } catch (error) {
      closeTun(tun);
      throw error;
    }
  }

  startStreams(options: StreamOptions): Promise<StreamService> {
    return StreamHub.start(options);
  }

  hearEchoes(interfaceIndex: number): EchoHearing {
    return (family, onAnswer) => new EchoListener(family, interfaceIndex, onAnswer);
  }

  watchNetwork(onChange: () => void): NetworkMonitor {
    return new NetworkMonitor(onChange);
  }
}

class LinuxPorts implements DevicePorts {
  readonly #tun: TunHandle;
  readonly #udp: UdpHandle;
  #listenPort: number;
  #engine: WorkerEngine | undefined;

  constructor(tun: TunHandle, udp: UdpHandle) {
    this.#tun = tun;
    this.#udp = udp;
    this.#listenPort = udp.port;
  }

  get interfaceName(): string {
    return this.#tun.name;
  }

  get listenPort(): number {
    return this.#listenPort;
  }

  get interfaceCapabilities(): string {
    const { vnetHeader, offloads } = this.#tun;
    return listOf({ 'virtio headers': vnetHeader, TSO: offloads.tcp, USO: offloads.udp });
  }

  get socketCapabilities(): string {
    const { v4, v6 } = this.#udp.capabilities;
    return `IPv4: ${describeFamily(v4)}; IPv6: ${describeFamily(v6)}`;
  }

  async startEngine(options: EngineOptions): Promise<RunningEngine> {
    const { kernel, workers, ...rest } = options;
    const forced = kernel === undefined ? {} : { kernel };
    const ends = { tun: this.#tun, udp: this.#udp };
    this.#engine = await startWorkerEngine({ ...rest, ...forced, ...ends, workers: workersFor(workers) });
    return this.#engine;
  }

  openSockets(listenPort: number, fwmark: number): FreshSockets {
    const fresh = openUdpSockets({ port: listenPort, fwmark });
    return { listenPort: fresh.port, take: () => this.#take(fresh), discard: () => closeUdpSockets(fresh) };
  }

  setFwmark(fwmark: number): void {
    setFwmark(this.#udp, fwmark);
  }

  close(): void {
    closeUdpSockets(this.#udp);
    closeTun(this.#tun);
  }

  /** The descriptors stay, so whoever uses them need not be asked. */
  #take(fresh: UdpHandle): void {
    replaceUdpSockets(this.#udp, fresh);
    this.#listenPort = fresh.port;
    this.#engine?.socketsReplaced();
  }
}

/**
 * On two processors the second one is busy with the applications and the kernel's own work, and one
 * worker is as fast as two (npm run bench -- --section workers).
 */
function workersFor(wanted: WorkerCount): number {
  if (wanted !== 'auto') {
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= MAX_WORKERS) return wanted;
    throw new RangeError(`workers are a whole number from 1 to ${MAX_WORKERS} or "auto", not ${wanted}`);
  }
  return availableParallelism() > 2 ? 2 : 1;
}

function describeFamily(capabilities: UdpFamilyCapabilities | undefined): string {
  if (capabilities === undefined) return 'missing';
  const { segmentOffload, receiveOffload, packetInfo, receiveBuffer, sendBuffer } = capabilities;
  const list = listOf({ UDP_SEGMENT: segmentOffload, UDP_GRO: receiveOffload, 'sticky source': packetInfo });
  return `${list}, buffers ${Math.round(receiveBuffer / 1024)}/${Math.round(sendBuffer / 1024)} KiB`;
}

function listOf(capabilities: Readonly<Record<string, boolean>>): string {
  const present = Object.keys(capabilities).filter((name) => capabilities[name]);
  return present.length === 0 ? 'nothing special' : present.join(', ');
}

/** New interfaces take `default` over; `all` overrules both. Missing in kernels without IPv6. */
const IPV6_SWITCHES = ['all', 'default'].map((scope) => `/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`);

export class LinuxNetwork extends RouteNetlink implements NetworkControl {
  hasIpv6(): boolean {
    return IPV6_SWITCHES.every((path) => existsSync(path) && readFileSync(path, 'latin1').trim() === '0');
  }

  /** By the main table, which is the one that our marked datagrams go by. */
  pathMtu(endpoint: Endpoint, tunnelIndex = 0): number | undefined {
    const target = { address: endpoint.address, length: endpoint.address.length * 8 };
    const routes = this.listRoutes(MAIN_TABLE).filter(
      ({ interfaceIndex, prefix }) => interfaceIndex !== 0 && interfaceIndex !== tunnelIndex && covers(prefix, target),
    );
    const [best] = routes.sort((a, b) => b.prefix.length - a.prefix.length || (a.metric ?? 0) - (b.metric ?? 0));
    return best === undefined ? undefined : this.linkDetails(best.interfaceIndex).mtu;
  }

  linkMtu(index: number): number {
    return this.linkDetails(index).mtu;
  }

  isUp(index: number): boolean {
    return this.linkDetails(index).up;
  }

  pathTo({ address, scopeId }: Endpoint, fwmark: number): string | undefined {
    const route = this.chosenRoute(address, fwmark, scopeId);
    if (route === undefined) return undefined;
    const { interfaceIndex, gateway, source } = route;
    return [interfaceIndex, gateway && formatAddress(gateway), source && formatAddress(source)].join(' ');
  }

  identity(tunnelIndex: number): string | undefined {
    return networkIdentity(this, tunnelIndex);
  }
  replaceFilterTable(table: string, chains: readonly NftChain[]): void {
    replaceTable(table, chains);
  }

  deleteFilterTable(table: string): void {
    deleteTable(table);
  }

  listFilterChains(): ListedChain[] {
    return listChains();
  }
}
