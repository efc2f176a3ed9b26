/** Messages on their way out, in the profile that a peer was found to have. */
import { readUint32, writeUint32 } from '../../protocol/bytes.ts';
import { INITIATION_BYTES, MAC_BYTES, RESPONSE_BYTES, TRANSPORT_HEADER_BYTES } from '../../protocol/constants.ts';
import { mac1KeyOf } from '../../protocol/cookie/mac-keys.ts';
import type { HandshakeCrypto } from '../../protocol/crypto.ts';
import { disguise } from '../../protocol/obfuscation/disguise.ts';
import { HEADER_NONCE_BYTES, maskMessage } from '../../protocol/obfuscation/header-protection.ts';
import type { MessageShape, Profile } from '../../protocol/obfuscation/profile.ts';
import type { Random } from '../../protocol/random.ts';
import { contains, draw } from '../../protocol/range.ts';
import { mac1Input, mac1Of, mac2Of } from '../../protocol/wire/macs.ts';

export interface Tools {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
}

/** The handshake message in a datagram of ours; undefined for junk, signature packets and cookie replies. */
export function messageIn({ crypto }: Tools, profile: Profile, datagram: Uint8Array): Uint8Array | undefined {
  const { headerProtection } = profile;
  for (const [{ prefix, header }, bytes] of shapesOf(profile)) {
    if (datagram.length < prefix + bytes) continue;
    const message = maskMessage(crypto, headerProtection, datagram, datagram.slice(prefix, prefix + bytes));
    const isExact = profile.randomTrailers || datagram.length === prefix + bytes;
    if (isExact && contains(header, readUint32(message, 0))) return message;
  }
  return undefined;
}

function shapesOf({ initiation, response }: Profile): ReadonlyArray<readonly [MessageShape, number]> {
  return [
    [initiation, INITIATION_BYTES],
    [response, RESPONSE_BYTES],
  ];
}

/** The same message with a type of another profile, and mac1 over it; a cookie does not survive that. */
export function restamp(tools: Tools, message: Uint8Array, profile: Profile, publicKey: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(message);
  writeUint32(copy, 0, draw(shapeOf(profile, copy).header, tools.random));
  mac1Of(copy).set(tools.crypto.mac(mac1KeyOf(tools.crypto, publicKey), mac1Input(copy)));
  mac2Of(copy).fill(0);
  return copy;
}

export function wrapHandshake({ crypto, random }: Tools, profile: Profile, message: Uint8Array): Uint8Array {
  return disguise(profile, shapeOf(profile, message), message, crypto, random);
}

function shapeOf({ initiation, response }: Profile, { length }: Uint8Array): MessageShape {
  return length === RESPONSE_BYTES ? response : initiation;
}

/** Prefix, and the header masked where the profile has it so; the rest of `message` is ciphertext already. */
export function wrapTransport({ crypto, random }: Tools, profile: Profile, message: Uint8Array): Uint8Array {
  const { prefix } = profile.transport;
  const datagram = new Uint8Array(prefix + message.length);
  random.fill(datagram.subarray(0, prefix));
  datagram.set(message, prefix);
  if (profile.headerProtection === undefined || prefix < HEADER_NONCE_BYTES) return datagram;
  const header = message.subarray(0, TRANSPORT_HEADER_BYTES);
  datagram.set(maskMessage(crypto, profile.headerProtection, datagram, header), prefix);
  return datagram;
}

/** 16 bytes: what a cookie reply to the message is bound to. */
export function mac1In(message: Uint8Array): Uint8Array {
  return message.slice(message.length - 2 * MAC_BYTES, message.length - MAC_BYTES);
}
