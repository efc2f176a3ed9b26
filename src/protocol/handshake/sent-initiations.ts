/**
 * Our initiations to one peer that may still be answered. A response may take longer than the time
 * after which we repeat the initiation, so a repetition does not make the earlier ones worthless.
 */
import { MAX_HANDSHAKE_ATTEMPTS } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import type { PendingInitiation } from '../noise/handshake.ts';
import { wipe } from '../noise/handshake.ts';
import type { Instant } from '../time.ts';

/** All initiations of one handshake (protocol section 5.5: the first and nineteen retransmissions). */
const MAX_SENT_INITIATIONS = MAX_HANDSHAKE_ATTEMPTS + 2;

export interface SentInitiation {
  readonly pending: PendingInitiation;
  readonly sentAt: Instant;
  /** Sent to try a path: whoever answers it is where the peer is from then on, pinned or not. */
  readonly isTrial: boolean;
}

export class SentInitiations {
  /** Oldest first. BOUNDED by MAX_SENT_INITIATIONS; the oldest goes. */
  readonly #sent: SentInitiation[] = [];

  get size(): number {
    return this.#sent.length;
  }

  /** Takes over the secrets. Returns the indices that no longer stand for an initiation. */
  add(initiation: SentInitiation): ReceiverIndex[] {
    this.#sent.push(initiation);
    return this.#forget(this.#sent.length - MAX_SENT_INITIATIONS);
  }

  find(index: ReceiverIndex): SentInitiation | undefined {
    return this.#sent.find(({ pending }) => pending.sender === index);
  }

  /**
   * The response to this one was genuine. Older ones are forgotten: the responder has replaced their
   * keys by those of this one. It will likewise replace these when a newer one reaches it, so newer
   * ones stay. Returns the indices that no longer stand for an initiation, `index` not among them.
   */
  answered(index: ReceiverIndex): ReceiverIndex[] {
    const place = this.#sent.findIndex(({ pending }) => pending.sender === index);
    return this.#forget(place + 1).filter((forgotten) => forgotten !== index);
  }

  /** Returns the indices of all. */
  clear(): ReceiverIndex[] {
    return this.#forget(this.#sent.length);
  }

  #forget(count: number): ReceiverIndex[] {
    return this.#sent.splice(0, Math.max(count, 0)).map(({ pending }) => {
      wipe(pending);
      return pending.sender;
    });
  }
}
