/**
 * The data plane of an examination: carries out what the core commands, a datagram at a time, and
 * wraps everything in the profile that each peer was found to have, so that an examination goes on
 * behind the first parameter that differs.
 */
import { sealTransport } from '../../crypto/transport-aead.ts';
import { readUint32 } from '../../protocol/bytes.ts';
import { cookieKeyOf } from '../../protocol/cookie/mac-keys.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { EngineCommand, EngineEvent, PeerId, ReceiverIndex } from '../../protocol/engine-port.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import { draw } from '../../protocol/range.ts';
import { INITIATION } from '../../protocol/wire/initiation.ts';
import { encodeTransport } from '../../protocol/wire/transport.ts';
import type { DoctorSession } from './doctor-sessions.ts';
import { DoctorSessions } from './doctor-sessions.ts';
import type { Tools } from './wrap.ts';
import { mac1In, messageIn, restamp, wrapHandshake, wrapTransport } from './wrap.ts';

export interface EnginePeer {
  readonly publicKey: Uint8Array;
  /** Where it is, as far as the core knows. */
  endpoint: Endpoint | undefined;
  /** Set where it differs from that of the file. */
  adopted: Profile | undefined;
}

export interface DoctorEngineOptions {
  readonly tools: Tools;
  /** Of the file: what the core builds its messages in. */
  readonly profile: Profile;
  readonly send: (to: Endpoint, datagram: Uint8Array) => void;
  readonly peerOf: (id: PeerId) => EnginePeer | undefined;
}

const EMPTY = new Uint8Array(0);

export class DoctorEngine {
  readonly sessions = new DoctorSessions();
  readonly #options: DoctorEngineOptions;
  /** BOUNDED by what one command causes; taken after each. */
  readonly #events: EngineEvent[] = [];

  constructor(options: DoctorEngineOptions) {
    this.#options = options;
  }

  takeEvents(): readonly EngineEvent[] {
    return this.#events.splice(0);
  }

  execute(command: EngineCommand): void {
    switch (command.kind) {
      case 'transmit':
        this.#transmit(command);
        return;
      case 'set-endpoint': {
        const peer = this.#options.peerOf(command.peer);
        if (peer !== undefined) peer.endpoint = command.endpoint;
        return;
      }
      case 'install-keypair':
        this.#install(command);
        return;
      case 'send-keepalive':
        if (!this.sendData(command.peer, EMPTY)) this.#events.push({ kind: 'session-wanted', peer: command.peer });
        return;
      case 'drop-keypairs':
        for (const session of this.sessions.dropAll(command.peer)) this.#retire(session);
        return;
      default:
      // Routes, limits and staged packets are for tunnels that carry traffic.
    }
  }

  /** A transport message under the newest session, or nothing and false where there is none. */
  sendData(id: PeerId, plaintext: Uint8Array, profile?: Profile): boolean {
    const session = this.sessions.newest(id);
    const peer = this.#options.peerOf(id);
    if (session === undefined || peer?.endpoint === undefined) return false;
    const { tools, send } = this.#options;
    const used = profile ?? peer.adopted ?? this.#options.profile;
    const { material } = session;
    const counter = { high: 0, low: session.sent };
    session.sent += 1;
    const type = draw(used.transport.header, tools.random);
    const encryptedPacket = sealTransport(material.sendKey, counter, plaintext);
    const message = encodeTransport({ type, receiver: material.remoteIndex, counter, encryptedPacket });
    send(peer.endpoint, wrapTransport(tools, used, message));
    return true;
  }

  /** A message under this session has come: the peer has its keys. Returns whether that is news. */
  confirm(session: DoctorSession): boolean {
    if (session.isConfirmed) return false;
    session.isConfirmed = true;
    this.#events.push({ kind: 'session-confirmed', peer: session.peer, localIndex: session.material.localIndex });
    return true;
  }

  #install({ peer, keypair, confirm }: Extract<EngineCommand, { kind: 'install-keypair' }>): void {
    this.sessions.add({ peer, material: keypair, sent: 0, isConfirmed: keypair.isInitiator });
    if (confirm) this.sendData(peer, EMPTY);
  }

  #retire({ peer, material }: DoctorSession): void {
    material.sendKey.fill(0);
    material.receiveKey.fill(0);
    this.#events.push({ kind: 'keypair-retired', peer, localIndex: material.localIndex });
  }

  /** The last datagram is the message; what is before it is junk and signature packets. */
  #transmit({ to, datagrams, peer }: Extract<EngineCommand, { kind: 'transmit' }>): void {
    const { send } = this.#options;
    for (const datagram of datagrams.slice(0, -1)) send(to, datagram);
    const last = datagrams.at(-1);
    if (last !== undefined) send(to, peer === undefined ? last : this.#wrapAnew(peer, last));
  }

  /** A handshake message as that peer was found to want it; anything else as it is. */
  #wrapAnew(id: PeerId, datagram: Uint8Array): Uint8Array {
    const { tools, profile, peerOf } = this.#options;
    const peer = peerOf(id);
    const message = peer && messageIn(tools, profile, datagram);
    if (message === undefined) return datagram;
    const { adopted, publicKey } = peer as EnginePeer;
    const final = adopted === undefined ? message : restamp(tools, message, adopted, publicKey);
    this.noteSent(id, final);
    return adopted === undefined ? datagram : wrapHandshake(tools, adopted, final);
  }

  /** Remembers a message of ours to that peer, for cookie replies to it. */
  noteSent(id: PeerId, message: Uint8Array): void {
    const peer = this.#options.peerOf(id);
    if (peer === undefined) return;
    const index = readUint32(message, INITIATION.sender) as ReceiverIndex;
    const cookieKey = cookieKeyOf(this.#options.tools.crypto, peer.publicKey);
    this.sessions.addSent(index, { peer: id, mac1: mac1In(message), cookieKey });
  }
}
