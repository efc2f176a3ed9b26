/**
 * A change in two steps. Preparing does everything that may be refused: it checks, opens sockets beside
 * those in use, sets the mark. Committing cannot fail; discarding puts back what preparing did. Whoever
 * has more to do that may fail does it in between.
 */
import { SystemCallError } from '../../platform/ffi/system-call-error.ts';
import type { BuiltProfile } from '../../protocol/obfuscation/parameters.ts';
import { DeviceError } from '../device-error.ts';
import type { DeviceParts } from '../device-parts.ts';
import type { FreshSockets } from '../device-platform.ts';
import type { Outcome } from './check-change.ts';
import { checkChange } from './check-change.ts';
import type { DeviceChange } from './device-change.ts';
import { PeerChanges } from './peer-changes.ts';

export class PreparedChange {
  readonly #parts: DeviceParts;
  readonly #change: DeviceChange;
  readonly #built: BuiltProfile | undefined;
  readonly #fwmark: number;
  readonly #sockets: FreshSockets | undefined;

  /** @throws DeviceError, and then nothing has changed */
  constructor(change: DeviceChange, outcome: Outcome, parts: DeviceParts) {
    this.#parts = parts;
    this.#change = change;
    this.#built = checkChange(change, outcome, parts);
    this.#fwmark = outcome.fwmark;
    this.#sockets = this.#openSockets();
    this.#mark(this.#fwmark);
  }

  /** @throws DeviceError 'listen-port' where a whole address family has gone missing; then it is discarded */
  commit(): void {
    const { state, driver } = this.#parts;
    this.#takeSockets();
    state.fwmark = this.#fwmark;
    const peers = driver.run((core, now) => {
      const { tunnel, keys, carriers, observer } = this.#parts;
      const { privateKey } = this.#change;
      if (privateKey !== undefined) core.setPrivateKey(privateKey ?? undefined, now);
      if (this.#built !== undefined) this.#dressUp(this.#built);
      const changes = new PeerChanges({ core: tunnel, keys, carriers, observer, now });
      changes.apply(this.#change);
      if (this.#sockets !== undefined) core.announce(now);
      return changes;
    });
    const rechosen = peers.finish();
    if (rechosen.length > 0) this.#parts.driver.run((core, now) => core.rebind(now, rechosen));
  }

  discard(): void {
    this.#sockets?.discard();
    this.#mark(this.#parts.state.fwmark);
  }

  #openSockets(): FreshSockets | undefined {
    const { listenPort } = this.#change;
    const { ports } = this.#parts;
    if (listenPort === undefined || listenPort === ports.listenPort) return undefined;
    return refusedAs('listen-port', () => ports.openSockets(listenPort, this.#fwmark));
  }

  #takeSockets(): void {
    try {
      refusedAs('listen-port', () => this.#sockets?.take());
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** New sockets have theirs already, but until they are taken the old ones are in use. */
  #mark(fwmark: number): void {
    if (this.#fwmark === this.#parts.state.fwmark) return;
    try {
      refusedAs('fwmark', () => this.#parts.ports.setFwmark(fwmark));
    } catch (error) {
      this.#sockets?.discard();
      throw error;
    }
  }

  #dressUp({ profile, timing }: BuiltProfile): void {
    const { tunnel, state } = this.#parts;
    tunnel.setProfile(profile);
    tunnel.setTiming(timing);
    state.profile = profile;
    state.timing = timing;
  }
}

function refusedAs<Result>(code: 'listen-port' | 'fwmark', attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof SystemCallError) throw new DeviceError(code, error.message, { cause: error });
    throw error;
  }
}
