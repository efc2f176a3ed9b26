/** Hears everything that a device tells, keeps what is asked for later, and passes it on as events. */
import type { PeerId } from '../../protocol/engine-port.ts';
import type { WallTime } from '../../protocol/time.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { CarrierEvent } from '../carriers/carrier-event.ts';
import type { DeviceListener } from '../device-listener.ts';
import { DeviceEvents } from './device-events.ts';
import { PeerHistories } from './peer-histories.ts';
import type { WatchmanView } from './watchman.ts';
import { LOOK_INTERVAL_MS, Watchman } from './watchman.ts';

export class DeviceObserver {
  readonly histories = new PeerHistories();
  readonly events: DeviceEvents;
  readonly #watchman: Watchman;
  #view: (() => WatchmanView) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(wall: () => WallTime) {
    this.events = new DeviceEvents(wall, (isThere) => this.#watch(isThere));
    this.#watchman = new Watchman((news) => this.events.emit(news));
  }

  /** The same listener, after us. */
  before(listener: Partial<DeviceListener>): DeviceListener {
    return {
      onEvent: (event, publicKey) => {
        this.#hear(event, publicKey);
        listener.onEvent?.(event, publicKey);
      },
      onCarrierEvent: (event, publicKey) => {
        this.#hearCarrier(event, publicKey);
        listener.onCarrierEvent?.(event, publicKey);
      },
      onWarning: (message) => {
        this.events.emit({ kind: 'warning', message });
        listener.onWarning?.(message);
      },
      onFailure: (error) => {
        this.events.emit({ kind: 'failure', error });
        listener.onFailure?.(error);
      },
    };
  }

  /** From here on there is something to look at. */
  watch(view: () => WatchmanView): void {
    this.#view = view;
  }

  forget(peer: PeerId): void {
    this.histories.forget(peer);
  }

  close(): void {
    clearInterval(this.#timer);
    this.events.close();
  }

  #hear(event: TunnelEvent, peer: Uint8Array | undefined): void {
    this.histories.handle(event);
    if (peer === undefined) return;
    if (event.kind === 'handshake-completed') {
      const { role, tookMilliseconds, endpoint } = event;
      this.events.emit({ kind: 'handshake', peer, role, tookMilliseconds, endpoint });
    }
    if (event.kind === 'peer-roamed') this.events.emit({ kind: 'roamed', peer, endpoint: event.endpoint });
  }

  #hearCarrier(event: CarrierEvent, peer: Uint8Array | undefined): void {
    if (event.kind !== 'carrier-decided' || peer === undefined) return;
    const { from, to, endpoint, reason } = event;
    this.events.emit({ kind: 'carrier', peer, from, to, endpoint, reason });
  }

  #watch(isThere: boolean): void {
    clearInterval(this.#timer);
    this.#watchman.reset();
    if (!isThere) return;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  #look(): void {
    if (this.#view !== undefined) this.#watchman.look(this.#view());
  }
}
