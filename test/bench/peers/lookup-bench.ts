/** Cryptokey routing alone: whom does this address belong to, in a table of many. */
import type { PeerId } from '../../../src/protocol/engine-port.ts';
import { AllowedIps } from '../../../src/protocol/routing/allowed-ips.ts';
import { YARDSTICK } from '../kernel/aead-bench.ts';
import type { FigureSet, Measure } from '../results/figure.ts';
import { nanosecondsEach } from '../stopwatch.ts';

export const TABLE_SIZES = [1, 10, 1000, 10_000] as const;
/** Addresses asked for in turns, so that the same branch of the tree is not always at hand. */
const QUERIES = 1024;
const SLICE_MS = 15;
const WARM_UP_MS = 60;
const IPV4_BASE = 0x0a00_0000;
const IPV6_BASE = 0xfd00_0000;

class RoutingTable {
  readonly #routes = new AllowedIps<PeerId>();
  readonly #hosts: Uint32Array;

  /** Each peer has an address of either family. */
  constructor(peers: number) {
    for (let peer = 0; peer < peers; peer += 1) {
      const [v4, v6] = [new Uint8Array(4), new Uint8Array(16)];
      new DataView(v4.buffer).setUint32(0, IPV4_BASE + peer);
      new DataView(v6.buffer).setUint32(0, IPV6_BASE);
      new DataView(v6.buffer).setUint32(12, peer);
      this.#routes.insert({ address: v4, length: 32 }, peer as PeerId);
      this.#routes.insert({ address: v6, length: 128 }, peer as PeerId);
    }
    this.#hosts = Uint32Array.from({ length: QUERIES }, (_, query) => Math.imul(query, 0x9e37_79b1) >>> 0).map(
      (scattered) => scattered % peers,
    );
  }

  lookup4(): void {
    for (const host of this.#hosts) this.#expect(host, this.#routes.lookup4(IPV4_BASE + host));
  }

  lookup6(): void {
    for (const host of this.#hosts) this.#expect(host, this.#routes.lookup6(IPV6_BASE, 0, 0, host));
  }

  #expect(host: number, owner: number): void {
    if (owner !== host) throw new Error(`address ${host} belongs to ${owner}`);
  }
}

const measureOf = (name: string): Measure => ({ name, unit: 'ns', better: 'lower', floor: 3 });

export class LookupBench {
  readonly #tables = TABLE_SIZES.map((peers) => ({ peers, table: new RoutingTable(peers) }));

  constructor() {
    for (const { table } of this.#tables) {
      nanosecondsEach(() => table.lookup4(), { milliseconds: WARM_UP_MS, perBatch: QUERIES });
      nanosecondsEach(() => table.lookup6(), { milliseconds: WARM_UP_MS, perBatch: QUERIES });
    }
  }

  measure(figures: FigureSet, yardstick: number): void {
    const reference = { name: YARDSTICK, value: yardstick };
    for (const { peers, table } of this.#tables) {
      const place = { section: 'peers', table: 'Look-ups in the allowed IPs', subject: peersTitle(peers) } as const;
      const timing = { milliseconds: SLICE_MS, perBatch: QUERIES };
      figures.add(
        place,
        measureOf('IPv4'),
        nanosecondsEach(() => table.lookup4(), timing),
        reference,
      );
      figures.add(
        place,
        measureOf('IPv6'),
        nanosecondsEach(() => table.lookup6(), timing),
        reference,
      );
    }
  }
}

export function peersTitle(peers: number): string {
  return peers === 1 ? '1 peer' : `${peers.toLocaleString('en-US')} peers`;
}
