/** How handshakes with each peer have gone, kept from what the core tells. */
import type { PeerId } from '../../protocol/engine-port.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';

export interface PeerHistory {
  /** Who began the handshake that completed last; undefined before the first. */
  readonly role: 'initiator' | 'responder' | undefined;
  /** Milliseconds that it took us; undefined before the first. */
  readonly took: number | undefined;
  /** Initiations of ours that nobody has answered, since. */
  readonly attempts: number;
  /** Whether we have stopped trying, until there is something to send. */
  readonly gaveUp: boolean;
  /** Milliseconds of the last probe inside the tunnel that was answered; undefined before the first. */
  readonly roundTrip: number | undefined;
}

const NONE: PeerHistory = { role: undefined, took: undefined, attempts: 0, gaveUp: false, roundTrip: undefined };

export class PeerHistories {
  /** BOUNDED by MAX_PEERS. */
  readonly #peers = new Map<PeerId, PeerHistory>();

  handle(event: TunnelEvent): void {
    switch (event.kind) {
      case 'handshake-sent':
        this.#change(event.peer, { attempts: this.of(event.peer).attempts + 1, gaveUp: false });
        break;
      case 'handshake-completed':
        this.#change(event.peer, { role: event.role, took: event.tookMilliseconds, attempts: 0, gaveUp: false });
        break;
      case 'handshake-gave-up':
        this.#change(event.peer, { gaveUp: true });
        break;
      case 'own-peer-removed':
        this.forget(event.peer);
        break;
      default:
        break;
    }
  }

  answered(peer: PeerId, roundTrip: number): void {
    this.#change(peer, { roundTrip });
  }

  of(peer: PeerId): PeerHistory {
    return this.#peers.get(peer) ?? NONE;
  }

  /** Its id may be another peer's next. */
  forget(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  #change(peer: PeerId, change: Partial<PeerHistory>): void {
    this.#peers.set(peer, { ...this.of(peer), ...change });
  }
}
