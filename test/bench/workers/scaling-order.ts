/** What a scaling program is asked to measure, and what it answers. */
import type { ProfileName } from '../profiles.ts';

export interface ScalingOrder {
  readonly threads: number;
  /** Threads beside each of them that help with encryption. */
  readonly helpers: number;
  readonly profile: ProfileName;
  readonly milliseconds: number;
}

export interface ScalingReport {
  /** All threads together; each packet is sealed and opened. */
  readonly packetsPerSecond: number;
}

/** From a thread to the one that started it. */
export interface ThreadReport {
  readonly packets: number;
  readonly seconds: number;
}
