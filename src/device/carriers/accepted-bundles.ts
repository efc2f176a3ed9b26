/**
 * The streams that others opened to us. A peer may come with several connections at once, and each is
 * a bundle of its own until we know whose it is: only what arrives inside of it says so. Then two that
 * turn out to be one peer's can be joined, and answers spread over both.
 *
 * A peer that merely moves looks the same at first: heard by one bundle, then by another. The old one
 * may be dead without our knowing, and answers must not go there. So bundles are joined when the peer
 * comes *back* to one shortly after it was heard by the other: then both carry data.
 */
import { equalBytes } from '../../protocol/bytes.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';
import type { StreamKind } from '../../transport/carrier-name.ts';
import { MAX_CONNECTIONS } from '../../transport/stream/stream-target.ts';

/** A peer that moved there and back within this time had both ways open. */
const RETURN_MS = 5000;

interface AcceptedBundle {
  readonly kind: StreamKind;
  readonly address: Uint8Array;
  /** The bundle it was joined to, or itself. */
  joinedTo: number;
}

interface Whereabouts {
  readonly bundle: number;
  readonly left: Instant;
}

export class AcceptedBundles {
  /** BOUNDED by the connections that the hub accepts. */
  readonly #bundles = new Map<number, AcceptedBundle>();
  /** Where each peer is now. BOUNDED by the number of peers that were ever heard by a bundle. */
  readonly #current = new Map<PeerId, number>();
  /** Where it was before. BOUNDED: as many entries a peer as connections in a pool. */
  readonly #earlier = new Map<PeerId, readonly Whereabouts[]>();

  accepted(bundle: number, endpoint: Endpoint, kind: StreamKind): void {
    this.#bundles.set(bundle, { kind, address: endpoint.address, joinedTo: bundle });
  }

  closed(bundle: number): void {
    this.#bundles.delete(bundle);
  }

  /**
   * The peer was heard, perhaps by another way than before: `bundle`, or undefined for UDP.
   *
   * @returns what to join: `from` is to be the same as `into`, where answers go now
   */
  heard(peer: PeerId, bundle: number | undefined, now: Instant): { from: number; into: number } | undefined {
    const previous = this.#current.get(peer);
    if (previous === bundle) return undefined;
    const earlier = this.#recentlyLeft(peer, now);
    if (bundle === undefined) this.#current.delete(peer);
    else this.#current.set(peer, bundle);
    if (previous !== undefined) this.#remember(peer, previous, earlier, now);
    const hasReturned = earlier.some((place) => place.bundle === bundle);
    return hasReturned ? this.#join(previous, bundle) : undefined;
  }

  removePeer(peer: PeerId): void {
    this.#current.delete(peer);
    this.#earlier.delete(peer);
  }

  #recentlyLeft(peer: PeerId, now: Instant): Whereabouts[] {
    return (this.#earlier.get(peer) ?? []).filter(({ left }) => now - left <= RETURN_MS);
  }

  #remember(peer: PeerId, bundle: number, earlier: readonly Whereabouts[], now: Instant): void {
    const others = earlier.filter((place) => place.bundle !== bundle).slice(-(MAX_CONNECTIONS - 1));
    this.#earlier.set(peer, [...others, { bundle, left: now }]);
  }

  #join(from: number | undefined, into: number | undefined): { from: number; into: number } | undefined {
    if (from === undefined || into === undefined) return undefined;
    const [a, b] = [this.#bundles.get(from), this.#bundles.get(into)];
    if (a === undefined || b === undefined || a.joinedTo === b.joinedTo) return undefined;
    if (a.kind !== b.kind || !equalBytes(a.address, b.address)) return undefined;
    const { joinedTo } = a;
    for (const bundle of this.#bundles.values()) if (bundle.joinedTo === joinedTo) bundle.joinedTo = b.joinedTo;
    return { from, into };
  }
}
