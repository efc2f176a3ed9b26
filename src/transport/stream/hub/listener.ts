/** Accepts connections on one port, as many as the limits allow, and hands each to the server of its kind. */
import type { ReadableWatch } from '../../../platform/ffi/readable-watch.ts';
import { watchReadable } from '../../../platform/ffi/readable-watch.ts';
import type { AcceptedSocket, TcpListener } from '../../../platform/linux/tcp-socket.ts';
import { acceptTcp, openTcpListener } from '../../../platform/linux/tcp-socket.ts';
import type { StreamListenOptions } from '../stream-target.ts';
import type { BundleTable } from './bundle-table.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { HubContext } from './hub-context.ts';
import type { LinkOwner } from './link.ts';
import { Link } from './link.ts';
import { describeFailure } from './raw-socket.ts';
import type { Serve } from './serve.ts';
import { serverFor } from './serve.ts';

/** Connections accepted in one go; in between, those that are there have their turn. */
const BATCH = 64;
/** Milliseconds without accepting when there are no more descriptors: those that wait stay readable. */
const REST = 250;

export class Listener implements LinkOwner {
  readonly #context: HubContext;
  readonly #bundles: BundleTable;
  readonly #limits: ConnectionLimits;
  readonly #kind: StreamListenOptions['kind'];
  readonly #serve: Serve;
  readonly #socket: TcpListener;
  #watch: ReadableWatch | undefined;
  #rest: NodeJS.Timeout | undefined;

  /** Throws SystemCallError where the port is not to be had, and whatever is wrong with the certificate. */
  constructor(context: HubContext, bundles: BundleTable, limits: ConnectionLimits, options: StreamListenOptions) {
    this.#context = context;
    this.#bundles = bundles;
    this.#limits = limits;
    this.#kind = options.kind;
    this.#serve = serverFor(context, options);
    this.#socket = openTcpListener(context.syscalls, options, context.fwmark);
    this.#start();
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Connections that it accepted stay. */
  close(): void {
    this.#watch?.close();
    clearTimeout(this.#rest);
    this.#context.syscalls.close(this.#socket.descriptor);
  }

  onUsable(link: Link): void {
    this.#bundles.accept(link);
  }

  onGone(link: Link, reason: string): void {
    this.#limits.leave(link.endpoint.address);
    this.#bundles.leave(link, reason);
  }

  #start(): void {
    this.#watch = watchReadable(this.#socket.descriptor, () => this.#acceptBatch());
  }

  #acceptBatch(): void {
    for (let count = 0; count < BATCH; count++) {
      const accepted = acceptTcp(this.#context.syscalls, this.#socket.descriptor);
      if (accepted === 'empty') return;
      if (accepted === 'exhausted') {
        this.#pause();
        return;
      }
      if (accepted !== 'gone') this.#admit(accepted);
    }
  }

  #pause(): void {
    this.#watch?.close();
    this.#rest = setTimeout(() => this.#start(), REST);
  }

  /** Where there is no room, those who say nothing give way: holding connections open locks nobody out. */
  #enter(address: Uint8Array): boolean {
    if (this.#limits.enter(address)) return true;
    return this.#limits.lacksRoomOnly(address) && this.#context.makeRoom() && this.#limits.enter(address);
  }

  #admit({ descriptor, remote }: AcceptedSocket): void {
    if (!this.#enter(remote.address)) {
      this.#context.counters.add('refused');
      this.#context.syscalls.close(descriptor);
      return;
    }
    this.#context.counters.add('accepted');
    const link = new Link(this.#context, this, { kind: this.#kind, endpoint: remote, isAccepted: true });
    try {
      this.#serve(link, descriptor);
    } catch (error) {
      link.close(describeFailure(error));
    }
  }
}
