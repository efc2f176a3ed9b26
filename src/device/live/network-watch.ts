/**
 * Notices that this machine has moved or slept, and has peers greeted anew that it concerns. Two things
 * tell: the kernel reports a change of links, addresses or routes, after which some peers may be reached
 * another way or from another address; and the clock has gone on while the machine stood still.
 *
 *     kernel ──► settle for 200 ms ──► which ways are others now? ──► rebind those peers, ask the carriers
 *     every second: has it slept? ───────────────────────────────────► rebind all,         ask the carriers
 */
import type { Endpoint } from '../../protocol/endpoint.ts';
import { sameEndpoint } from '../../protocol/endpoint.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { DeviceParts } from '../device-parts.ts';

/** Changes come in swarms: a link, its addresses, its routes. */
const SETTLE_MS = 200;
/** On a router that changes its routes all the time, we look no more often than this. */
const LOOK_AT_MOST_EVERY_MS = 1000;
const TICK_MS = 1000;
/** Less is the clock's own imprecision. */
const SLEPT_MS = 1000;
/** BOUNDS the work of one look. Peers beyond this notice by the silence that something has changed. */
const MAX_PATHS = 1024;

/** The way to a peer, as the kernel would choose it. */
interface PeerPath {
  readonly endpoint: Endpoint;
  /** Undefined: there is none. */
  readonly way: string | undefined;
}

type WatchedParts = Pick<
  DeviceParts,
  'platform' | 'control' | 'interfaceIndex' | 'network' | 'engine' | 'tunnel' | 'driver' | 'carriers' | 'keys' | 'state'
>;

export class NetworkWatch {
  readonly #parts: WatchedParts;
  readonly #onWarning: (warning: string) => void;
  readonly #monitor: { close(): void };
  readonly #tick: NodeJS.Timeout;
  /** BOUNDED by MAX_PATHS. */
  #paths: Map<PeerId, PeerPath>;
  #slept: number;
  #settling: NodeJS.Timeout | undefined;
  /** The interface was seen down. */
  #isDown = false;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @throws SystemCallError where the kernel does not report */
  constructor(parts: WatchedParts, onWarning: (warning: string) => void) {
    this.#parts = parts;
    this.#onWarning = onWarning;
    this.#slept = parts.platform.slept();
    this.#paths = this.#findPaths(() => undefined);
    this.#monitor = parts.platform.watchNetwork(() => this.#stirred());
    this.#tick = setInterval(() => this.#ticked(), TICK_MS);
    this.#tick.unref();
  }

  close(): void {
    this.#monitor.close();
    clearInterval(this.#tick);
    clearTimeout(this.#settling);
  }

  #stirred(): void {
    if (this.#settling !== undefined) return;
    const wait = Math.max(SETTLE_MS, this.#lookedAt + LOOK_AT_MOST_EVERY_MS - performance.now());
    this.#settling = setTimeout(() => this.#look(), wait);
    this.#settling.unref();
  }

  #look(): void {
    this.#settling = undefined;
    this.#lookedAt = performance.now();
    this.#followMtu();
    this.#followState();
    const former = this.#paths;
    this.#paths = this.#findPaths(() => undefined);
    const moved = [...this.#paths].filter(([id, path]) => isAnotherWay(former.get(id), path)).map(([id]) => id);
    if (moved.length > 0) this.#parts.driver.run((core, now) => core.rebind(now, moved));
    this.#parts.carriers.networkChanged();
  }

  /** What is known about the way to a peer from an earlier look is kept; only newcomers cost a question. */
  #ticked(): void {
    const slept = this.#parts.platform.slept();
    const hasSlept = slept - this.#slept >= SLEPT_MS;
    this.#slept = slept;
    if (hasSlept) this.#awoke();
    this.#paths = this.#findPaths((id, endpoint) => {
      const known = this.#paths.get(id);
      return known !== undefined && sameEndpoint(known.endpoint, endpoint) ? known : undefined;
    });
  }

  #awoke(): void {
    this.#parts.driver.run((core, now) => {
      core.handleTimeout(now);
      core.rebind(now);
    });
    this.#parts.carriers.networkChanged();
  }

  #findPaths(known: (id: PeerId, endpoint: Endpoint) => PeerPath | undefined): Map<PeerId, PeerPath> {
    const { control, keys, tunnel, state } = this.#parts;
    const paths = new Map<PeerId, PeerPath>();
    for (const id of keys.keys()) {
      if (paths.size >= MAX_PATHS) break;
      const endpoint = tunnel.endpointOf(id);
      if (endpoint === undefined) continue;
      paths.set(id, known(id, endpoint) ?? { endpoint, way: control.pathTo(endpoint, state.fwmark) });
    }
    return paths;
  }

  /** An administrator may give the interface another MTU; the data plane pads by it. */
  #followMtu(): void {
    const { control, interfaceIndex, network, engine } = this.#parts;
    const mtu = mtuOf(control, interfaceIndex) ?? network.mtu;
    if (mtu === network.mtu) return;
    network.mtu = mtu;
    engine.setMtu(mtu);
  }

  /** With the interface its routes went; the kernel does not bring them back with it, so we do. */
  #followState(): void {
    const state = isUp(this.#parts);
    if (state === undefined || state === !this.#isDown) return;
    this.#isDown = !state;
    const { name } = this.#parts.state.settings;
    if (this.#isDown) this.#onWarning(`interface ${name} was set down: nothing passes until it is up again`);
    else this.#repair(name);
  }

  #repair(name: string): void {
    try {
      this.#parts.network.repair();
      this.#onWarning(`interface ${name} is up again, with its addresses and routes`);
    } catch (error) {
      this.#onWarning(`interface ${name} is up again, but not all of its routes could be restored: ${textOf(error)}`);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isAnotherWay(former: PeerPath | undefined, { endpoint, way }: PeerPath): boolean {
  if (former === undefined || way === undefined) return false;
  return way !== former.way && sameEndpoint(former.endpoint, endpoint);
}

/** Undefined while the interface is going away. */
function isUp({ control, interfaceIndex }: WatchedParts): boolean | undefined {
  try {
    return control.isUp(interfaceIndex);
  } catch {
    return undefined;
  }
}

/** Undefined while the interface is going away. */
function mtuOf(control: WatchedParts['control'], interfaceIndex: number): number | undefined {
  try {
    return control.linkMtu(interfaceIndex);
  } catch {
    return undefined;
  }
}
