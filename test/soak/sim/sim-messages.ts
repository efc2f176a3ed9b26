/** Between the soak and its threads. */
import type { Outcome } from '../../sim/worlds/run-scenario.ts';

export interface SimOrder {
  readonly firstSeed: number;
  /** To the next seed. */
  readonly step: number;
  /** One Int32: not 0 when the thread is to end. */
  readonly stop: SharedArrayBuffer;
}

export interface SimReport {
  readonly seed: number;
  readonly outcome: Outcome;
  /** Bytes of the thread's heap after a collection, now and then. */
  readonly heap: number | undefined;
}
