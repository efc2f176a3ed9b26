/** What a selector hears and what it wants done. Candidates are named by their place in the list, best first. */
import type { TrafficRecord } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';

/** What the data plane saw of a peer; "here" is the path that the peer is sent to at the moment. */
export type PathTraffic = Pick<
  TrafficRecord,
  | 'dataSentUnanswered'
  | 'authenticatedSentLast'
  | 'authenticatedReceivedLast'
  | 'receivedBytes'
  | 'sentBytes'
  | 'receivedMessages'
  | 'expectedMessages'
  | 'receivedHereLast'
  | 'dataReceivedHereLast'
>;

export type SelectorInput =
  | { readonly kind: 'stream-up'; readonly candidate: number }
  /** Its last connection is gone, for a reason in words. It is being made anew. */
  | { readonly kind: 'stream-down'; readonly candidate: number; readonly reason: string }
  /** The core wants a session: there is something to send, or a persistent keepalive is due. */
  | { readonly kind: 'handshake-sent' }
  /** Our initiation was answered by this candidate, which is therefore where packets go now. */
  | { readonly kind: 'handshake-completed'; readonly candidate: number }
  | { readonly kind: 'keys-zeroed' }
  /** Something authentic came by a candidate that packets do not go to. */
  | { readonly kind: 'heard'; readonly candidate: number; readonly data: boolean }
  /** The answer to the probe of this number came, by whatever way. */
  | { readonly kind: 'probe-answered'; readonly sequence: number }
  /** A look at the traffic; due at `nextDeadline`. */
  | { readonly kind: 'traffic'; readonly record: PathTraffic }
  /** We are in another network, where this candidate worked last time. */
  | { readonly kind: 'network-changed'; readonly remembered: number | undefined };

export type SelectorAction =
  | { readonly kind: 'open'; readonly candidate: number }
  | { readonly kind: 'close'; readonly candidate: number }
  /** A handshake initiation to this candidate. */
  | { readonly kind: 'initiate'; readonly candidate: number }
  /** An echo request inside the tunnel, by this candidate; nothing where there is no session. */
  | { readonly kind: 'probe'; readonly candidate: number; readonly sequence: number }
  /** From now on everything goes this way. */
  | { readonly kind: 'use'; readonly candidate: number }
  | { readonly kind: 'decided'; readonly decision: SelectorDecision };

export interface SelectorDecision {
  /** Undefined for the first one. */
  readonly from: number | undefined;
  readonly to: number;
  /** For people: `no answer over udp for 1.2 s`. */
  readonly reason: string;
  readonly at: Instant;
  /** Whether data came back this way. A peer that answers no probe is taken at its handshake. */
  readonly proven: boolean;
}

export type Emit = (action: SelectorAction) => void;
