/**
 * What a received datagram may be: the first look at everything that comes from the wire.
 *
 * A message kind is known by its length and by the type at its prefix (protocol facts 3.6). A match is
 * a candidate and no more, because both can come about by chance: junk, signature packets and, where
 * trailers are used, transport messages may look like a handshake. Whoever asks checks the MAC, and
 * asks for the next candidate when it is wrong. Trailers only loosen the length of the first three
 * kinds from "equal" to "at least"; header protection only lays a mask over the type.
 */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import type { MessageShape, Profile } from './profile.ts';

/** Message kinds in the order in which they are tried, as the hot path names them. */
export const MESSAGE = { none: 0, initiation: 1, response: 2, cookieReply: 3, transport: 4 } as const;

const KINDS = 5;

export class Classifier {
  // Indexed by MESSAGE.
  readonly #prefix = new Uint32Array(KINDS);
  /** Prefix and message. */
  readonly #bytes = new Uint32Array(KINDS);
  readonly #low = new Uint32Array(KINDS);
  readonly #high = new Uint32Array(KINDS);
  readonly #hasTrailers: boolean;

  constructor(profile: Profile) {
    this.#hasTrailers = profile.randomTrailers;
    this.#learn(MESSAGE.initiation, profile.initiation, INITIATION_BYTES);
    this.#learn(MESSAGE.response, profile.response, RESPONSE_BYTES);
    this.#learn(MESSAGE.cookieReply, profile.cookieReply, COOKIE_REPLY_BYTES);
    this.#learn(MESSAGE.transport, profile.transport, TRANSPORT_MINIMUM_BYTES);
  }

  /**
   * The first kind after `previous` (begin with MESSAGE.none) that the datagram of `length` bytes at
   * `offset` may be, or MESSAGE.none. Allocates nothing.
   *
   * @param mask first 32 bits of the datagram's key stream, little endian, signed or not; 0 without header protection
   */
  nextCandidate(view: DataView, offset: number, length: number, previous: number, mask: number): number {
    for (let kind = previous + 1; kind < KINDS; kind += 1) {
      if (this.#hasLengthOf(kind, length) && this.#hasTypeOf(kind, view, offset, mask)) return kind;
    }
    return MESSAGE.none;
  }

  #hasLengthOf(kind: number, length: number): boolean {
    const bytes = this.#bytes[kind];
    return length === bytes || (length > bytes && (this.#hasTrailers || kind === MESSAGE.transport));
  }

  #hasTypeOf(kind: number, view: DataView, offset: number, mask: number): boolean {
    const type = (view.getUint32(offset + this.#prefix[kind], true) ^ mask) >>> 0;
    return type >= this.#low[kind] && type <= this.#high[kind];
  }

  #learn(kind: number, shape: MessageShape, messageBytes: number): void {
    this.#prefix[kind] = shape.prefix;
    this.#bytes[kind] = shape.prefix + messageBytes;
    this.#low[kind] = shape.header.low;
    this.#high[kind] = shape.header.high;
  }
}
