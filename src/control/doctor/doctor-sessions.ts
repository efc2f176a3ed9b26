/**
 * What is going on, by our receiver index: handshake messages that may be answered by a cookie, and
 * sessions. This is where the diagnosis looks up whom a datagram is meant for.
 */

import type { LiveIndices, SentMessage } from '../../protocol/diagnosis/live-indices.ts';
import type { KeypairMaterial, PeerId, ReceiverIndex } from '../../protocol/engine-port.ts';

export interface DoctorSession {
  readonly peer: PeerId;
  readonly material: KeypairMaterial;
  /** Messages sent under it. */
  sent: number;
  /** Whether the peer is known to have the keys. */
  isConfirmed: boolean;
}

interface Introduction extends SentMessage {
  readonly peer: PeerId;
}

/** Handshake messages remembered: a few minutes of repetitions to a few hundred peers. */
const MAX_SENT = 4_096;

/** Sessions remembered; each handshake makes one. */
const MAX_SESSIONS = 4_096;

export class DoctorSessions implements LiveIndices {
  /** BOUNDED by MAX_SENT; the oldest goes. */
  readonly #sent = new Map<ReceiverIndex, Introduction>();
  /** BOUNDED by MAX_SESSIONS; the oldest goes. */
  readonly #sessions = new Map<ReceiverIndex, DoctorSession>();

  addSent(index: ReceiverIndex, introduction: Introduction): void {
    remember(this.#sent, index, introduction, MAX_SENT);
  }

  add(session: DoctorSession): void {
    remember(this.#sessions, session.material.localIndex, session, MAX_SESSIONS);
  }

  /** The newest one with the peer that it is known to have. */
  newest(peer: PeerId): DoctorSession | undefined {
    return [...this.#sessions.values()].filter((each) => each.peer === peer && each.isConfirmed).at(-1);
  }

  get(index: ReceiverIndex): DoctorSession | undefined {
    return this.#sessions.get(index);
  }

  /** To whom the handshake message went that introduced the index. */
  peerOf(index: ReceiverIndex): PeerId | undefined {
    return this.#sent.get(index)?.peer;
  }

  /** Returns the sessions that are gone. */
  dropAll(peer: PeerId): DoctorSession[] {
    const dropped = [...this.#sessions.values()].filter((session) => session.peer === peer);
    for (const { material } of dropped) this.#sessions.delete(material.localIndex);
    return dropped;
  }

  sentMessage(index: ReceiverIndex): SentMessage | undefined {
    return this.#sent.get(index);
  }

  receiveKey(index: ReceiverIndex): Uint8Array | undefined {
    return this.#sessions.get(index)?.material.receiveKey;
  }
}

function remember<T>(map: Map<ReceiverIndex, T>, index: ReceiverIndex, value: T, limit: number): void {
  map.set(index, value);
  if (map.size <= limit) return;
  for (const [oldest] of map) {
    map.delete(oldest);
    return;
  }
}
