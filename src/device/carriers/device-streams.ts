/**
 * The streams of one device, seen from its core: those that we accept are watched until it is known
 * whose they are, those that we open belong to whoever chooses between carriers.
 */
import type { ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { StreamKind } from '../../transport/carrier-name.ts';
import type { StreamHandle } from '../../transport/stream/stream-handle.ts';
import type { StreamHubListener, StreamStatistics } from '../../transport/stream/stream-hub.ts';
import type { StreamListenOptions, StreamTarget } from '../../transport/stream/stream-target.ts';
import { AcceptedBundles } from './accepted-bundles.ts';
import type { CarrierEvent, StreamEventKind } from './carrier-event.ts';
import type { StreamOptions, StreamService } from './stream-service.ts';

export interface DeviceStreamsOptions {
  /** Mark of our own packets, 0 = none. */
  readonly fwmark: number;
  readonly onEvent: (event: CarrierEvent, peer: PeerId | undefined) => void;
  readonly onFailure: (error: Error) => void;
}

/** Told about the bundles that were opened here. */
export type OutgoingListener = Pick<StreamHubListener, 'onUp' | 'onDown'>;

interface Way {
  readonly kind: StreamKind;
  readonly endpoint: Endpoint;
}

export class DeviceStreams {
  readonly #options: DeviceStreamsOptions;
  readonly #accepted = new AcceptedBundles();
  /** For `show` and the log. BOUNDED by the connections that the hub accepts and the carriers of all peers. */
  readonly #ways = new Map<number, Way>();
  #service: StreamService | undefined;
  #outgoing: OutgoingListener | undefined;

  private constructor(options: DeviceStreamsOptions) {
    this.#options = options;
  }

  static async start(
    startService: (options: StreamOptions) => Promise<StreamService>,
    options: DeviceStreamsOptions,
  ): Promise<DeviceStreams> {
    const streams = new DeviceStreams(options);
    const { fwmark, onFailure } = options;
    const listener: StreamHubListener = {
      onUp: (bundle, endpoint) => streams.#handleUp(bundle, endpoint),
      onDown: (bundle, reason) => streams.#handleDown(bundle, reason),
      onAccepted: (bundle, endpoint, kind) => streams.#handleAccepted(bundle, endpoint, kind),
      onClosed: (bundle, reason) => streams.#handleClosed(bundle, reason),
      onFailure,
    };
    streams.#service = await startService({ fwmark, listener });
    return streams;
  }

  get handle(): StreamHandle {
    return this.#running.handle;
  }

  get #running(): StreamService {
    if (this.#service === undefined) throw new Error('the stream service has not started');
    return this.#service;
  }

  statistics(): StreamStatistics {
    return this.#running.statistics();
  }

  /** What carries a bundle. */
  kindOf(bundle: number): StreamKind | undefined {
    return this.#ways.get(bundle)?.kind;
  }

  /** Connects, and connects anew after each loss, until `close`. */
  open(bundle: number, target: StreamTarget): void {
    this.#ways.set(bundle, target);
    this.#running.open(bundle, target);
  }

  close(bundle: number): void {
    this.#ways.delete(bundle);
    this.#running.close(bundle);
  }

  reportOutgoingTo(listener: OutgoingListener): void {
    this.#outgoing = listener;
  }

  async listen(listeners: readonly StreamListenOptions[]): Promise<void> {
    for (const options of listeners) await this.#running.listen(options);
  }

  /** A peer that has no carriers of its own to choose from is wherever it was heard last. */
  handleTunnelEvent(event: TunnelEvent, now: Instant): void {
    if (event.kind !== 'peer-roamed' && event.kind !== 'handshake-completed') return;
    const { peer, endpoint } = event;
    const joined = this.#accepted.heard(peer, endpoint.bundle, now);
    if (joined === undefined) return;
    this.#running.merge(joined.from, joined.into);
    this.#options.onEvent({ kind: 'streams-joined', endpoint }, peer);
  }

  /** The core has forgotten this peer. */
  removePeer(peer: PeerId): void {
    this.#accepted.removePeer(peer);
  }

  confine(step: ThreadStep): Promise<void> {
    return this.#running.confine(step);
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }

  #handleUp(bundle: number, endpoint: Endpoint): void {
    this.#report('stream-up', bundle);
    this.#outgoing?.onUp(bundle, endpoint);
  }

  #handleDown(bundle: number, reason: string): void {
    this.#report('stream-down', bundle, reason);
    this.#outgoing?.onDown(bundle, reason);
  }

  #handleAccepted(bundle: number, endpoint: Endpoint, kind: StreamKind): void {
    this.#accepted.accepted(bundle, endpoint, kind);
    this.#ways.set(bundle, { kind, endpoint });
    this.#report('stream-accepted', bundle);
  }

  #handleClosed(bundle: number, reason: string): void {
    this.#report('stream-closed', bundle, reason);
    this.#accepted.closed(bundle);
    this.#ways.delete(bundle);
  }

  #report(kind: StreamEventKind, bundle: number, reason = ''): void {
    const way = this.#ways.get(bundle);
    if (way === undefined) return;
    this.#options.onEvent({ kind, carrier: way.kind, endpoint: way.endpoint, reason }, undefined);
  }
}
