/**
 * Sessions by receiver index: the look-up that each received transport message costs. An index is any
 * of 2^32, and V8 keeps numbers beyond 31 bits and a sign on the heap; so the table is asked with
 * signed indices, and a look-up allocates nothing.
 */
import type { ReceiverIndex } from '../protocol/engine-port.ts';
import type { Session } from './engine-peer.ts';

export class SessionTable {
  /** By signed index. BOUNDED by three keypairs a peer. */
  readonly #sessions = new Map<number, Session>();

  add(session: Session): void {
    this.#sessions.set(session.keypair.localIndex | 0, session);
  }

  remove(index: ReceiverIndex): void {
    this.#sessions.delete(index | 0);
  }

  /** @param index 32 bits as a message has them, signed (`| 0`) where nothing may be allocated */
  find(index: number): Session | undefined {
    return this.#sessions.get(index | 0);
  }
}
