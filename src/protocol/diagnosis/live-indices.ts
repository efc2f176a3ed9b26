/** What the diagnosis has to know of handshakes and sessions that are going on, by our receiver index. */
import type { Uint64 } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';

export interface LiveIndices {
  /** The message that introduced the index, while a cookie reply to it may come. */
  sentMessage(index: ReceiverIndex): SentMessage | undefined;
  /** 32 bytes; undefined where there is no session. */
  receiveKey(index: ReceiverIndex): Uint8Array | undefined;
}

export interface SentMessage {
  /** 16 bytes: a cookie reply is bound to it. */
  readonly mac1: Uint8Array;
  /** 32 bytes, see cookie/mac-keys.ts; of the peer that it went to. */
  readonly cookieKey: Uint8Array;
}

/** Opens what a transport message carries: the plaintext, or undefined when the tag is wrong. */
export type OpenTransport = (key: Uint8Array, counter: Uint64, encrypted: Uint8Array) => Uint8Array | undefined;
