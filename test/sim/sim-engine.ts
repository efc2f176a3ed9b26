/**
 * A data plane for simulations of the core alone: keyrings, staging, limits, pins and the ledger as the
 * real one has them, but its packets are text and nothing is encrypted.
 */
import { ledgerMemory, SharedLedger } from '../../src/dataplane/shared-ledger.ts';
import { toHex } from '../../src/protocol/bytes.ts';
import { HEARD_INTERVAL_MS } from '../../src/protocol/constants.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';
import { DROP, DROP_REASONS } from '../../src/protocol/drop-reason.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import { sameEndpoint } from '../../src/protocol/endpoint.ts';
import type {
  EngineCommand,
  EngineEvent,
  KeypairLimits,
  KeypairMaterial,
  PeerId,
} from '../../src/protocol/engine-port.ts';
import { HandshakeDoor } from '../../src/protocol/handshake/door.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import { Keypair } from '../../src/protocol/session/keypair.ts';
import { Keyring } from '../../src/protocol/session/keyring.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { HandshakeReader } from '../support/handshake-reader.ts';
import type { Flight, SimTransport } from './sim-network.ts';

const MAX_STAGED = 128;

class SimPeer {
  readonly keyring = new Keyring();
  /** BOUNDED by MAX_STAGED. */
  staged: string[] = [];
  endpoint: Endpoint | undefined;
  sessionWanted = false;
  askedOnSend: Keypair | undefined;
  askedOnReceive: Keypair | undefined;
  isPinned = false;
  heardAt = Number.NEGATIVE_INFINITY;
  heardDataAt = Number.NEGATIVE_INFINITY;
}

type Send = (to: Endpoint, content: Uint8Array | SimTransport) => void;

export class SimEngine {
  readonly ledger = new SharedLedger(ledgerMemory(8));
  /** Data that arrived, with its peer. */
  readonly delivered: { readonly peer: PeerId; readonly text: string }[] = [];
  /** Handshake messages that are said to wait for the core whenever one arrives. */
  backlog = 1;
  /** What the door did not let in, by `DROP` index. */
  readonly drops: number[] = new Array<number>(DROP_REASONS.length).fill(0);
  readonly #clock: VirtualClock;
  readonly #crypto: HandshakeCrypto;
  #reader: HandshakeReader;
  readonly #send: Send;
  readonly #peers = new Map<PeerId, SimPeer>();
  readonly #sessions = new Map<number, { readonly keypair: Keypair; readonly id: PeerId }>();
  readonly #events: EngineEvent[] = [];
  #limits: KeypairLimits = { rekeyAfter: Infinity, rekeyOnReceiveAfter: Infinity, rejectAfter: Infinity };
  readonly #door: HandshakeDoor;
  #profile: Profile;
  #mac1Key: Uint8Array | undefined;

  constructor(clock: VirtualClock, crypto: HandshakeCrypto, profile: Profile, send: Send) {
    this.#door = new HandshakeDoor(crypto, new SeededRandom(0));
    this.#profile = profile;
    this.#clock = clock;
    this.#crypto = crypto;
    this.#reader = new HandshakeReader(crypto, profile);
    this.#send = send;
  }

  /** Installed keypairs of all peers. */
  get sessions(): number {
    return this.#sessions.size;
  }

  staged(id: PeerId): readonly string[] {
    return this.#peers.get(id)?.staged ?? [];
  }

  endpointOf(id: PeerId): Endpoint | undefined {
    return this.#peers.get(id)?.endpoint;
  }

  takeEvents(): readonly EngineEvent[] {
    return this.#events.splice(0);
  }

  /** Sends text to a peer, or keeps it until there is a session. */
  sendText(id: PeerId, text: string): void {
    const peer = this.#peers.get(id) as SimPeer;
    const keypair = this.#usable(peer);
    if (keypair !== undefined) {
      this.#transmitText(id, peer, keypair, text);
      return;
    }
    if (text !== '') peer.staged = [...peer.staged, text].slice(-MAX_STAGED);
    if (!peer.sessionWanted) this.#events.push({ kind: 'session-wanted', peer: id });
    peer.sessionWanted = true;
  }

  receive(flight: Flight): void {
    if (flight.content instanceof Uint8Array) this.#receiveBytes(flight.content, flight.from);
    else this.#receiveTransport(flight.content, flight.from);
  }

  execute(command: EngineCommand): void {
    switch (command.kind) {
      case 'set-identity':
        this.#mac1Key = command.publicKey && mac1KeyOf(this.#crypto, command.publicKey);
        this.#door.publicKey = command.publicKey;
        return;
      case 'set-profile':
        this.#profile = command.profile;
        this.#reader = new HandshakeReader(this.#crypto, command.profile);
        return;
      case 'set-limits':
        this.#limits = command.limits;
        return;
      case 'transmit':
        for (const datagram of command.datagrams) this.#send(command.to, datagram);
        return;
      case 'add-peer':
        this.ledger.clear(command.peer);
        this.#peers.set(command.peer, new SimPeer());
        return;
      default:
        this.#executeFor(command.peer, this.#peers.get(command.peer) as SimPeer, command);
    }
  }

  #executeFor(id: PeerId, peer: SimPeer, command: EngineCommand): void {
    switch (command.kind) {
      case 'remove-peer':
        this.#retire(id, peer.keyring.clear());
        this.#peers.delete(id);
        this.#events.push({ kind: 'peer-removed', peer: id });
        return;
      case 'set-endpoint':
        this.#setEndpoint(id, peer, command.endpoint);
        return;
      case 'pin-path':
        peer.isPinned = command.pinned;
        return;
      case 'send-probe':
        this.#probe(id, peer, command.to, new TextDecoder().decode(command.packet));
        return;
      case 'install-keypair':
        this.#install(id, peer, command.keypair);
        return;
      case 'drop-keypairs':
        peer.sessionWanted = false;
        this.#retire(id, peer.keyring.clear());
        return;
      case 'expire-keypairs':
        peer.keyring.expire();
        return;
      case 'send-keepalive':
        if (peer.staged.length > 0) this.#flush(id, peer);
        else this.sendText(id, '');
        return;
      case 'drop-staged':
        peer.staged = [];
        peer.sessionWanted = false;
        return;
      default:
      // Text has no addresses, so there is nothing to route by.
    }
  }

  #setEndpoint(id: PeerId, peer: SimPeer, endpoint: Endpoint | undefined): void {
    if (endpoint !== undefined && !isAt(peer, endpoint)) this.ledger.forgetHere(id);
    peer.endpoint = endpoint;
  }

  /** A packet is text here, too. */
  #probe(id: PeerId, peer: SimPeer, to: Endpoint | undefined, text: string): void {
    const keypair = this.#usable(peer);
    if (keypair === undefined) return;
    if (to === undefined || isAt(peer, to)) {
      this.#transmitText(id, peer, keypair, text);
      return;
    }
    this.#send(to, seal(keypair, text));
    this.ledger.recordSentElsewhere(id, 32 + text.length);
  }

  #install(id: PeerId, peer: SimPeer, material: KeypairMaterial): void {
    const keypair = new Keypair(material);
    this.#retire(id, peer.keyring.install(keypair));
    this.#sessions.set(keypair.localIndex, { keypair, id });
    this.ledger.recordReceived(id, this.#clock.at, 0, false);
    if (!keypair.isInitiator) return;
    peer.sessionWanted = false;
    if (peer.staged.length > 0) this.#flush(id, peer);
    else this.sendText(id, '');
  }

  #flush(id: PeerId, peer: SimPeer): void {
    for (const text of peer.staged.splice(0)) this.sendText(id, text);
  }

  #retire(id: PeerId, keypairs: readonly Keypair[]): void {
    for (const keypair of keypairs) {
      keypair.wipe();
      this.#sessions.delete(keypair.localIndex);
      this.#events.push({ kind: 'keypair-retired', peer: id, localIndex: keypair.localIndex });
    }
  }

  #usable(peer: SimPeer): Keypair | undefined {
    const keypair = peer.keyring.current;
    if (keypair === undefined || !keypair.canSend) return undefined;
    return this.#clock.at - keypair.createdAt < this.#limits.rejectAfter ? keypair : undefined;
  }

  #transmitText(id: PeerId, peer: SimPeer, keypair: Keypair, text: string): void {
    if (peer.endpoint === undefined) return;
    this.#send(peer.endpoint, seal(keypair, text));
    const news = this.ledger.recordSent(id, this.#clock.at, 32 + text.length, text !== '');
    if (news) this.#events.push({ kind: 'traffic', peer: id });
    const aged = keypair.isInitiator && this.#clock.at - keypair.createdAt > this.#limits.rekeyAfter;
    if (!aged || peer.askedOnSend === keypair) return;
    peer.askedOnSend = keypair;
    this.#events.push({ kind: 'rekey-due', peer: id, reason: 'age-on-send' });
  }

  #receiveTransport(packet: SimTransport, from: Endpoint): void {
    const session = this.#sessions.get(packet.receiver);
    if (session === undefined || toHex(session.keypair.receiveKey) !== packet.key) return;
    const { keypair, id } = session;
    if (this.#clock.at - keypair.createdAt >= this.#limits.rejectAfter) return;
    const peer = this.#peers.get(id) as SimPeer;
    const { expected } = keypair.replay;
    if (!keypair.replay.accept(0, packet.counter)) return;
    this.ledger.recordArrivals(id, 1, keypair.replay.expected - expected);
    if (peer.keyring.next === keypair) this.#confirm(id, peer, keypair);
    const data = packet.text !== '';
    if (peer.isPinned && peer.endpoint !== undefined && !isAt(peer, from)) this.#hear(id, peer, from, data);
    else this.#arriveHere(id, peer, from, data);
    if (data) this.delivered.push({ peer: id, text: packet.text });
    const news = this.ledger.recordReceived(id, this.#clock.at, 32 + packet.text.length, data);
    if (news) this.#events.push({ kind: 'traffic', peer: id });
    this.#askOnReceive(id, peer, keypair);
  }

  #askOnReceive(id: PeerId, peer: SimPeer, keypair: Keypair): void {
    const aged = keypair.isInitiator && this.#clock.at - keypair.createdAt > this.#limits.rekeyOnReceiveAfter;
    if (!aged || peer.askedOnReceive === keypair || peer.keyring.current !== keypair) return;
    peer.askedOnReceive = keypair;
    this.#events.push({ kind: 'rekey-due', peer: id, reason: 'age-on-receive' });
  }

  #confirm(id: PeerId, peer: SimPeer, keypair: Keypair): void {
    this.#retire(id, peer.keyring.confirmNext());
    peer.sessionWanted = false;
    this.#events.push({ kind: 'session-confirmed', peer: id, localIndex: keypair.localIndex });
    this.#flush(id, peer);
  }

  #hear(id: PeerId, peer: SimPeer, from: Endpoint, data: boolean): void {
    if (this.#clock.at - (data ? peer.heardDataAt : peer.heardAt) < HEARD_INTERVAL_MS) return;
    peer.heardAt = this.#clock.at;
    if (data) peer.heardDataAt = this.#clock.at;
    this.#events.push({ kind: 'heard', peer: id, endpoint: from, data });
  }

  #arriveHere(id: PeerId, peer: SimPeer, from: Endpoint, data: boolean): void {
    this.#roam(id, peer, from);
    this.ledger.recordHere(id, this.#clock.at, data);
  }

  #roam(id: PeerId, peer: SimPeer, from: Endpoint): void {
    if (isAt(peer, from)) return;
    peer.endpoint = from;
    this.#events.push({ kind: 'roamed', peer: id, endpoint: from });
  }

  #receiveBytes(datagram: Uint8Array, from: Endpoint): void {
    const candidate = this.#mac1Key && this.#reader.read(datagram, this.#mac1Key);
    if (candidate === undefined) return;
    const { type, message } = candidate;
    if (type === 'cookie-reply' || this.#isAdmitted(message, from))
      this.#events.push({ kind: 'handshake', ...candidate, from });
  }

  #isAdmitted(message: Uint8Array, from: Endpoint): boolean {
    const [profile, now] = [this.#profile, this.#clock.at];
    const admission = this.#door.admit(message, from, this.backlog, profile, now);
    if (admission === 'admitted') return true;
    this.drops[DROP[admission]] += 1;
    if (admission === 'cookie-sent') this.#send(from, this.#door.cookieReply(message, from, { profile, now }));
    return false;
  }
}

function seal(keypair: Keypair, text: string): SimTransport {
  const counter = keypair.counterLow;
  keypair.reserve(1);
  return { receiver: keypair.remoteIndex, key: toHex(keypair.sendKey), counter, text };
}

function isAt({ endpoint }: SimPeer, other: Endpoint): boolean {
  return endpoint !== undefined && sameEndpoint(endpoint, other);
}
