/** What a path program is asked to measure, and what it answers: both cross a process boundary as JSON. */
import type { KernelName } from '../../../src/kernels/kernel.ts';
import type { ProfileName } from '../profiles.ts';
import type { StackWeight } from '../results/run-report.ts';
import type { Traffic } from './traffic.ts';

export interface PathOrder {
  readonly traffic: Traffic;
  readonly profile: ProfileName;
  /** Frames that wait in the TUN at each turn, at most 64. */
  readonly framesPerBatch: number;
  /** Peers with a session, and how many of them the traffic goes to, in turns. */
  readonly peers: number;
  readonly activePeers: number;
  readonly milliseconds: number;
  /** Instead of our own. */
  readonly kernel?: KernelName;
  /** Also say where the time goes. */
  readonly sampled?: boolean;
}

export interface PathReport {
  /** Nanoseconds per packet, the whole way. */
  readonly out: number;
  readonly in: number;
  /** Nanoseconds that OpenSSL takes to seal a packet of 1420 bytes at that time. */
  readonly yardstick: number;
  /** Bytes that the JavaScript heap grows by per packet, both ways together. */
  readonly heapBytes: number;
  /** The functions that allocate most, bytes per packet. */
  readonly allocators: Readonly<Record<string, number>>;
  readonly sampled?: SampledPath;
}

export interface SampledPath {
  /** Parts of each way by stage. */
  readonly out: Readonly<Record<string, number>>;
  readonly in: Readonly<Record<string, number>>;
  /** Call stacks of each way, weights relative to that way. */
  readonly outStacks: readonly StackWeight[];
  readonly inStacks: readonly StackWeight[];
}
