/**
 * What a datagram that went no further says about the two ends. Findings name the parameters of a
 * profile with their values, which are secrets of whoever uses it: never put them into a log unasked.
 */
import type { HandshakeKind, ReceiverIndex } from '../engine-port.ts';

export type MessageKind = HandshakeKind | 'transport';

/** As in a configuration file. */
export type Parameter =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'H1'
  | 'H2'
  | 'H3'
  | 'H4'
  | 'HeaderProtectionKey'
  | 'RandomTrailers'
  | 'PublicKey'
  | 'PresharedKey';

export interface Finding {
  readonly parameter: Parameter;
  /** `proven` where a MAC or a tag that only the right key makes was found; else `likely`. */
  readonly certainty: 'proven' | 'likely';
  /** What our profile has, as in a file; of keys only whether there is one. */
  readonly ours: string;
  /** What the sender has, as far as one datagram shows it: of a range, the value that was drawn. */
  readonly theirs: string;
  /** What was seen, without the parameter and its values. */
  readonly evidence: string;
}

/** How a message was wrapped, whatever our profile says. */
export interface Wrapping {
  readonly kind: MessageKind;
  /** Bytes before the message. */
  readonly prefix: number;
  readonly type: number;
  readonly isMasked: boolean;
  /** Bytes after it; 0 for transport messages, which have no fixed length. */
  readonly trailer: number;
}

export type Diagnosis =
  /** The message itself was found. No findings: it fits the profile. */
  | {
      readonly outcome: 'revealed';
      readonly wrapping: Wrapping;
      /** Without prefix, mask and trailer. */
      readonly message: Uint8Array;
      /** The index of ours that it names; undefined for an initiation, which names none. */
      readonly receiver: ReceiverIndex | undefined;
      readonly findings: readonly Finding[];
    }
  /** Nothing can be read, but size and shape say what it may be. One such datagram may be junk. */
  | { readonly outcome: 'suspected'; readonly finding: Finding };
