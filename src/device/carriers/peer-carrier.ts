/** What carries a peer's datagrams at one moment, and why, for `show`. */
import type { WallTime } from '../../protocol/time.ts';
import type { CarrierName } from '../../transport/carrier-name.ts';

export interface PeerCarrier {
  readonly name: CarrierName;
  /** The last decision; undefined where nothing was decided: the peer has one way, or chose it itself. */
  /** Of a probe inside the tunnel, milliseconds; undefined where nothing is chosen, or nothing was answered. */
  readonly roundTrip?: number;
  readonly decision?: { readonly reason: string; readonly since: WallTime };
}
