/**
 * What a data-plane thread does all day: wait for the TUN, the sockets or the control thread, and pump.
 *
 *     epoll_wait ─► commands ─► outbound ─► inbound ─┐
 *          ▲─────── nothing left to do ◄─────────────┘
 */
import type { Syscalls } from '../platform/ffi/syscalls.ts';
import { Epoll } from '../platform/linux/epoll.ts';
import type { Instant } from '../protocol/time.ts';
import type { Pipeline } from './pipeline.ts';

/** Batches each way before the thread looks at its commands again. */
const ROUNDS = 8;

/** Descriptors to wait for; -1 and an empty list stand for what is another thread's business. */
export interface LoopSources {
  /** Made readable by whoever has commands. */
  readonly wake: number;
  readonly tun: number;
  readonly sockets: readonly number[];
}

export class DataPlaneLoop {
  readonly #pipeline: Pipeline;
  readonly #sources: LoopSources;
  readonly #takeCommands: () => void;
  readonly #epoll: Epoll;
  readonly #now: () => Instant;

  /** @param takeCommands makes `wake` unreadable again */
  constructor(
    syscalls: Syscalls,
    pipeline: Pipeline,
    now: () => Instant,
    sources: LoopSources,
    takeCommands: () => void,
  ) {
    this.#pipeline = pipeline;
    this.#now = now;
    this.#sources = sources;
    this.#takeCommands = takeCommands;
    this.#epoll = new Epoll(syscalls);
    this.watch([sources.wake, sources.tun, ...sources.sockets]);
  }

  /** A socket that is closed is no longer waited for, so those that take its place are new to us. */
  watch(descriptors: readonly number[]): void {
    for (const descriptor of descriptors) if (descriptor >= 0) this.#epoll.add(descriptor);
  }

  /** Waits as `Epoll.wait` does and does what there is to do; false when there was nothing. */
  turn(milliseconds: number): boolean {
    const ready = this.#epoll.wait(milliseconds);
    let tun = false;
    let net = false;
    for (let index = 0; index < ready; index += 1) {
      const descriptor = this.#epoll.ready(index);
      if (descriptor === this.#sources.wake) this.#takeCommands();
      else if (descriptor === this.#sources.tun) tun = true;
      else net = true;
    }
    this.#pump(tun, net);
    return ready > 0;
  }

  close(): void {
    this.#epoll.close();
  }

  #pump(tun: boolean, net: boolean): void {
    let outbound = tun;
    let inbound = net;
    for (let round = 0; round < ROUNDS && (outbound || inbound); round += 1) {
      const now = this.#now();
      if (outbound) outbound = this.#pipeline.pumpOutbound(now);
      if (inbound) inbound = this.#pipeline.pumpInbound(now);
    }
  }
}
