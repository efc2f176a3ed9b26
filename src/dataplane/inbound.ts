/**
 * From the wire to the TUN:
 *
 *     receive -> scan: cut trains, key streams -> classify -> transport: find keypair -> [batch: open, check, merge, write]
 *                                                          -> handshake: mac1 -> event for the core
 *
 * A type match makes a datagram a candidate, no more: a handshake candidate without a valid mac1 is
 * tried as the next kind, so that no header value in the payload can hide a transport message. The
 * worst that a datagram can cost before it is dropped is one key stream, two mac1 and one look-up.
 */
import { TRANSPORT_MINIMUM_BYTES } from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import { Classifier, MESSAGE } from '../protocol/obfuscation/classifier.ts';
import type { Context } from './context.ts';
import { DatagramScan } from './datagram-scan.ts';
import type { HandshakeCredit } from './handshake-filter.ts';
import { HandshakeFilter } from './handshake-filter.ts';
import { InboundBatch } from './inbound-batch.ts';

export class Inbound {
  readonly #context: Context;
  readonly #batch: InboundBatch;
  #classifier: Classifier;
  readonly #filter: HandshakeFilter;
  readonly #scan: DatagramScan;

  constructor(context: Context, credit: HandshakeCredit) {
    this.#context = context;
    this.#batch = new InboundBatch(context);
    this.#classifier = new Classifier(context.profile);
    this.#filter = new HandshakeFilter(context, credit);
    this.#scan = new DatagramScan(context.arena, context.headerMask);
  }

  /** The profile of the context is another one. */
  profileChanged(): void {
    const { profile, headerMask } = this.#context;
    this.#classifier = new Classifier(profile);
    this.#filter.profileChanged();
    this.#scan.useMask(headerMask);
  }

  /** Moves what the carrier has, one batch. Returns whether there may be more. */
  pump(): boolean {
    const { carrier, counters } = this.#context;
    const messages = carrier.receive();
    if (messages === 0) return false;
    counters.add('receiveCalls', 1);
    for (let index = 0; index < messages; index += 1) this.#scanMessage(index);
    this.#handleScan();
    return messages === carrier.received.length.length;
  }

  #scanMessage(index: number): void {
    const { carrier } = this.#context;
    let done = 0;
    do {
      if (this.#scan.isFull) this.#handleScan();
      done = this.#scan.take(carrier, index, done);
    } while (done < carrier.received.length[index]);
  }

  #handleScan(): void {
    this.#scan.prepare();
    const { count } = this.#scan;
    for (let index = 0; index < count; index += 1) this.#handleDatagram(index);
    this.#batch.finish();
    this.#filter.finish();
    this.#scan.clear();
    this.#context.counters.add('receivedDatagrams', count);
  }

  #handleDatagram(index: number): void {
    const length = this.#scan.length[index];
    if (length < TRANSPORT_MINIMUM_BYTES) {
      this.#drop(DROP['too-short']);
      return;
    }
    const offset = this.#scan.offset(index);
    let reason: number = DROP['unknown-type'];
    let kind = this.#nextCandidate(index, offset, MESSAGE.none);
    while (kind !== MESSAGE.none) {
      if (kind === MESSAGE.transport) {
        this.#handleTransport(index, offset);
        return;
      }
      if (!this.#isTransportAnyway(kind, index, offset)) {
        if (this.#filter.handle(kind, offset, this.#scan.path[index])) return;
        reason = DROP['bad-mac1'];
      }
      kind = this.#nextCandidate(index, offset, kind);
    }
    this.#drop(reason);
  }

  #nextCandidate(index: number, offset: number, previous: number): number {
    const { view } = this.#context.arena;
    return this.#classifier.nextCandidate(view, offset, this.#scan.length[index], previous, this.#scan.mask(index));
  }

  /**
   * A cookie reply has no mac1 to tell it by, so where the datagram may be a transport message as well,
   * a receiver index of ours decides for that.
   */
  #isTransportAnyway(kind: number, index: number, offset: number): boolean {
    if (kind !== MESSAGE.cookieReply) return false;
    if (this.#nextCandidate(index, offset, kind) !== MESSAGE.transport) return false;
    const { sessions, profile } = this.#context;
    return sessions.find(this.#scan.receiver(index, offset + profile.transport.prefix)) !== undefined;
  }

  #handleTransport(index: number, offset: number): void {
    const { profile, sessions, limits, now } = this.#context;
    const message = offset + profile.transport.prefix;
    const session = sessions.find(this.#scan.receiver(index, message));
    if (session === undefined) {
      this.#drop(DROP['unknown-index']);
      return;
    }
    if (now - session.keypair.createdAt >= limits.rejectAfter) {
      this.#drop(DROP['keypair-expired']);
      return;
    }
    this.#scan.unmaskHeader(index, message);
    this.#batch.add(session, message, this.#scan.length[index] - profile.transport.prefix, this.#scan.path[index]);
    if (this.#batch.isFull) this.#batch.finish();
  }

  #drop(reason: number): void {
    this.#context.counters.drop(reason);
  }
}
