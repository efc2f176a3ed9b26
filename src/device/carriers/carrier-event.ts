/** What happens to the ways to peers, for logs. Nothing depends on anyone listening. */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { CarrierName, StreamKind } from '../../transport/carrier-name.ts';

export type CarrierEvent =
  | {
      readonly kind: StreamEventKind;
      readonly carrier: StreamKind;
      readonly endpoint: Endpoint;
      /** Why it ended, empty for those that begin. */
      readonly reason: string;
    }
  /** Two accepted connections are one peer's; answers are spread over both. */
  | { readonly kind: 'streams-joined'; readonly endpoint: Endpoint }
  /**
   * Another carrier is used from now on, or, where `from` is `to`, the one in use has stood a trial.
   * `from` is undefined for the first.
   */
  | {
      readonly kind: 'carrier-decided';
      readonly from: CarrierName | undefined;
      readonly to: CarrierName;
      readonly endpoint: Endpoint;
      readonly reason: string;
    };

/**
 * Accepted: somebody's connection, who has not said yet who it is. Closed: the last one of those that
 * belong together is gone. Up: one of ours can be used. Down: none of them can, others are being made.
 */
export type StreamEventKind = 'stream-accepted' | 'stream-closed' | 'stream-up' | 'stream-down';
