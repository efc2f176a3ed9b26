/**
 * Lets through what is a handshake message for us: a candidate of the classifier whose mac1 is right.
 * Stands in the data plane, so that a flood of anything else never reaches the control thread.
 */
import { equalBytes } from '../protocol/bytes.ts';
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, MAC_BYTES, RESPONSE_BYTES } from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { HandshakeKind } from '../protocol/engine-port.ts';
import { MESSAGE } from '../protocol/obfuscation/classifier.ts';
import { maskMessage } from '../protocol/obfuscation/header-protection.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import { decodePath } from '../transport/path.ts';
import type { Context } from './context.ts';

interface HandshakeShape {
  readonly type: HandshakeKind;
  readonly prefix: number;
  readonly bytes: number;
  /** Initiations and responses end in mac1 and mac2; cookie replies have neither. */
  readonly hasMac: boolean;
}

/** Says how many handshake messages the core will still take, and counts what it is given. */
export interface HandshakeCredit {
  /** Takes one unit; returns how many messages are now waiting, or -1 when the backlog is full. */
  take(): number;
}

export class HandshakeFilter {
  readonly #context: Context;
  readonly #credit: HandshakeCredit;
  /** By MESSAGE. */
  #shapes: readonly HandshakeShape[];

  constructor(context: Context, credit: HandshakeCredit) {
    this.#context = context;
    this.#credit = credit;
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
    if (shape.hasMac && !this.#hasValidMac1(message)) return false;
    const backlog = this.#credit.take();
    if (backlog < 0) {
      this.#context.counters.drop(DROP['handshake-backlog-full']);
      return true;
    }
    const from = decodePath(this.#context.arena.bytes, path);
    this.#context.emit({ kind: 'handshake', type: shape.type, message: message.slice(), from, backlog });
    return true;
  }

  /** The message without prefix, trailer and mask; in the arena where there is no mask to take off. */
  #read(shape: HandshakeShape, offset: number): Uint8Array {
    const { arena, crypto, profile } = this.#context;
    const datagram = arena.bytes.subarray(offset, offset + shape.prefix + shape.bytes);
    return maskMessage(crypto, profile.headerProtection, datagram, datagram.subarray(shape.prefix));
  }

  #hasValidMac1(message: Uint8Array): boolean {
    const { crypto, mac1Key } = this.#context;
    if (mac1Key === undefined) return false;
    const end = message.length - 2 * MAC_BYTES;
    return equalBytes(crypto.mac(mac1Key, message.subarray(0, end)), message.subarray(end, end + MAC_BYTES));
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
