/**
 * Finds handshake messages in datagrams as the data plane does: classify, take off prefix, mask and
 * trailer, check mac1, and try the next kind where it is wrong.
 */
import { equalBytes, readUint32 } from '../../src/protocol/bytes.ts';
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES } from '../../src/protocol/constants.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';
import type { HandshakeKind } from '../../src/protocol/engine-port.ts';
import { Classifier, MESSAGE } from '../../src/protocol/obfuscation/classifier.ts';
import { HEADER_NONCE_BYTES, maskMessage } from '../../src/protocol/obfuscation/header-protection.ts';
import type { MessageShape, Profile } from '../../src/protocol/obfuscation/profile.ts';
import { mac1Input, mac1Of } from '../../src/protocol/wire/macs.ts';

export interface Candidate {
  readonly type: HandshakeKind;
  /** Without prefix and trailer, unmasked. */
  readonly message: Uint8Array;
}

interface Kind {
  readonly type: HandshakeKind;
  readonly shape: MessageShape;
  readonly bytes: number;
}

export class HandshakeReader {
  readonly #crypto: HandshakeCrypto;
  readonly #profile: Profile;
  readonly #classifier: Classifier;

  constructor(crypto: HandshakeCrypto, profile: Profile) {
    this.#crypto = crypto;
    this.#profile = profile;
    this.#classifier = new Classifier(profile);
  }

  /** The first candidate that is for the owner of the key, or a cookie reply, which has no mac1. */
  read(datagram: Uint8Array, mac1Key: Uint8Array): Candidate | undefined {
    return this.candidates(datagram).find(
      ({ type, message }) =>
        type === 'cookie-reply' || equalBytes(this.#crypto.mac(mac1Key, mac1Input(message)), mac1Of(message)),
    );
  }

  /** Every handshake message that the datagram may be, in the order of trial. */
  candidates(datagram: Uint8Array): Candidate[] {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const mask = this.#maskOf(datagram);
    const found: Candidate[] = [];
    let kind: number = MESSAGE.none;
    for (;;) {
      kind = this.#classifier.nextCandidate(view, 0, datagram.length, kind, mask);
      if (kind === MESSAGE.none) return found;
      if (kind !== MESSAGE.transport) found.push(this.#reveal(datagram, this.#kind(kind)));
    }
  }

  #maskOf(datagram: Uint8Array): number {
    const { headerProtection } = this.#profile;
    if (headerProtection === undefined || datagram.length < HEADER_NONCE_BYTES) return 0;
    return readUint32(maskMessage(this.#crypto, headerProtection, datagram, new Uint8Array(4)), 0);
  }

  #reveal(datagram: Uint8Array, { type, shape, bytes }: Kind): Candidate {
    const message = datagram.slice(shape.prefix, shape.prefix + bytes);
    return { type, message: maskMessage(this.#crypto, this.#profile.headerProtection, datagram, message) };
  }

  #kind(kind: number): Kind {
    const { initiation, response, cookieReply } = this.#profile;
    if (kind === MESSAGE.initiation) return { type: 'initiation', shape: initiation, bytes: INITIATION_BYTES };
    if (kind === MESSAGE.response) return { type: 'response', shape: response, bytes: RESPONSE_BYTES };
    return { type: 'cookie-reply', shape: cookieReply, bytes: COOKIE_REPLY_BYTES };
  }
}
