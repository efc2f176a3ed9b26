/** What the two ends of a UDP rate measurement are asked for, and what the sending one answers. */

export type UdpRateOrder =
  | { readonly role: 'receive'; readonly port: number }
  | {
      readonly role: 'send';
      /** Address of the receiving end, inside the tunnel. */
      readonly target: string;
      readonly port: number;
      /** Of the inner packets, with IPv4 and UDP headers. */
      readonly packetBytes: number;
      readonly trialMilliseconds: number;
    };

export interface UdpRateReport {
  /** The highest rate at which nothing was lost. */
  readonly packetsPerSecond: number;
  readonly trials: number;
}
