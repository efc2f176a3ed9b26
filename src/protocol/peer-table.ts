/**
 * The peers of a device by id and by public key, and which of them each allowed prefix belongs to.
 * The data plane routes by a trie of its own; the one here is what the owner is shown.
 */
import { toHex } from './bytes.ts';
import { MAX_PEERS } from './constants.ts';
import type { PeerId, Prefix } from './engine-port.ts';
import type { Peer } from './peer.ts';
import { AllowedIps } from './routing/allowed-ips.ts';
import { TunnelError } from './tunnel-error.ts';

export class PeerTable {
  /** BOUNDED by MAX_PEERS, both of them. */
  readonly #byId = new Map<PeerId, Peer>();
  readonly #byKey = new Map<string, Peer>();
  /** Released ids, to be used again; BOUNDED by MAX_PEERS. */
  readonly #freeIds: PeerId[] = [];
  #nextId = 0;
  readonly #maxPeers: number;
  /** UNBOUNDED: as many as the configuration has. */
  readonly #allowedIps = new AllowedIps<PeerId>();

  /** @param maxPeers ids are below this */
  constructor(maxPeers: number = MAX_PEERS) {
    this.#maxPeers = maxPeers;
  }

  /** How many ids can be given out now. Those of removed peers come back when the data plane has let go of them. */
  get room(): number {
    return this.#maxPeers - this.#nextId + this.#freeIds.length;
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byId.values();
  }

  get(id: PeerId): Peer | undefined {
    return this.#byId.get(id);
  }

  find(publicKey: Uint8Array): Peer | undefined {
    return this.#byKey.get(toHex(publicKey));
  }

  /** Throws TunnelError `too-many-peers`. */
  allocateId(): PeerId {
    const reused = this.#freeIds.pop();
    if (reused !== undefined) return reused;
    if (this.#nextId >= this.#maxPeers)
      throw new TunnelError('too-many-peers', `this device has room for ${this.#maxPeers} peers`);
    this.#nextId += 1;
    return (this.#nextId - 1) as PeerId;
  }

  add(peer: Peer): void {
    this.#byId.set(peer.id, peer);
    this.#byKey.set(toHex(peer.publicKey), peer);
  }

  remove(peer: Peer): void {
    this.#allowedIps.removeOwner(peer.id);
    this.#byKey.delete(toHex(peer.publicKey));
    this.#byId.delete(peer.id);
  }

  /** The id of a removed peer may be used again: the data plane has nothing more to say about it. */
  releaseId(id: PeerId): void {
    this.#freeIds.push(id);
  }

  /** Replaces the peer's list. A prefix that another peer has moves here. Host bits do not count. */
  setAllowedIps(peer: Peer, prefixes: readonly Prefix[]): void {
    this.#allowedIps.removeOwner(peer.id);
    for (const prefix of prefixes) this.#allowedIps.insert(prefix, peer.id);
  }

  allowedIps(peer: Peer): readonly Prefix[] {
    return this.#allowedIps.entriesOf(peer.id);
  }
}
