/** What is asked of the handshake flood (one argument of JSON), and what it says when it is over. */

/**
 *     garbage   of the type and length of an initiation, and nothing else about it is right
 *     mac1      the sender knows our public key, as everybody may: mac1 is right, the rest is noise
 *     replay    one initiation of a peer of ours, again and again
 */
export const FLOOD_KINDS = ['garbage', 'mac1', 'replay'] as const;

export type FloodKind = (typeof FLOOD_KINDS)[number];

export interface HandshakeFloodOrder {
  readonly kind: FloodKind;
  readonly target: string;
  readonly port: number;
  /** Static public key of the target, in hex. */
  readonly responder: string;
  /** Private key of a peer of the target, in hex: whose initiation is replayed. */
  readonly peer: string;
  /** Each datagram comes from the next of so many addresses in turns; 1 for the sender's own. */
  readonly sources: number;
  /** The first of them, `a.b.0.0`. */
  readonly sourceNetwork: string;
  readonly perSecond: number;
  readonly milliseconds: number;
}

export interface HandshakeFloodReport {
  readonly sent: number;
  /** What the system did not take. */
  readonly failed: number;
  /** What the target said to it. */
  readonly answers: number;
  readonly seconds: number;
}
