/**
 * The side that begins a handshake: sends an initiation, repeats it until there is a response, and
 * gives up in the end (paper 5.4.2 and 6.4).
 */
import type { DropReason } from '../drop-reason.ts';
import type { Endpoint } from '../endpoint.ts';
import { withoutLocal } from '../endpoint.ts';
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
    this.#forgetSource(peer);
    this.begin(peer, now);
  }

  /** No response in time. */
  retry(peer: Peer, now: Moment): void {
    if (peer.timers.initiations > 0) this.#forgetSource(peer);
    this.#send(peer, now);
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
    this.#context.roam(peer, from);
    this.#context.install(peer, { ...session, isInitiator: true, createdAt: initiation.sentAt }, now.at);
    this.#context.complete(peer, 'initiator', now);
  }

  #send(peer: Peer, now: Moment): void {
    const { timers, endpoint } = peer;
    const message = endpoint === undefined ? undefined : this.#createMessage(peer, now);
    if (endpoint === undefined || message === undefined) {
      timers.initiationFailed(now.at);
      return;
    }
    const { outbox, profile, random } = this.#context;
    const datagrams = this.#prelude.build(profile, random, now);
    datagrams.push(this.#context.disguise(profile.initiation, message));
    outbox.transmit(endpoint, datagrams, peer.id);
    timers.initiationSent(now.at);
    outbox.event({ kind: 'handshake-sent', peer: peer.id, attempt: timers.initiations });
  }

  /** The type goes in before the MACs, which cover it. Undefined where the peer's key is of low order. */
  #createMessage(peer: Peer, now: Moment): Uint8Array | undefined {
    const { crypto, indices, keypair, profile, random } = this.#context;
    const sender = indices.allocate(peer, random);
    const initiation = createInitiation(crypto, keypair, peer.remote, {
      type: draw(profile.initiation.header, random),
      sender,
      timestamp: peer.timestamps.next(now.wall),
    });
    if (initiation === undefined) {
      indices.free(sender);
      return undefined;
    }
    this.#context.free(peer.initiations.add({ pending: initiation.pending, sentAt: now.at }));
    peer.stamper.stamp(initiation.message, now.at);
    return initiation.message;
  }

  /** Routes may have changed: let the system choose again which address of ours to send from. */
  #forgetSource(peer: Peer): void {
    if (peer.endpoint?.local !== undefined) this.#context.setEndpoint(peer, withoutLocal(peer.endpoint));
  }

  #refuse(reason: DropReason, from: Endpoint): undefined {
    this.#context.outbox.drop(reason, from);
  }

  #dropStaged(peer: Peer): void {
    this.#context.outbox.command({ kind: 'drop-staged', peer: peer.id });
  }
}
