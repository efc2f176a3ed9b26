/**
 * The data plane as the device sees it, wherever it runs. `InlineEngine` works in the calling
 * thread (tests, simulation, small uses), `WorkerEngine` in a thread of its own.
 */
import type { EngineCommand, EngineEvent, TrafficLedger } from '../protocol/engine-port.ts';

export interface EngineListener {
  /** Called in order; may call `execute` from inside. */
  onEvents(events: readonly EngineEvent[]): void;
  /** The engine stopped and will not come back (worker died, TUN gone). */
  onFailure(error: Error): void;
}

export interface Engine {
  readonly ledger: TrafficLedger;
  /** Takes effect before anything that arrives later. Keys in the commands are taken over: the engine wipes them. */
  execute(commands: readonly EngineCommand[]): void;
  counters(): EngineCounters;
  /** Whether what moves packets has turned since the last call; false means that it hangs or is gone. */
  heartbeat(): boolean;
  /** Resolves when nothing of it touches its descriptors any more. Idempotent. */
  close(): Promise<void>;
}

export interface EngineCounters {
  /** Packets dropped, by `DROP` index. */
  readonly drops: readonly number[];
  readonly tunReads: number;
  readonly tunWrites: number;
  readonly receivedDatagrams: number;
  readonly sentDatagrams: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  /** Batches that the carrier was given, and that it brought. */
  readonly sendCalls: number;
  readonly receiveCalls: number;
}
