/**
 * Where the pinned peers are, as far as the control thread has said. Where one worker receives and another
 * sends, the news that a peer has roamed and the order where it is to be cross on their way, and the
 * sending worker must not end up with the older of the two.
 */
import type { Endpoint } from '../protocol/endpoint.ts';
import { sameEndpoint } from '../protocol/endpoint.ts';
import type { EngineCommand, PeerId } from '../protocol/engine-port.ts';

export class PinnedPaths {
  /** By pinned peer; BOUNDED by MAX_PEERS. */
  readonly #endpoints = new Map<PeerId, Endpoint | undefined>();

  /** Takes note of what the commands, in this order, say about it. */
  note(commands: readonly EngineCommand[]): void {
    for (const command of commands) {
      if (command.kind === 'pin-path' && command.pinned) this.#endpoints.set(command.peer, undefined);
      else if (command.kind === 'pin-path' || command.kind === 'remove-peer') this.#endpoints.delete(command.peer);
      else if (command.kind === 'set-endpoint' && this.#endpoints.has(command.peer)) {
        this.#endpoints.set(command.peer, command.endpoint);
      }
    }
  }

  /** Whether a report that the peer roamed there was made before its order arrived. */
  isOutdated(peer: PeerId, endpoint: Endpoint): boolean {
    const ordered = this.#endpoints.get(peer);
    return ordered !== undefined && !sameEndpoint(ordered, endpoint);
  }
}
