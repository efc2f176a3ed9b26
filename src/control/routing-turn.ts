/**
 * Tunnels with a default route look for a free routing table, and for two free priorities, and then take
 * them; the kernel has no way to do both at once. So those that come up at the same moment take turns.
 */
import type { DeviceSettings } from '../device/device-settings.ts';
import { planRoutes } from '../device/routing-plan.ts';
import { DirectoryLock } from '../platform/linux/directory-lock.ts';
import { ControlError } from './socket/control-error.ts';

/** How long others may need, milliseconds. */
const PATIENCE_MS = 60_000;

export class RoutingTurn {
  readonly #directory: string;
  readonly #lock: DirectoryLock;

  /** Opened now: later this process may have no right to. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#lock = new DirectoryLock(directory);
  }

  /**
   * Does the work while no other tunnel of this runtime directory takes a table.
   *
   * @throws ControlError 'failed' where another one does not come to an end
   */
  async take<Result>(
    { table, peers, addresses }: Pick<DeviceSettings, 'table' | 'peers' | 'addresses'>,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const allowedIps = peers.flatMap((peer) => peer.allowedIps);
    if (planRoutes(table, allowedIps, addresses).defaultFamilies.length === 0) return await work();
    const done = await this.#lock.with(PATIENCE_MS, async () => ({ result: await work() }));
    if (done !== undefined) return done.result;
    throw new ControlError(
      'failed',
      `${this.#directory}: another tunnel is taking a routing table and does not finish`,
    );
  }

  close(): void {
    this.#lock.close();
  }
}
