/** Who is told at once of what happens to a device, from the first step of opening it. */
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import type { CarrierEvent } from './carriers/carrier-event.ts';

export interface DeviceListener {
  /** Handshakes, roaming and the like, for logs; with the public key of the peer where it is about one. */
  onEvent(event: TunnelEvent, publicKey: Uint8Array | undefined): void;
  /** Streams that come and go, and which carrier is chosen; with the peer where it is known. */
  onCarrierEvent(event: CarrierEvent, publicKey: Uint8Array | undefined): void;
  /** Something will not work as configured, but the device is of use. A sentence. */
  onWarning(warning: string): void;
  /** The data plane ended by itself; `close` is still due. */
  onFailure(error: Error): void;
}
