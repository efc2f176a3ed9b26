/**
 * How this device disguises what it sends and recognises what it receives.
 *
 * A profile is a value, not a set of conditions: the null profile is plain WireGuard. The rest of
 * the core builds WireGuard messages and hands them to a profile on their way out.
 */
import type { Range } from '../range.ts';
import type { Generation } from './generation.ts';
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

/** Generation 1.5: the signature packets open a flow now and then, other packets every other handshake. */
export interface SpecialHandshake {
  /** J1-J3 in order, unset ones left out. BOUNDED: three. */
  readonly packets: readonly SignaturePacket[];
  /** Milliseconds that pass before the signature packets are sent again (Itime). */
  readonly interval: number;
}

export interface Profile {
  readonly initiation: MessageShape;
  readonly response: MessageShape;
  readonly cookieReply: MessageShape;
  readonly transport: MessageShape;
  readonly junk: JunkShape;
  /** I1-I5 in order, unset ones left out. BOUNDED: five. */
  readonly signatures: readonly SignaturePacket[];
  /** J1-J3 and Itime; undefined sends the signature packets before each initiation. */
  readonly special: SpecialHandshake | undefined;
  /** 32 bytes (HeaderProtectionKey), or undefined: headers are sent as they are. Every prefix is then 12 or more. */
  readonly headerProtection: Uint8Array | undefined;
  /** Zero bytes that go into a transport message beside the packet (ContentPaddingAddition). */
  readonly contentPadding: Range | undefined;
  /** Random bytes behind handshake messages, random padding in transport messages (RandomTrailers). */
  readonly randomTrailers: boolean;
  /** Nobody is ever asked for a cookie, however many handshake messages arrive (DisableCookies). */
  readonly disableCookies: boolean;
  /** Which generation's language the signature packets are written in. */
  readonly generation: Generation;
}
