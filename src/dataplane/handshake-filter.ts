/**
 * Lets through what is a handshake message for us, a candidate of the classifier whose mac1 is right, and
 * welcome: see `protocol/handshake/door.ts`. Stands in the data plane, so that a flood of anything else never
 * reaches the control thread.
 */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES } from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { HandshakeKind } from '../protocol/engine-port.ts';
import { MESSAGE } from '../protocol/obfuscation/classifier.ts';
import { maskMessage } from '../protocol/obfuscation/header-protection.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import { decodePath } from '../transport/path.ts';
import type { Context } from './context.ts';
import { CookiePost } from './cookie-post.ts';

interface HandshakeShape {
  readonly type: HandshakeKind;
  readonly prefix: number;
  readonly bytes: number;
  /** Initiations and responses end in mac1 and mac2; cookie replies have neither. */
  readonly hasMac: boolean;
}

/** Says how many handshake messages the core will still take, and counts what it is given. */
export interface HandshakeCredit {
  /** Messages that wait now. */
  waiting(): number;
  /** Whether there is room for one more; if so, it is counted. */
  take(): boolean;
}

export class HandshakeFilter {
  readonly #context: Context;
  readonly #credit: HandshakeCredit;
  readonly #cookies: CookiePost;
  /** By MESSAGE. */
  #shapes: readonly HandshakeShape[];

  constructor(context: Context, credit: HandshakeCredit) {
    this.#context = context;
    this.#credit = credit;
    this.#cookies = new CookiePost(context);
    this.#shapes = shapesOf(context.profile);
  }

  /** The profile of the context is another one. */
  profileChanged(): void {
    this.#shapes = shapesOf(this.#context.profile);
  }

  /** @returns false when the datagram at `offset` is not the message of that kind after all */
  handle(kind: number, offset: number, path: number): boolean {
    const shape = this.#shapes[kind];
    const message = this.#read(shape, offset);
    if (shape.hasMac && !this.#context.door.isForUs(message)) return false;
    const from = decodePath(this.#context.arena.bytes, path);
    if (!shape.hasMac || this.#isAdmitted(message, from, path)) this.#report(shape.type, message, from);
    return true;
  }

  /** The cookie replies of this turn; before the carrier receives again. */
  finish(): void {
    this.#cookies.flush();
  }

  #isAdmitted(message: Uint8Array, from: Endpoint, path: number): boolean {
    const { counters, door, now, profile } = this.#context;
    const admission = door.admit(message, from, this.#credit.waiting() + 1, profile, now);
    if (admission === 'admitted') return true;
    if (admission === 'cookie-sent') this.#cookies.add(door.cookieReply(message, from, { profile, now }), path);
    counters.drop(DROP[admission]);
    return false;
  }

  #report(type: HandshakeKind, message: Uint8Array, from: Endpoint): void {
    if (this.#credit.take()) this.#context.emit({ kind: 'handshake', type, message: message.slice(), from });
    else this.#context.counters.drop(DROP['handshake-backlog-full']);
  }

  /** The message without prefix, trailer and mask; in the arena where there is no mask to take off. */
  #read(shape: HandshakeShape, offset: number): Uint8Array {
    const { arena, crypto, profile } = this.#context;
    const datagram = arena.bytes.subarray(offset, offset + shape.prefix + shape.bytes);
    return maskMessage(crypto, profile.headerProtection, datagram, datagram.subarray(shape.prefix));
  }
}

function shapesOf({ initiation, response, cookieReply }: Profile): readonly HandshakeShape[] {
  const shapes: HandshakeShape[] = [];
  shapes[MESSAGE.initiation] = { type: 'initiation', prefix: initiation.prefix, bytes: INITIATION_BYTES, hasMac: true };
  shapes[MESSAGE.response] = { type: 'response', prefix: response.prefix, bytes: RESPONSE_BYTES, hasMac: true };
  shapes[MESSAGE.cookieReply] = {
    type: 'cookie-reply',
    prefix: cookieReply.prefix,
    bytes: COOKIE_REPLY_BYTES,
    hasMac: false,
  };
  return shapes;
}
