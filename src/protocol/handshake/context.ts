/**
 * What initiator and responder have in common: who we are, how we look on the wire, and the steps
 * that end a handshake on either side.
 */
import { KEY_BYTES } from '../constants.ts';
import type { HandshakeCrypto, X25519Keypair } from '../crypto.ts';
import type { Endpoint } from '../endpoint.ts';
import { sameEndpoint } from '../endpoint.ts';
import type { KeypairLimits, KeypairMaterial, ReceiverIndex } from '../engine-port.ts';
import { disguise } from '../obfuscation/disguise.ts';
import type { MessageShape, Profile } from '../obfuscation/profile.ts';
import type { Outbox } from '../outbox.ts';
import type { Peer } from '../peer.ts';
import type { Random } from '../random.ts';
import { IndexTable } from '../routing/index-table.ts';
import type { Instant, Moment } from '../time.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import { keypairLimits, sameLimits } from '../timers/timing.ts';
import { SteadyWall } from './steady-wall.ts';

export interface HandshakeOptions {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly profile: Profile;
  readonly outbox: Outbox;
  /** Undefined: we are nobody yet. */
  readonly keypair: X25519Keypair | undefined;
  readonly timing: TimingPolicy;
}

export class HandshakeContext {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly outbox: Outbox;
  /** Whose initiation or keypair an index stands for. BOUNDED per peer: its initiations and keypairs. */
  readonly indices = new IndexTable<Peer>();
  /** What timestamps are made from. */
  readonly wall = new SteadyWall();
  profile: Profile;
  #keypair: X25519Keypair;
  #hasIdentity: boolean;
  #timing: TimingPolicy;
  #limits: KeypairLimits | undefined;

  constructor(options: HandshakeOptions) {
    this.crypto = options.crypto;
    this.random = options.random;
    this.outbox = options.outbox;
    this.profile = options.profile;
    this.#timing = options.timing;
    this.#hasIdentity = options.keypair !== undefined;
    this.#keypair = options.keypair ?? nobody(options.crypto);
    this.#announceIdentity();
    this.#announceLimits();
  }

  /** Whether there is a private key. Without one nothing may be sent, and nothing is understood. */
  get hasIdentity(): boolean {
    return this.#hasIdentity;
  }

  /** Our static keypair; one that stands in for it while we are nobody. */
  get keypair(): X25519Keypair {
    return this.#keypair;
  }

  /** From here on we are somebody else, or nobody. The old private key is wiped. */
  become(keypair: X25519Keypair | undefined): void {
    this.#keypair.rawPrivateKey.fill(0);
    this.#hasIdentity = keypair !== undefined;
    this.#keypair = keypair ?? nobody(this.crypto);
    this.#announceIdentity();
  }

  get timing(): TimingPolicy {
    return this.#timing;
  }

  set timing(timing: TimingPolicy) {
    this.#timing = timing;
    this.#announceLimits();
  }

  /** The datagram in which a finished message of this shape, MACs and all, travels. */
  disguise(shape: MessageShape, message: Uint8Array): Uint8Array {
    return disguise(this.profile, shape, message, this.crypto, this.random);
  }

  /**
   * An authenticated handshake message came from here, so this is where the peer is (paper 6.6), unless
   * it is pinned elsewhere.
   */
  roam(peer: Peer, from: Endpoint): void {
    const previous = peer.endpoint;
    const isElsewhere = previous !== undefined && !sameEndpoint(previous, from);
    if (isElsewhere && peer.isPinned) {
      this.outbox.event({ kind: 'heard-elsewhere', peer: peer.id, endpoint: from, data: false });
      return;
    }
    this.moveTo(peer, from);
  }

  /** From now on the peer is here, pinned or not. */
  moveTo(peer: Peer, endpoint: Endpoint): void {
    const previous = peer.endpoint;
    this.setEndpoint(peer, endpoint);
    if (previous === undefined || sameEndpoint(previous, endpoint)) return;
    this.outbox.event({ kind: 'peer-roamed', peer: peer.id, endpoint });
  }

  setEndpoint(peer: Peer, endpoint: Endpoint | undefined): void {
    peer.endpoint = endpoint;
    this.outbox.command({ kind: 'set-endpoint', peer: peer.id, endpoint });
  }

  /** Hands the keys of a finished handshake to the data plane, which owns and wipes them. */
  install(peer: Peer, keypair: KeypairMaterial, now: Instant): void {
    peer.keypairs += 1;
    peer.timers.sessionDerived(now);
    this.#announceLimits();
    this.outbox.command({ kind: 'install-keypair', peer: peer.id, keypair, confirm: keypair.isInitiator });
  }

  /** The keys are in use on both sides, by a handshake message from `endpoint`. */
  complete(peer: Peer, role: 'initiator' | 'responder', endpoint: Endpoint, now: Moment): void {
    peer.lastHandshake = now.wall;
    peer.sessionSince = now.at;
    if (role === 'responder') peer.hasInitiated = true;
    peer.timers.handshakeCompleted();
    const tookMilliseconds = now.at - peer.handshakeBegan;
    this.outbox.event({ kind: 'handshake-completed', peer: peer.id, role, endpoint, tookMilliseconds });
  }

  /** No response to any initiation of ours is welcome any more. */
  forgetInitiations(peer: Peer): void {
    this.free(peer.initiations.clear());
    peer.timers.initiationsForgotten();
  }

  free(indices: readonly ReceiverIndex[]): void {
    for (const index of indices) this.indices.free(index);
  }

  #announceIdentity(): void {
    const publicKey = this.#hasIdentity ? this.#keypair.publicKey : undefined;
    this.outbox.command({ kind: 'set-identity', publicKey });
  }

  /** Drawn anew with every keypair, so that a busy device does not rekey like a clock (AWG 3.0). */
  #announceLimits(): void {
    const limits = keypairLimits(this.#timing, this.random);
    if (this.#limits !== undefined && sameLimits(this.#limits, limits)) return;
    this.#limits = limits;
    this.outbox.command({ kind: 'set-limits', limits });
  }
}

/** Known to everyone, and so of no use to anyone: peers are kept with it until there is a real one. */
function nobody(crypto: HandshakeCrypto): X25519Keypair {
  return crypto.loadPrivateKey(new Uint8Array(KEY_BYTES));
}
