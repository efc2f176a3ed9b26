/**
 * Where a handshake message enters the core: past the door, to whoever deals with its kind.
 *
 *     data plane -> load guard -+-> initiation   -> responder
 *                   (not for    +-> response     -> initiator
 *                    cookies)   +-> cookie reply -> the peer's MACs
 */
import type { Endpoint } from '../endpoint.ts';
import type { EngineEvent } from '../engine-port.ts';
import type { Peer } from '../peer.ts';
import type { PeerTable } from '../peer-table.ts';
import { draw } from '../range.ts';
import type { Instant, Moment } from '../time.ts';
import { parseCookieReply } from '../wire/cookie-reply.ts';
import type { HandshakeContext } from './context.ts';
import type { Initiator } from './initiator.ts';
import type { Admission } from './load-guard.ts';
import { LoadGuard } from './load-guard.ts';
import { Responder } from './responder.ts';

type HandshakeEvent = Extract<EngineEvent, { kind: 'handshake' }>;

export class HandshakeInbox {
  readonly #context: HandshakeContext;
  readonly #initiator: Initiator;
  readonly #responder: Responder;
  readonly #guard = new LoadGuard();

  constructor(context: HandshakeContext, peers: PeerTable, initiator: Initiator) {
    this.#context = context;
    this.#initiator = initiator;
    this.#responder = new Responder(context, peers);
  }

  /** Returns the peer whose handshake has moved on, if any has. */
  handle(event: HandshakeEvent, now: Moment): Peer | undefined {
    if (event.type === 'cookie-reply') return this.#handleCookieReply(event, now.at);
    if (!this.#admit(event, now.at)) return undefined;
    if (event.type === 'initiation') return this.#responder.consumeInitiation(event.message, event.from, now);
    return this.#initiator.consumeResponse(event.message, event.from, now);
  }

  #admit(event: HandshakeEvent, now: Instant): boolean {
    const { message, from } = event;
    const admission = this.#judge(event, now);
    switch (admission) {
      case 'admitted':
        return true;
      case 'cookie-needed':
        this.#sendCookie(message, from, now);
        return false;
      case 'bad-mac1':
      case 'rate-limited':
        this.#context.outbox.drop(admission, from);
        return false;
    }
  }

  /** Without cookies nobody could show where he is, so then load changes nothing (AWG 3.1 and its next releases). */
  #judge({ message, from, backlog }: HandshakeEvent, now: Instant): Admission {
    const { checker, profile } = this.#context;
    if (profile.disableCookies) return checker.hasValidMac1(message) ? 'admitted' : 'bad-mac1';
    return this.#guard.admit(checker, message, from, backlog, now);
  }

  #sendCookie(message: Uint8Array, from: Endpoint, now: Instant): void {
    const { checker, outbox, profile, random } = this.#context;
    const reply = checker.createReply(message, draw(profile.cookieReply.header, random), from, now);
    outbox.transmit(from, [this.#context.disguise(profile.cookieReply, reply)]);
    outbox.drop('cookie-sent', from);
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
