/**
 * How this device disguises what it sends and recognises what it receives.
 *
 * A profile is a value, not a set of conditions: the null profile is plain WireGuard. The rest of
 * the core builds WireGuard messages and hands them to a profile on their way out. Later
 * generations (header protection, trailers, content padding) add fields here and steps in this folder.
 */
import type { HeaderRange } from './header-range.ts';
import type { SignaturePacket } from './signature.ts';

/** One of the four WireGuard messages: prefix size (S1-S4) and the accepted type values (H1-H4). */
export interface MessageShape {
  /** Random bytes before the message. */
  readonly prefix: number;
  /** The type field is drawn from here on send and must lie here on receive. */
  readonly header: HeaderRange;
}

export interface JunkShape {
  /** Datagrams before each initiation (Jc). */
  readonly count: number;
  /** Inclusive sizes in bytes (Jmin, Jmax). */
  readonly minimum: number;
  readonly maximum: number;
}

export interface Profile {
  readonly initiation: MessageShape;
  readonly response: MessageShape;
  readonly cookieReply: MessageShape;
  readonly transport: MessageShape;
  readonly junk: JunkShape;
  /** I1-I5 in order, unset ones left out. BOUNDED: five. */
  readonly signatures: readonly SignaturePacket[];
}
