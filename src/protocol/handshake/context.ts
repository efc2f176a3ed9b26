/**
 * What initiator and responder have in common: who we are, how we look on the wire, and the steps
 * that end a handshake on either side.
 */
import { MacChecker } from '../cookie/mac-checker.ts';
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

export interface HandshakeOptions {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly profile: Profile;
  readonly outbox: Outbox;
  readonly keypair: X25519Keypair;
  readonly timing: TimingPolicy;
}

export class HandshakeContext {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly outbox: Outbox;
  /** Whose initiation or keypair an index stands for. BOUNDED per peer: its initiations and keypairs. */
  readonly indices = new IndexTable<Peer>();
  profile: Profile;
  #keypair: X25519Keypair;
  #checker: MacChecker;
  readonly #timing: TimingPolicy;
  #limits: KeypairLimits | undefined;

  constructor(options: HandshakeOptions) {
    this.crypto = options.crypto;
    this.random = options.random;
    this.outbox = options.outbox;
    this.profile = options.profile;
    this.#timing = options.timing;
    this.#keypair = options.keypair;
    this.#checker = new MacChecker(options.crypto, options.random, options.keypair.publicKey);
    this.#announceIdentity();
    this.#announceLimits();
  }

  /** Our static keypair. */
  get keypair(): X25519Keypair {
    return this.#keypair;
  }

  /** Checks the MACs of what is sent to us. */
  get checker(): MacChecker {
    return this.#checker;
  }

  /** From here on we are somebody else. The old private key is wiped. */
  become(keypair: X25519Keypair): void {
    this.#keypair.rawPrivateKey.fill(0);
    this.#keypair = keypair;
    this.#checker = new MacChecker(this.crypto, this.random, keypair.publicKey);
    this.#announceIdentity();
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
    this.outbox.command({ kind: 'set-identity', mac1Key: this.#checker.mac1Key });
  }

  /** Drawn anew with every keypair, so that a busy device does not rekey like a clock (AWG 3.0). */
  #announceLimits(): void {
    const limits = keypairLimits(this.#timing, this.random);
    if (this.#limits !== undefined && sameLimits(this.#limits, limits)) return;
    this.#limits = limits;
    this.outbox.command({ kind: 'set-limits', limits });
  }
}
