/** One way to reach a peer, as configured. The candidates of a peer are listed best first. */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { CarrierName } from '../carrier-name.ts';
import type { StreamTarget } from '../stream/stream-target.ts';

export interface CarrierCandidate {
  readonly name: CarrierName;
  /** Where it leads. For streams the bundle is added by whoever opens them. */
  readonly endpoint: Endpoint;
  /** How to connect; undefined for UDP. */
  readonly target?: StreamTarget;
}
