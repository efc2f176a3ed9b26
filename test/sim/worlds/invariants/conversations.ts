/**
 * Invariant "plaintext": what comes out of a tunnel is what the peer at its other end was given to send,
 * whole, addressed to us, and once. Every packet names its sender, its receiver and its number, and the rest
 * of its bytes follow from them.
 */
import { isIntact, parsePacket, segmentFrame, udpPacket } from '../../../../src/testing/index.ts';
import { InvariantViolation } from './violation.ts';

/** What the receiving application does about a packet. */
export const PURPOSE = { plain: 0, question: 1, answer: 2 } as const;

export interface Message {
  readonly from: number;
  readonly to: number;
  readonly purpose: number;
  readonly number: number;
}

const HEADER_BYTES = 8;

/** Numbers of packets of one direction that may still arrive; what is older and arrives is a violation. */
const MAX_OUTSTANDING = 16_384;

export class Conversations {
  delivered = 0;
  deliveredBytes = 0;
  /** By direction: numbers that were sent and have not arrived. BOUNDED by MAX_OUTSTANDING each. */
  readonly #outstanding = new Map<number, Set<number>>();
  #sent = 0;

  get sent(): number {
    return this.#sent;
  }

  /** An inner packet of an application. */
  packet(from: number, to: number, purpose: number, bytes: number): Uint8Array {
    const message = { from, to, purpose, number: this.#sent };
    this.#sent += 1;
    const outstanding = this.#outstandingOf(message);
    outstanding.add(message.number);
    if (outstanding.size > MAX_OUTSTANDING) outstanding.delete(outstanding.values().next().value as number);
    const payload = payloadOf(message, Math.max(bytes, HEADER_BYTES));
    return udpPacket({ source: innerOf(from), destination: innerOf(to), sourcePort: 7, destinationPort: 7, payload });
  }

  /** The packets that a host hands to its applications. */
  receive(host: number, frame: Uint8Array): Message[] {
    return segmentFrame(frame).map((packet) => this.#receivePacket(host, packet));
  }

  #receivePacket(host: number, packet: Uint8Array): Message {
    if (!isIntact(packet)) throw new InvariantViolation('plaintext', `host ${host} got a damaged packet`);
    const { payload, source, destination } = parsePacket(packet);
    const message = messageOf(payload);
    const name = `packet ${message.number} from ${message.from} to ${message.to}`;
    if (destination[3] !== host + 1 || message.to !== host || source[3] !== message.from + 1)
      throw new InvariantViolation('plaintext', `${name} came out at host ${host}`);
    if (!this.#outstandingOf(message).delete(message.number))
      throw new InvariantViolation('plaintext', `${name} came twice, or was never sent`);
    if (Buffer.compare(payload, payloadOf(message, payload.length)) !== 0)
      throw new InvariantViolation('plaintext', `${name} has another content`);
    this.delivered += 1;
    this.deliveredBytes += packet.length;
    return message;
  }

  #outstandingOf({ from, to }: Message): Set<number> {
    const direction = from * 256 + to;
    const outstanding = this.#outstanding.get(direction) ?? new Set();
    this.#outstanding.set(direction, outstanding);
    return outstanding;
  }
}

export function innerOf(host: number): string {
  return `10.0.0.${host + 1}`;
}

function payloadOf({ from, to, purpose, number }: Message, bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  new DataView(payload.buffer).setUint32(0, number);
  payload[4] = from;
  payload[5] = to;
  payload[6] = purpose;
  for (let index = HEADER_BYTES; index < bytes; index += 1) payload[index] = number + 13 * index;
  return payload;
}

function messageOf(payload: Uint8Array): Message {
  if (payload.length < HEADER_BYTES) throw new InvariantViolation('plaintext', `a payload of ${payload.length} bytes`);
  const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  return { number, from: payload[4], to: payload[5], purpose: payload[6] };
}
