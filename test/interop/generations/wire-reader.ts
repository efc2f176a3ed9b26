/** What crossed the cable between two ends, told apart as only somebody who knows their keys can. */
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { readUint32 } from '../../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../../src/protocol/cookie/mac-keys.ts';
import type { HandshakeKind } from '../../../src/protocol/engine-port.ts';
import { Classifier, MESSAGE } from '../../../src/protocol/obfuscation/classifier.ts';
import { HEADER_NONCE_BYTES, maskMessage } from '../../../src/protocol/obfuscation/header-protection.ts';
import type { Profile } from '../../../src/protocol/obfuscation/profile.ts';
import { HandshakeReader } from '../../support/handshake-reader.ts';
import { readDatagrams } from '../../support/pcap.ts';
import { profileOf } from '../../support/profile-of.ts';
import type { TunnelEnd } from '../../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import type { Family } from '../../support/wire.ts';

export interface SeenDatagram {
  /** Unix seconds with fraction. */
  readonly at: number;
  readonly from: TunnelEnd;
  /** `other` is junk, a signature packet, or something that nobody should have sent. */
  readonly kind: HandshakeKind | 'transport' | 'other';
  readonly payload: Uint8Array;
  /** Of handshakes, without prefix, mask and trailer. */
  readonly message: Uint8Array | undefined;
}

const crypto = nodeCrypto();

export class WireReader {
  readonly #profile: Profile;
  readonly #reader: HandshakeReader;
  readonly #classifier: Classifier;
  readonly #ends: readonly [TunnelEnd, TunnelEnd];

  constructor(shared: ObfuscationKeys, ends: readonly [TunnelEnd, TunnelEnd]) {
    this.#profile = profileOf(shared);
    this.#reader = new HandshakeReader(crypto, this.#profile);
    this.#classifier = new Classifier(this.#profile);
    this.#ends = ends;
  }

  /** What the two sent each other under their first addresses, in order. */
  read(path: string, outer: Family): SeenDatagram[] {
    const [first, second] = this.#ends;
    return readDatagrams(path).flatMap((datagram) => {
      const from = this.#ends.find((end) => end.host.address[outer] === datagram.from);
      const to = from === first ? second : first;
      if (from === undefined || to.host.address[outer] !== datagram.to) return [];
      return [{ at: datagram.at, from, payload: datagram.payload, ...this.#recognise(datagram.payload, to) }];
    });
  }

  #recognise(payload: Uint8Array, to: TunnelEnd): Pick<SeenDatagram, 'kind' | 'message'> {
    if (payload.length < 32) return { kind: 'other', message: undefined };
    const handshake = this.#reader.read(payload, mac1KeyOf(crypto, Buffer.from(to.keys.publicKey, 'base64')));
    if (handshake !== undefined) return { kind: handshake.type, message: handshake.message };
    return { kind: this.#isTransport(payload) ? 'transport' : 'other', message: undefined };
  }

  #isTransport(payload: Uint8Array): boolean {
    const { headerProtection } = this.#profile;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const nonce = payload.subarray(0, HEADER_NONCE_BYTES);
    const mask = headerProtection && readUint32(maskMessage(crypto, headerProtection, nonce, new Uint8Array(4)), 0);
    const before = MESSAGE.transport - 1;
    return this.#classifier.nextCandidate(view, 0, payload.length, before, mask ?? 0) === MESSAGE.transport;
  }
}
