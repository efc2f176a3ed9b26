/**
 * The transport keys of one finished handshake with everything that goes with them: message counter,
 * replay window, receiver indices, age. Each transport message, sent or received, passes through one.
 *
 * The counter is the nonce, so it must never repeat or wrap. It is kept as two 32-bit halves, see
 * `Uint64` in constants.ts.
 */
import { wipeBytes } from '../bytes.ts';
import type { Uint64 } from '../constants.ts';
import { REJECT_AFTER_MESSAGES, REKEY_AFTER_MESSAGES } from '../constants.ts';
import type { KeypairMaterial, ReceiverIndex } from '../engine-port.ts';
import type { Instant } from '../time.ts';
import { ReplayWindow } from './replay-window.ts';

/**
 * Most counters in one `reserve`. Sending ends while that many are still left, so that a batch never
 * runs past REJECT_AFTER_MESSAGES; of 2^64 messages nobody misses the last few.
 */
export const MAX_RESERVATION = 4096;

const FIRST_COUNTER: Uint64 = { high: 0, low: 0 };

export class Keypair {
  /** By which the peer addresses us. */
  readonly localIndex: ReceiverIndex;
  /** By which we address the peer. */
  readonly remoteIndex: ReceiverIndex;
  /** 32 bytes, all zero after `wipe`. */
  readonly sendKey: Uint8Array;
  /** 32 bytes, all zero after `wipe`. */
  readonly receiveKey: Uint8Array;
  /** Whether our initiation led here; only then does its age ask for a new handshake. */
  readonly isInitiator: boolean;
  readonly createdAt: Instant;
  readonly replay = new ReplayWindow();
  #counterHigh: number;
  #counterLow: number;
  #isExpired = false;

  /** Takes the keys over: they are wiped with the keypair. The counter begins elsewhere in tests only. */
  constructor(material: KeypairMaterial, counter: Uint64 = FIRST_COUNTER) {
    this.localIndex = material.localIndex;
    this.remoteIndex = material.remoteIndex;
    this.sendKey = material.sendKey;
    this.receiveKey = material.receiveKey;
    this.isInitiator = material.isInitiator;
    this.createdAt = material.createdAt;
    this.#counterHigh = counter.high;
    this.#counterLow = counter.low;
  }

  /** Upper half of the next message's counter. */
  get counterHigh(): number {
    return this.#counterHigh;
  }

  /** Lower half of the next message's counter. */
  get counterLow(): number {
    return this.#counterLow;
  }

  /** Whether up to MAX_RESERVATION messages may be sent now. Age is the caller's to judge. */
  get canSend(): boolean {
    if (this.#isExpired) return false;
    if (this.#counterHigh !== REJECT_AFTER_MESSAGES.high) return true;
    return this.#counterLow <= REJECT_AFTER_MESSAGES.low - MAX_RESERVATION;
  }

  /** Whether so many messages were sent that a new handshake is due (paper 6.2). */
  get wantsRekey(): boolean {
    return this.#counterHigh >= REKEY_AFTER_MESSAGES.high;
  }

  /** Uses up the next `count` counters, at most MAX_RESERVATION, while `canSend`. */
  reserve(count: number): void {
    const low = this.#counterLow + count;
    this.#counterLow = low >>> 0;
    if (low > 0xffff_ffff) this.#counterHigh += 1;
  }

  /** Ends sending; receiving goes on. */
  expire(): void {
    this.#isExpired = true;
  }

  /** Ends both and overwrites the keys. */
  wipe(): void {
    this.#isExpired = true;
    wipeBytes(this.sendKey, this.receiveKey);
  }
}
