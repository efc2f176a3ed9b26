/**
 * The side that answers a handshake (paper 5.4.3). It has keys with its response already, and knows
 * that the initiator has them too when the first packet under them arrives.
 */
import type { DropReason } from '../drop-reason.ts';
import type { Endpoint } from '../endpoint.ts';
import { sameEndpoint } from '../endpoint.ts';
import type { KeypairMaterial } from '../engine-port.ts';
import type { PendingResponse } from '../noise/handshake.ts';
import { consumeInitiation, createResponse, wipe } from '../noise/handshake.ts';
import type { Peer } from '../peer.ts';
import type { PeerTable } from '../peer-table.ts';
import { draw } from '../range.ts';
import type { Moment } from '../time.ts';
import type { HandshakeContext } from './context.ts';

export class Responder {
  readonly #context: HandshakeContext;
  readonly #peers: PeerTable;

  constructor(context: HandshakeContext, peers: PeerTable) {
    this.#context = context;
    this.#peers = peers;
  }

  /**
   * The checks in the order of their cost: static key, known peer, timestamp, its age and distance.
   * Nothing has changed when one of them fails.
   *
   * @returns the peer that was answered
   */
  consumeInitiation(message: Uint8Array, from: Endpoint, now: Moment): Peer | undefined {
    const { crypto, keypair } = this.#context;
    const consumed = consumeInitiation(crypto, keypair, message, (key) => this.#peers.find(key)?.remote);
    if (consumed.kind === 'refused') return this.#refuse(consumed.reason, from);
    const peer = this.#peers.find(consumed.publicKey) as Peer;
    const judgement = peer.takeInitiation(consumed.timestamp, now.at);
    if (judgement !== 'taken') {
      wipe(consumed.pending);
      return this.#refuse(judgement, from);
    }
    return this.#respond(peer, consumed.pending, from, now);
  }

  #respond(peer: Peer, pending: PendingResponse, from: Endpoint, now: Moment): Peer | undefined {
    const { crypto, indices, profile, random, outbox } = this.#context;
    const remoteIndex = pending.receiver;
    const localIndex = indices.allocate(peer, random);
    const type = draw(profile.response.header, random);
    const response = createResponse(crypto, pending, peer.presharedKey, { type, sender: localIndex });
    if (response === undefined) {
      indices.free(localIndex);
      return this.#refuse('bad-handshake', from);
    }
    const keypair: KeypairMaterial = {
      ...response.keys,
      localIndex,
      remoteIndex,
      isInitiator: false,
      createdAt: now.at,
    };
    peer.answeredTo = from;
    this.#locate(peer, from);
    this.#context.install(peer, keypair, now.at);
    peer.stamper.stamp(response.message, now.at);
    outbox.transmit(from, [this.#context.disguise(profile.response, response.message)], peer.id);
    peer.timers.responseSent(now.at);
    if (!peer.timers.isHandshaking) peer.handshakeBegan = now.at;
    outbox.event({ kind: 'handshake-answered', peer: peer.id });
    return peer;
  }

  /**
   * Whoever restarts has forgotten which initiations it has seen, and an old one that somebody sends again
   * passes every check (5.1). So until an initiation of the peer has led to a session, they move nobody who
   * is somewhere already: the answer goes to where they came from, and the first message under the new keys,
   * which only the peer can make, moves it there.
   */
  #locate(peer: Peer, from: Endpoint): void {
    const isElsewhere = peer.endpoint !== undefined && !sameEndpoint(peer.endpoint, from);
    if (!isElsewhere || peer.isPinned || peer.hasInitiated) this.#context.roam(peer, from);
  }

  #refuse(reason: DropReason, from: Endpoint): undefined {
    this.#context.outbox.drop(reason, from);
  }
}
