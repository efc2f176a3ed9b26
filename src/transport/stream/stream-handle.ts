/** How the data plane reaches the thread that speaks streams: two rings, and who wakes whom. */
import type { RingMemory } from './ring/ring-memory.ts';

/** Plain data, to be handed to another thread. The descriptors are eventfds and belong to whoever made the handle. */
export interface StreamHandle {
  readonly toDataPlane: RingMemory;
  readonly fromDataPlane: RingMemory;
  /** Signalled when something was put into `toDataPlane` and its reader sleeps. */
  readonly wakeDataPlane: number;
  /** Signalled when something was put into `fromDataPlane` and its reader sleeps. */
  readonly wakeHub: number;
  /** Signalled when `toDataPlane`, whose writer waits, has room again. */
  readonly drained: number;
}
