/**
 * What initiator and responder have in common: who we are, how we look on the wire, and the steps
 * that end a handshake on either side.
 */
import { MacChecker } from '../cookie/mac-checker.ts';
import type { HandshakeCrypto, X25519Keypair } from '../crypto.ts';
import type { Endpoint } from '../endpoint.ts';
import { sameEndpoint } from '../endpoint.ts';
import type { KeypairMaterial, ReceiverIndex } from '../engine-port.ts';
import type { Profile } from '../obfuscation/profile.ts';
import type { Outbox } from '../outbox.ts';
import type { Peer } from '../peer.ts';
import type { Random } from '../random.ts';
import { IndexTable } from '../routing/index-table.ts';
import type { Instant, Moment } from '../time.ts';

export interface HandshakeOptions {
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly profile: Profile;
  readonly outbox: Outbox;
  readonly keypair: X25519Keypair;
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

  constructor(options: HandshakeOptions) {
    this.crypto = options.crypto;
    this.random = options.random;
    this.outbox = options.outbox;
    this.profile = options.profile;
    this.#keypair = options.keypair;
    this.#checker = new MacChecker(options.crypto, options.random, options.keypair.publicKey);
    this.#announceIdentity();
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

  /** An authenticated handshake message came from here, so this is where the peer is (paper 6.6). */
  roam(peer: Peer, from: Endpoint): void {
    const previous = peer.endpoint;
    this.setEndpoint(peer, from);
    if (previous === undefined || sameEndpoint(previous, from)) return;
    this.outbox.event({ kind: 'peer-roamed', peer: peer.id, endpoint: from });
  }

  setEndpoint(peer: Peer, endpoint: Endpoint | undefined): void {
    peer.endpoint = endpoint;
    this.outbox.command({ kind: 'set-endpoint', peer: peer.id, endpoint });
  }

  /** Hands the keys of a finished handshake to the data plane, which owns and wipes them. */
  install(peer: Peer, keypair: KeypairMaterial, now: Instant): void {
    peer.keypairs += 1;
    peer.timers.sessionDerived(now);
    this.outbox.command({ kind: 'install-keypair', peer: peer.id, keypair, confirm: keypair.isInitiator });
  }

  /** The keys are in use on both sides. */
  complete(peer: Peer, role: 'initiator' | 'responder', now: Moment): void {
    peer.lastHandshake = now.wall;
    peer.timers.handshakeCompleted();
    const tookMilliseconds = now.at - peer.handshakeBegan;
    this.outbox.event({ kind: 'handshake-completed', peer: peer.id, role, tookMilliseconds });
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
}
