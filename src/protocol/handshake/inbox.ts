/**
 * Where a handshake message enters the core, having passed the door: to whoever deals with its kind.
 *
 *     data plane -> door -+-> initiation   -> responder
 *                         +-> response     -> initiator
 *                         +-> cookie reply -> the peer's MACs
 */
import type { EngineEvent } from '../engine-port.ts';
import type { Peer } from '../peer.ts';
import type { PeerTable } from '../peer-table.ts';
import type { Instant, Moment } from '../time.ts';
import { parseCookieReply } from '../wire/cookie-reply.ts';
import type { HandshakeContext } from './context.ts';
import type { Initiator } from './initiator.ts';
import { Responder } from './responder.ts';

type HandshakeEvent = Extract<EngineEvent, { kind: 'handshake' }>;

export class HandshakeInbox {
  readonly #context: HandshakeContext;
  readonly #initiator: Initiator;
  readonly #responder: Responder;

  constructor(context: HandshakeContext, peers: PeerTable, initiator: Initiator) {
    this.#context = context;
    this.#initiator = initiator;
    this.#responder = new Responder(context, peers);
  }

  /** Returns the peer whose handshake has moved on, if any has. */
  handle(event: HandshakeEvent, now: Moment): Peer | undefined {
    if (event.type === 'cookie-reply') return this.#handleCookieReply(event, now.at);
    if (event.type === 'initiation') return this.#responder.consumeInitiation(event.message, event.from, now);
    return this.#initiator.consumeResponse(event.message, event.from, now);
  }

  /** Not roamed upon: it proves that its sender saw our message, not that it is the peer. */
  #handleCookieReply({ message, from }: HandshakeEvent, now: Instant): undefined {
    const { indices, outbox } = this.#context;
    const reply = parseCookieReply(message);
    const peer = reply === undefined ? undefined : indices.get(reply.receiver);
    if (peer?.stamper.consumeReply(message, now) === true) outbox.event({ kind: 'cookie-received', peer: peer.id });
    else outbox.drop('bad-cookie-reply', from);
    return undefined;
  }
}
