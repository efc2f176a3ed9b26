/** One end of streams in a test: a hub, and what stands for the data plane behind it. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import type { StreamKind } from '../../src/transport/carrier-name.ts';
import { decodePath, encodePath } from '../../src/transport/path.ts';
import { RingCarrier } from '../../src/transport/stream/ring-carrier.ts';
import type { StreamHubListener } from '../../src/transport/stream/stream-hub.ts';
import { StreamHub } from '../../src/transport/stream/stream-hub.ts';
import type { StreamLimits, StreamTarget } from '../../src/transport/stream/stream-target.ts';

export const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

export interface Arrival {
  readonly from: Endpoint;
  readonly bytes: Buffer;
}

const PATIENCE = 10_000;
const DATA_BYTES = 1 << 17;

/** Waits until `isTrue`, or fails with `what`. */
export async function until(what: string, isTrue: () => boolean, patience = PATIENCE): Promise<void> {
  const deadline = performance.now() + patience;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await setTimeout(5);
  }
}

export class HubParty implements StreamHubListener {
  readonly hub: StreamHub;
  readonly arena = new Arena(64);
  readonly carrier: RingCarrier;
  /** `up 1`, `down 1: reason` and so on. BOUNDED by a test's length. */
  readonly events: string[] = [];
  readonly accepted: { readonly bundle: number; readonly endpoint: Endpoint; readonly kind: StreamKind }[] = [];
  readonly arrivals: Arrival[] = [];
  readonly #data = this.arena.reserve(DATA_BYTES);
  readonly #path = this.arena.reserve(PATH_BYTES);

  static async start(limits: Partial<StreamLimits> = {}): Promise<HubParty> {
    const listener: { party?: HubParty } = {};
    const forward: StreamHubListener = {
      onUp: (...news) => listener.party?.onUp(...news),
      onDown: (...news) => listener.party?.onDown(...news),
      onAccepted: (...news) => listener.party?.onAccepted(...news),
      onClosed: (...news) => listener.party?.onClosed(...news),
      onFailure: (error) => listener.party?.onFailure(error),
    };
    const party = new HubParty(await StreamHub.start({ fwmark: 0, listener: forward, limits }));
    listener.party = party;
    return party;
  }

  private constructor(hub: StreamHub) {
    this.hub = hub;
    this.carrier = new RingCarrier(loadSyscalls(), this.arena, hub.handle);
  }

  onUp(bundle: number, _endpoint: Endpoint): void {
    this.events.push(`up ${bundle}`);
  }

  onDown(bundle: number, reason: string): void {
    this.events.push(`down ${bundle}: ${reason}`);
  }

  onAccepted(bundle: number, endpoint: Endpoint, kind: StreamKind): void {
    this.accepted.push({ bundle, endpoint, kind });
  }

  onClosed(bundle: number, reason: string): void {
    this.events.push(`closed ${bundle}: ${reason}`);
  }

  onFailure(error: Error): void {
    this.events.push(`failure: ${error.message}`);
  }

  /** Opens bundle 1 towards a port of this machine and waits until it is up. */
  async connect(
    target: Omit<StreamTarget, 'endpoint' | 'connections'>,
    port: number,
    connections = 1,
    address = LOOPBACK,
  ): Promise<void> {
    this.hub.open(1, { ...target, connections, endpoint: { address, port, scopeId: 0 } });
    await this.until('the connection is up', () => this.events.includes('up 1'));
  }

  /** Hands a run of datagrams of `segment` bytes to the hub; how many it took. */
  send(bundle: number, bytes: Uint8Array, segment = bytes.length, flow = 0): number {
    encodePath(this.arena.bytes, this.#path, { bundle, address: LOOPBACK, port: 1, scopeId: 0 });
    this.arena.bytes.set(bytes, this.#data);
    const one = (value: number): Int32Array => Int32Array.of(value);
    const runs = {
      count: 1,
      offset: one(this.#data),
      length: one(bytes.length),
      segment: one(segment),
      path: one(this.#path),
      flow: one(flow),
    };
    return this.carrier.send(runs).sent;
  }

  /** Takes what the hub has for the data plane. */
  receive(): void {
    const { received } = this.carrier;
    for (let count = this.carrier.receive(); count > 0; count = this.carrier.receive()) {
      for (let i = 0; i < count; i++) {
        const start = received.offset[i];
        const bytes = Buffer.from(this.arena.bytes.slice(start, start + received.length[i]));
        this.arrivals.push({ from: decodePath(this.arena.bytes, received.path[i]), bytes });
      }
    }
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    await until(what, () => {
      this.receive();
      return isTrue();
    });
  }

  /** Waits for that many datagrams in all and returns their texts. */
  async heard(count: number): Promise<string[]> {
    await this.until(`${count} datagrams, ${this.arrivals.length} are here`, () => this.arrivals.length >= count);
    return this.arrivals.map(({ bytes }) => bytes.toString());
  }
}
