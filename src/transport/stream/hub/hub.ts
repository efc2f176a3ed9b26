/**
 * The stream hub inside its thread: connections on one side, the rings of the data plane on the other.
 *
 *     fromDataPlane ─► outbound ─► bundle ─► link ─► wire ─► kernel
 *     toDataPlane ◄─── inbound ◄──────────── link ◄─ wire ◄─ kernel
 */
import { loadPrivilegeCalls } from '../../../platform/ffi/privilege-calls.ts';
import type { ReadableWatch } from '../../../platform/ffi/readable-watch.ts';
import { watchReadable } from '../../../platform/ffi/readable-watch.ts';
import type { Syscalls } from '../../../platform/ffi/syscalls.ts';
import type { ThreadStep } from '../../../platform/linux/confinement/confinement.ts';
import { takeStep } from '../../../platform/linux/confinement/confinement.ts';
import { EventFd } from '../../../platform/linux/event-fd.ts';
import type { HubCommand, HubEvent, HubSetup } from '../hub-messages.ts';
import type { StreamLimits, StreamListenOptions } from '../stream-target.ts';
import { BundleTable } from './bundle-table.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { HubContext } from './hub-context.ts';
import { Listener } from './listener.ts';
import { Outbound } from './outbound.ts';
import { describeFailure } from './raw-socket.ts';

/** Milliseconds between two looks at the limits of time. */
const LONGEST_SWEEP = 500;

export class Hub {
  readonly #context: HubContext;
  readonly #bundles: BundleTable;
  readonly #limits: ConnectionLimits;
  readonly #outbound: Outbound;
  readonly #drained: ReadableWatch;
  readonly #sweep: NodeJS.Timeout;
  /** BOUNDED by what the control thread asks for. */
  readonly #listeners = new Map<number, Listener>();

  constructor(syscalls: Syscalls, setup: HubSetup, post: (event: HubEvent) => void) {
    this.#context = new HubContext(syscalls, setup, post);
    this.#bundles = new BundleTable(this.#context);
    this.#limits = new ConnectionLimits(setup.limits);
    this.#outbound = new Outbound(this.#context, this.#bundles, setup.handle);
    const drained = new EventFd(syscalls, setup.handle.drained);
    this.#drained = watchReadable(setup.handle.drained, () => {
      drained.drain();
      this.#context.inbound.resume();
    });
    this.#sweep = setInterval(() => this.#check(), sweepInterval(setup.limits));
  }

  execute(command: Exclude<HubCommand, { readonly kind: 'stop' }>): void {
    switch (command.kind) {
      case 'open':
        this.#bundles.open(command.bundle, command.target);
        break;
      case 'close':
        this.#bundles.close(command.bundle);
        break;
      case 'merge':
        this.#bundles.merge(command.from, command.into);
        break;
      case 'listen':
        this.#listen(command.listener, command.options);
        break;
      case 'unlisten':
        this.#listeners.get(command.listener)?.close();
        this.#listeners.delete(command.listener);
        break;
      case 'set-fwmark':
        this.#context.fwmark = command.fwmark;
        break;
      case 'confine':
        this.#confine(command.step);
    }
  }

  /** Nothing keeps the thread's event loop alive after it. */
  stop(): void {
    clearInterval(this.#sweep);
    this.#outbound.close();
    this.#drained.close();
    for (const listener of this.#listeners.values()) listener.close();
    this.#bundles.closeAll();
    for (const link of this.#context.links) link.close('the hub stops');
  }

  #listen(id: number, options: StreamListenOptions): void {
    try {
      const listener = new Listener(this.#context, this.#bundles, this.#limits, options);
      this.#listeners.set(id, listener);
      this.#context.post({ kind: 'listening', listener: id, port: listener.port });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_STREAM_LISTEN';
      this.#context.post({ kind: 'listen-failed', listener: id, code, message: describeFailure(error) });
    }
  }

  /** This thread opens sockets that are marked, and so keeps the capability for it. */
  #confine(step: ThreadStep): void {
    try {
      takeStep(loadPrivilegeCalls(), step);
      this.#context.post({ kind: 'confined', complaint: undefined });
    } catch (error) {
      this.#context.post({ kind: 'confined', complaint: describeFailure(error) });
    }
  }

  #check(): void {
    const now = this.#context.now();
    for (const link of this.#context.links) link.check(now);
    this.#bundles.refresh(now);
  }
}

/** Often enough for the shortest limit. */
function sweepInterval({ firstFrame, frame, idle, stall, connect }: StreamLimits): number {
  return Math.min(LONGEST_SWEEP, ...[firstFrame, frame, idle, stall, connect].map((limit) => limit / 4));
}
