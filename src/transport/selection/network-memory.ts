/**
 * Which carrier worked in which network, so that the next search there begins with it. Networks and
 * peers are named by whatever text the owner makes of them; this is the memory, not the file.
 */
import type { CarrierName } from '../carrier-name.ts';
import { CARRIER_NAMES } from '../carrier-name.ts';

/** BOUNDS the memory: the network that was used longest ago is forgotten first. */
const MAX_NETWORKS = 64;
/** BOUNDS what is remembered of one network, alike. */
const MAX_PEERS = 64;

type Peers = Map<string, CarrierName>;

export class NetworkMemory {
  /** Oldest use first. BOUNDED by MAX_NETWORKS. */
  readonly #networks = new Map<string, Peers>();

  /** What `toJson` returned; anything else, in whole or in part, is taken for nothing. */
  static fromJson(value: unknown): NetworkMemory {
    const memory = new NetworkMemory();
    for (const [network, peers] of entriesOf(value)) {
      for (const [peer, carrier] of entriesOf(peers))
        if (isCarrierName(carrier)) memory.remember(network, peer, carrier);
    }
    return memory;
  }

  recall(network: string, peer: string): CarrierName | undefined {
    return this.#networks.get(network)?.get(peer);
  }

  /** Returns whether that is news. */
  remember(network: string, peer: string, carrier: CarrierName): boolean {
    const peers: Peers = this.#networks.get(network) ?? new Map();
    const isNews = peers.get(peer) !== carrier;
    putLast(peers, peer, carrier, MAX_PEERS);
    putLast(this.#networks, network, peers, MAX_NETWORKS);
    return isNews;
  }

  toJson(): Readonly<Record<string, Readonly<Record<string, CarrierName>>>> {
    return Object.fromEntries(Array.from(this.#networks, ([network, peers]) => [network, Object.fromEntries(peers)]));
  }
}

function putLast<Value>(map: Map<string, Value>, key: string, value: Value, limit: number): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > limit && oldest.done !== true) map.delete(oldest.value);
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function isCarrierName(value: unknown): value is CarrierName {
  return CARRIER_NAMES.some((name) => name === value);
}
