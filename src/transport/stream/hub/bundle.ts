/** One or more connections to or from one peer, addressed as one endpoint by the number of the bundle. */
import type { Link } from './link.ts';

export interface Bundle {
  /** The connection for a datagram of this flow: one flow keeps to one while it lasts. Hot. */
  choose(flow: number): Link | undefined;
  /** Looks again at which connections are good; called every now and then. */
  refresh(now: number): void;
  close(reason: string): void;
}
