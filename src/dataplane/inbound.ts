/**
 * From the wire to the TUN:
 *
 *     receive -> classify -> transport: find keypair -> [batch: open, check, merge, write]
 *                         -> handshake: mac1 -> event for the core
 *
 * A type match makes a datagram a candidate, no more: a handshake candidate without a valid mac1 is
 * tried as the next kind, so that no header value in the payload can hide a transport message.
 */
import { equalBytes } from '../protocol/bytes.ts';
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  MAC_BYTES,
  RESPONSE_BYTES,
  TRANSPORT_MINIMUM_BYTES,
} from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { HandshakeKind } from '../protocol/engine-port.ts';
import { Classifier, MESSAGE } from '../protocol/obfuscation/classifier.ts';
import { decodePath } from '../transport/path.ts';
import type { Context } from './context.ts';
import { InboundBatch } from './inbound-batch.ts';

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

export class Inbound {
  readonly #context: Context;
  readonly #batch: InboundBatch;
  readonly #classifier: Classifier;
  readonly #credit: HandshakeCredit;
  readonly #handshakes: readonly HandshakeShape[];

  constructor(context: Context, credit: HandshakeCredit) {
    this.#context = context;
    this.#credit = credit;
    this.#batch = new InboundBatch(context);
    this.#classifier = new Classifier(context.profile);
    const { initiation, response, cookieReply } = context.profile;
    const shapes: HandshakeShape[] = [];
    shapes[MESSAGE.initiation] = {
      type: 'initiation',
      prefix: initiation.prefix,
      bytes: INITIATION_BYTES,
      hasMac: true,
    };
    shapes[MESSAGE.response] = { type: 'response', prefix: response.prefix, bytes: RESPONSE_BYTES, hasMac: true };
    shapes[MESSAGE.cookieReply] = {
      type: 'cookie-reply',
      prefix: cookieReply.prefix,
      bytes: COOKIE_REPLY_BYTES,
      hasMac: false,
    };
    this.#handshakes = shapes;
  }

  /** Moves what the carrier has, one batch. Returns whether there was any. */
  pump(): boolean {
    const { carrier } = this.#context;
    const messages = carrier.receive();
    if (messages === 0) return false;
    for (let index = 0; index < messages; index += 1) this.#handleMessage(index);
    this.#batch.finish();
    return true;
  }

  /** One received buffer: a datagram, or a train of equal ones that the kernel put together. */
  #handleMessage(index: number): void {
    const { received } = this.#context.carrier;
    const path = received.path[index];
    const segment = received.segment[index];
    let offset = received.offset[index];
    let left = received.length[index];
    let datagrams = 0;
    do {
      const length = segment > 0 && left > segment ? segment : left;
      this.#handleDatagram(offset, length, path);
      offset += length;
      left -= length;
      datagrams += 1;
    } while (left > 0);
    this.#context.counters.add('receivedDatagrams', datagrams);
  }

  #handleDatagram(offset: number, length: number, path: number): void {
    if (length < TRANSPORT_MINIMUM_BYTES) {
      this.#drop(DROP['too-short']);
      return;
    }
    const { view } = this.#context.arena;
    let reason: number = DROP['unknown-type'];
    let kind: number = MESSAGE.none;
    for (;;) {
      kind = this.#classifier.nextCandidate(view, offset, length, kind);
      if (kind === MESSAGE.none) {
        this.#drop(reason);
        return;
      }
      if (kind === MESSAGE.transport) {
        this.#handleTransport(offset, length, path);
        return;
      }
      if (this.#handleHandshake(this.#handshakes[kind], offset, path)) return;
      reason = DROP['bad-mac1'];
    }
  }

  #handleTransport(offset: number, length: number, path: number): void {
    const { arena, profile, sessions, limits, now } = this.#context;
    const message = offset + profile.transport.prefix;
    const session = sessions.get(arena.view.getUint32(message + 4, true));
    if (session === undefined) {
      this.#drop(DROP['unknown-index']);
      return;
    }
    if (now - session.keypair.createdAt >= limits.rejectAfter) {
      this.#drop(DROP['keypair-expired']);
      return;
    }
    this.#batch.add(session, message, length - profile.transport.prefix, path);
    if (this.#batch.isFull) this.#batch.finish();
  }

  /** False when this is not a handshake message after all. */
  #handleHandshake(shape: HandshakeShape, offset: number, path: number): boolean {
    const start = offset + shape.prefix;
    const message = this.#context.arena.bytes.slice(start, start + shape.bytes);
    if (shape.hasMac && !this.#hasValidMac1(message)) return false;
    const backlog = this.#credit.take();
    if (backlog < 0) this.#drop(DROP['handshake-backlog-full']);
    else
      this.#context.emit({
        kind: 'handshake',
        type: shape.type,
        message,
        from: decodePath(this.#context.arena.bytes, path),
        backlog,
      });
    return true;
  }

  #hasValidMac1(message: Uint8Array): boolean {
    const { crypto, mac1Key } = this.#context;
    if (mac1Key === undefined) return false;
    const end = message.length - 2 * MAC_BYTES;
    return equalBytes(crypto.mac(mac1Key, message.subarray(0, end)), message.subarray(end, end + MAC_BYTES));
  }

  #drop(reason: number): void {
    this.#context.counters.drop(reason);
  }
}
