/**
 * The side that begins a handshake: sends an initiation, repeats it until there is a response, and
 * gives up in the end (paper 5.4.2 and 6.4).
 */
import { TRIAL_INITIATION_INTERVAL_MS } from '../constants.ts';
import type { DropReason } from '../drop-reason.ts';
import type { Endpoint } from '../endpoint.ts';
import { sameEndpoint, withoutLocal } from '../endpoint.ts';
import type { KeypairMaterial } from '../engine-port.ts';
import { consumeResponse, createInitiation } from '../noise/handshake.ts';
import { Prelude } from '../obfuscation/prelude.ts';
import type { Peer } from '../peer.ts';
import { draw } from '../range.ts';
import type { Moment } from '../time.ts';
import { parseResponse } from '../wire/response.ts';
import type { HandshakeContext } from './context.ts';
import type { SentInitiation } from './sent-initiations.ts';

export class Initiator {
  readonly #context: HandshakeContext;
  readonly #prelude = new Prelude();

  constructor(context: HandshakeContext) {
    this.#context = context;
  }

  /** A session is wanted. Nothing happens where a handshake is already going on. */
  begin(peer: Peer, now: Moment): void {
    if (peer.timers.isHandshaking) return;
    if (!peer.isReachable) {
      this.#dropStaged(peer);
      return;
    }
    peer.handshakeBegan = now.at;
    if (peer.timers.handshakeWanted(now.at)) this.#send(peer, now);
  }

  /** Begins anew with a peer that has gone silent: our own address may be why. */
  beginAfterSilence(peer: Peer, now: Moment): void {
    this.forgetSource(peer);
    this.begin(peer, now);
  }

  /** Begins anew at once, also where a handshake is going on: the way to the peer is another one. */
  beginAnew(peer: Peer, now: Moment): void {
    this.forgetSource(peer);
    peer.timers.obstacleGone();
    this.begin(peer, now);
  }

  /** No response in time. */
  retry(peer: Peer, now: Moment): void {
    if (peer.timers.initiations > 0) this.forgetSource(peer);
    this.#send(peer, now);
  }

  /**
   * An initiation to a place of the owner's choice, beside whatever is going on: no timer of a handshake
   * is changed, and it is not repeated.
   *
   * @returns whether it was sent: not so soon after another, and not to a key of low order
   */
  tryVia(peer: Peer, endpoint: Endpoint, now: Moment): boolean {
    const { trialSentAt, timers } = peer;
    if (trialSentAt !== undefined && now.at - trialSentAt < TRIAL_INITIATION_INTERVAL_MS) return false;
    const message = peer.isReachable ? this.#createMessage(peer, true, now) : undefined;
    if (message === undefined) return false;
    if (!timers.isHandshaking) peer.handshakeBegan = now.at;
    peer.trialSentAt = now.at;
    timers.trialSent(now.at);
    this.#transmit(peer, endpoint, message, now);
    this.#context.outbox.event({ kind: 'handshake-sent', peer: peer.id, attempt: peer.initiations.size });
    return true;
  }

  /** The data plane will ask for a session again when it has new data. */
  giveUp(peer: Peer): void {
    this.#context.forgetInitiations(peer);
    this.#dropStaged(peer);
    this.#context.outbox.event({ kind: 'handshake-gave-up', peer: peer.id, attempts: peer.timers.initiations });
  }

  /** Returns the peer that has answered us. */
  consumeResponse(message: Uint8Array, from: Endpoint, now: Moment): Peer | undefined {
    const { crypto, indices, keypair } = this.#context;
    const response = parseResponse(message);
    if (response === undefined) return this.#refuse('bad-handshake', from);
    const peer = indices.get(response.receiver);
    const initiation = peer?.initiations.find(response.receiver);
    if (peer === undefined || initiation === undefined) return this.#refuse('unexpected-response', from);
    const result = consumeResponse(crypto, keypair, initiation.pending, peer.presharedKey, message);
    if (result === undefined) return this.#refuse('bad-handshake', from);
    const { keys, sender: remoteIndex } = result;
    this.#establish(peer, initiation, { ...keys, localIndex: response.receiver, remoteIndex }, from, now);
    return peer;
  }

  /**
   * The keypair is as old as the initiation: the responder has made its end between then and now,
   * and must not be the first to find it too old.
   */
  #establish(
    peer: Peer,
    initiation: SentInitiation,
    session: Omit<KeypairMaterial, 'isInitiator' | 'createdAt'>,
    from: Endpoint,
    now: Moment,
  ): void {
    this.#context.free(peer.initiations.answered(session.localIndex));
    if (peer.initiations.size === 0) peer.timers.initiationsForgotten();
    if (initiation.isTrial) this.#context.moveTo(peer, from);
    else this.#context.roam(peer, from);
    this.#context.install(peer, { ...session, isInitiator: true, createdAt: initiation.sentAt }, now.at);
    this.#context.complete(peer, 'initiator', from, now);
  }

  #send(peer: Peer, now: Moment): void {
    const { timers, endpoint } = peer;
    const message = endpoint === undefined ? undefined : this.#createMessage(peer, false, now);
    if (endpoint === undefined || message === undefined) {
      timers.initiationFailed(now.at);
      return;
    }
    this.#transmit(peer, endpoint, message, now);
    timers.initiationSent(now.at);
    this.#context.outbox.event({ kind: 'handshake-sent', peer: peer.id, attempt: timers.initiations });
  }

  /** What goes elsewhere than the peer's packets is nothing that its keepalives could rely on, so it is nobody's. */
  #transmit(peer: Peer, to: Endpoint, message: Uint8Array, now: Moment): void {
    const { outbox, profile, random } = this.#context;
    const datagrams = this.#prelude.build(profile, random, now);
    datagrams.push(this.#context.disguise(profile.initiation, message));
    const isOwn = peer.endpoint !== undefined && sameEndpoint(peer.endpoint, to);
    outbox.transmit(to, datagrams, isOwn ? peer.id : undefined);
  }

  /** The type goes in before the MACs, which cover it. Undefined where the peer's key is of low order. */
  #createMessage(peer: Peer, isTrial: boolean, now: Moment): Uint8Array | undefined {
    const { crypto, indices, keypair, profile, random } = this.#context;
    const sender = indices.allocate(peer, random);
    const initiation = createInitiation(crypto, keypair, peer.remote, {
      type: draw(profile.initiation.header, random),
      sender,
      timestamp: peer.timestamps.next(this.#context.wall.read(now)),
    });
    if (initiation === undefined) {
      indices.free(sender);
      return undefined;
    }
    this.#context.free(peer.initiations.add({ pending: initiation.pending, sentAt: now.at, isTrial }));
    peer.stamper.stamp(initiation.message, now.at);
    return initiation.message;
  }

  /** Routes may have changed: let the system choose again which address of ours to send from. */
  forgetSource(peer: Peer): void {
    if (peer.endpoint?.local !== undefined) this.#context.setEndpoint(peer, withoutLocal(peer.endpoint));
  }

  #refuse(reason: DropReason, from: Endpoint): undefined {
    this.#context.outbox.drop(reason, from);
  }

  #dropStaged(peer: Peer): void {
    this.#context.outbox.command({ kind: 'drop-staged', peer: peer.id });
  }
}
