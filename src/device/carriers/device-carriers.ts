/**
 * What carries the datagrams of one device beyond its UDP sockets: the streams, and the choice between
 * carriers where peers have one. For a device that has neither it does nothing and starts nothing.
 */
import type { ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import type { PeerId, Prefix, TrafficLedger } from '../../protocol/engine-port.ts';
import type { Moment } from '../../protocol/time.ts';
import { isOff, keepaliveRange } from '../../protocol/timers/keepalive-interval.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { PeerConfig, PeerSnapshot } from '../../protocol/tunnel-options.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';
import type { StreamHandle } from '../../transport/stream/stream-handle.ts';
import type { StreamStatistics } from '../../transport/stream/stream-hub.ts';
import type { DevicePeer, DeviceSettings } from '../device-settings.ts';
import { familyOf } from '../routing-plan.ts';
import type { UndoStack } from '../undo-stack.ts';
import type { DirectorOptions } from './carrier-director.ts';
import { CarrierDirector } from './carrier-director.ts';
import type { CarrierEvent } from './carrier-event.ts';
import { DeviceStreams } from './device-streams.ts';
import type { CarrierDecision } from './directed-peer.ts';
import type { EchoHearing } from './echo-hearing.ts';
import type { PeerCarrier } from './peer-carrier.ts';
import type { FileWriter } from './remembered-carriers.ts';
import { RememberedCarriers } from './remembered-carriers.ts';
import type { StreamOptions, StreamService } from './stream-service.ts';

export interface DeviceCarriersOptions {
  readonly startStreams: (options: StreamOptions) => Promise<StreamService>;
  /** Mark of our own packets, 0 = none. */
  readonly fwmark: number;
  readonly onEvent: (event: CarrierEvent, peer: PeerId | undefined) => void;
  readonly onFailure: (error: Error) => void;
}

/** What the choice between carriers stands on. */
export interface ChoiceParts {
  /** Of our interface at this moment, host bits kept. */
  readonly addresses: () => readonly Prefix[];
  /** The peers that have carriers, by the ids that the core gave them. */
  readonly peers: readonly ChoosingPeer[];
  readonly driver: DirectorOptions['driver'];
  readonly ledger: Pick<TrafficLedger, 'read'>;
  readonly clock: () => Moment;
  readonly network: () => string | undefined;
  /** Answers to probes, as the interface delivers them. */
  readonly hearEchoes: EchoHearing;
  /** File that remembers what worked where. */
  readonly memoryFile: string | undefined;
  /** How it is written; undefined: as any file. */
  readonly writeMemory: FileWriter | undefined;
  readonly onWarning: (warning: string) => void;
  readonly undo: UndoStack;
}

/** A peer that can be reached in several ways, or by a stream. */
export interface ChoosingPeer extends Pick<PeerConfig, 'publicKey' | 'allowedIps' | 'persistentKeepalive'> {
  readonly id: PeerId;
  /** Not empty. */
  readonly carriers: readonly CarrierCandidate[];
}

export class DeviceCarriers {
  readonly #options: DeviceCarriersOptions;
  readonly #streams: DeviceStreams | undefined;
  /** BOUNDED by MAX_PEERS. */
  readonly #candidates = new Map<PeerId, readonly CarrierCandidate[]>();
  #parts: ChoiceParts | undefined;
  #director: CarrierDirector | undefined;

  private constructor(options: DeviceCarriersOptions, streams: DeviceStreams | undefined) {
    this.#options = options;
    this.#streams = streams;
  }

  /** Streams begin here, since the data plane is started with the way to them. */
  static async start(settings: DeviceSettings, options: DeviceCarriersOptions): Promise<DeviceCarriers> {
    const streams = usesStreams(settings) ? await DeviceStreams.start(options.startStreams, options) : undefined;
    return new DeviceCarriers(options, streams);
  }

  /** For the data plane. */
  get handle(): StreamHandle | undefined {
    return this.#streams?.handle;
  }

  async listen({ streamListeners = [] }: DeviceSettings): Promise<void> {
    await this.#streams?.listen(streamListeners);
  }

  /** Streams are there or not from the beginning: the data plane is started with the way to them. */
  get hasStreams(): boolean {
    return this.#streams !== undefined;
  }

  /** From here on, peers that have carriers are sent to by one of them. To be called before the core starts. */
  choose(parts: ChoiceParts): void {
    this.#parts = parts;
    for (const peer of parts.peers) this.setPeer(peer);
  }

  /** Begins to choose for this peer, or begins anew with other carriers. Only where there are streams. */
  setPeer({ id, carriers, publicKey, allowedIps, persistentKeepalive }: ChoosingPeer): void {
    const director = this.#startedDirector();
    if (this.#candidates.has(id)) director.removePeer(id);
    this.#candidates.set(id, carriers);
    const isPersistent = !isOff(keepaliveRange(persistentKeepalive));
    director.addPeer({ peer: id, publicKey, candidates: carriers, allowedIps, isPersistent });
  }

  /** Nothing is chosen for this peer any more; the core may know it or not. */
  removePeer(id: PeerId): void {
    this.#streams?.removePeer(id);
    if (this.#candidates.delete(id)) this.#director?.removePeer(id);
  }

  /** What there is to choose from; empty for a peer without a choice. */
  candidatesOf(id: PeerId): readonly CarrierCandidate[] {
    return this.#candidates.get(id) ?? [];
  }

  /** This machine may be in another network: after a change of routes, or a sleep. */
  networkChanged(): void {
    this.#director?.networkChanged();
  }

  #startedDirector(): CarrierDirector {
    this.#director ??= this.#startDirector();
    return this.#director;
  }

  #startDirector(): CarrierDirector {
    const [streams, parts] = [this.#streams, this.#parts];
    if (streams === undefined || parts === undefined) throw new Error('this device was opened without streams');
    const { driver, ledger, clock, network, addresses, undo } = parts;
    const director = new CarrierDirector({
      driver,
      streams,
      ledger,
      clock,
      network,
      addresses,
      memory: new RememberedCarriers(parts.memoryFile, parts.writeMemory),
      onDecision: (decision) => this.#report(decision),
    });
    undo.push(() => director.stop());
    streams.reportOutgoingTo({
      onUp: (bundle) => director.streamUp(bundle),
      onDown: (bundle, reason) => director.streamDown(bundle, reason),
    });
    hearAnswers(director, parts);
    return director;
  }

  handleTunnelEvent(event: TunnelEvent, now: Moment): void {
    this.#director?.handleEvent(event);
    this.#streams?.handleTunnelEvent(event, now.at);
  }

  statusOf({ id, endpoint }: PeerSnapshot): PeerCarrier {
    const bundle = endpoint?.bundle;
    const name = (bundle === undefined ? undefined : this.#streams?.kindOf(bundle)) ?? 'udp';
    const { decision, roundTrip } = this.#director?.statusOf(id) ?? {};
    const measured: PeerCarrier = roundTrip === undefined ? { name } : { name, roundTrip };
    // Between two decisions another one is tried at times.
    if (decision === undefined || decision.to !== name) return measured;
    return { ...measured, decision: { reason: decision.reason, since: decision.at } };
  }

  async confine(step: ThreadStep): Promise<void> {
    await this.#streams?.confine(step);
  }

  statistics(): StreamStatistics | undefined {
    return this.#streams?.statistics();
  }

  async stop(): Promise<void> {
    await this.#streams?.stop();
  }

  #report({ peer, from, to, endpoint, reason }: CarrierDecision): void {
    this.#options.onEvent({ kind: 'carrier-decided', from, to, endpoint, reason }, peer);
  }
}

export function usesStreams({ peers, streamListeners = [] }: DeviceSettings): boolean {
  return streamListeners.length > 0 || peers.some(hasChoice);
}

function hasChoice({ carriers = [] }: DevicePeer): boolean {
  return carriers.length > 0;
}

/** Without its answers a probe still shows by the traffic whether anything comes back. */
function hearAnswers(director: CarrierDirector, { addresses, hearEchoes, onWarning, undo }: ChoiceParts): void {
  try {
    for (const family of new Set(addresses().map(familyOf))) {
      const hearing = hearEchoes(family, (mark) => director.echoAnswered(mark));
      undo.push(() => hearing.close());
    }
  } catch (error) {
    onWarning(`carriers are judged by traffic alone: ${error instanceof Error ? error.message : String(error)}`);
  }
}
