/** Writes down what passes between the scripted peer and the daemon, taken apart. */
import { readUint32, toHex } from '../../../src/protocol/bytes.ts';
import type { HandshakeCrypto } from '../../../src/protocol/crypto.ts';
import { maskMessage } from '../../../src/protocol/obfuscation/header-protection.ts';
import type { MessageShape, Profile } from '../../../src/protocol/obfuscation/profile.ts';
import { parseCookieReply } from '../../../src/protocol/wire/cookie-reply.ts';
import { parseInitiation } from '../../../src/protocol/wire/initiation.ts';
import { parseResponse } from '../../../src/protocol/wire/response.ts';
import { parseTransport } from '../../../src/protocol/wire/transport.ts';
import type { RecordedDatagram, RecordedSession } from '../recording.ts';
import { openTransport } from '../transport-crypto.ts';

type Kind = RecordedDatagram['kind'];
type Facts = Partial<Omit<RecordedDatagram, 'n' | 'from' | 'ms' | 'kind' | 'hex'>>;

const MESSAGE_BYTES: Partial<Readonly<Record<Kind, number>>> = { initiation: 148, response: 92, cookie: 64 };
const HEADER_BYTES = 16;

export class Transcript {
  readonly datagrams: RecordedDatagram[] = [];
  readonly sessions: RecordedSession[] = [];
  readonly #crypto: HandshakeCrypto;
  readonly #profile: Profile;
  readonly #begun = performance.now();

  constructor(crypto: HandshakeCrypto, profile: Profile) {
    this.#crypto = crypto;
    this.#profile = profile;
  }

  add(from: 'peer' | 'daemon', kind: Kind, datagram: Uint8Array, facts: Facts = {}): void {
    const n = this.datagrams.length;
    const ms = Math.round(performance.now() - this.#begun);
    const base = { n, from, ms, length: datagram.length, kind };
    this.datagrams.push({ ...base, ...facts, ...this.#dissect(from, kind, datagram), hex: toHex(datagram) });
  }

  addSession(session: Omit<RecordedSession, 'id'>): void {
    this.sessions.push({ id: this.sessions.length, ...session });
  }

  #dissect(from: 'peer' | 'daemon', kind: Kind, datagram: Uint8Array): Facts {
    if (kind === 'ipacket' || kind === 'junk') return {};
    const { prefix } = this.#shapeOf(kind);
    const end = prefix + (MESSAGE_BYTES[kind] ?? datagram.length);
    const message = this.#unmask(kind, datagram, datagram.subarray(prefix, end));
    return {
      type: readUint32(message, 0),
      prefix: toHex(datagram.subarray(0, prefix)),
      message: toHex(message),
      trailer: toHex(datagram.subarray(end)),
      ...this.#fields(from, kind, message),
    };
  }

  #unmask(kind: Kind, datagram: Uint8Array, message: Uint8Array): Uint8Array {
    const key = this.#profile.headerProtection;
    if (kind !== 'transport') return maskMessage(this.#crypto, key, datagram, message);
    const header = maskMessage(this.#crypto, key, datagram, message.subarray(0, HEADER_BYTES));
    return Buffer.concat([header, message.subarray(HEADER_BYTES)]);
  }

  #fields(from: 'peer' | 'daemon', kind: Kind, message: Uint8Array): Facts {
    if (kind === 'initiation') return { sender: parseInitiation(message)?.sender ?? 0 };
    if (kind === 'cookie') {
      const reply = parseCookieReply(message);
      return { receiver: reply?.receiver ?? 0, nonce: toHex(reply?.nonce ?? new Uint8Array(0)) };
    }
    if (kind === 'transport') return this.#transportFields(from, message);
    const response = parseResponse(message);
    return { sender: response?.sender ?? 0, receiver: response?.receiver ?? 0 };
  }

  #transportFields(from: 'peer' | 'daemon', message: Uint8Array): Facts {
    const receiver: number = parseTransport(message)?.receiver ?? 0;
    const session = this.sessions.find(
      ({ peerIndex, daemonIndex }) => receiver === (from === 'peer' ? daemonIndex : peerIndex),
    );
    if (session === undefined) throw new Error(`a transport message for ${receiver}, which is no session`);
    const key = from === 'peer' ? session.peerSendKey : session.daemonSendKey;
    const { counter, plaintext } = openTransport(Buffer.from(key, 'hex'), message);
    return { session: session.id, receiver, counter, plaintext: toHex(plaintext) };
  }

  #shapeOf(kind: Kind): MessageShape {
    const { initiation, response, cookieReply, transport } = this.#profile;
    if (kind === 'initiation') return initiation;
    if (kind === 'response') return response;
    return kind === 'cookie' ? cookieReply : transport;
  }
}
