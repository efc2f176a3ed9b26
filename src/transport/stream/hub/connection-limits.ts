/**
 * How many accepted connections there may be, in all and per source. It is asked before anything is
 * spent on a connection, so a flood of them costs an accept and a close each.
 */
import type { StreamLimits } from '../stream-target.ts';

type ConnectionLimit = Pick<StreamLimits, 'connections' | 'connectionsPerSource' | 'connectionsFromLoopback'>;

/** What providers give to one customer. */
const IPV6_SITE_BYTES = 8;
const IPV6_LOOPBACK = '00000000000000000000000000000001';

export class ConnectionLimits {
  readonly #limit: ConnectionLimit;
  /** Connections by source. BOUNDED by the connections that are let in. */
  readonly #bySource = new Map<string, number>();
  #all = 0;

  constructor(limit: ConnectionLimit) {
    this.#limit = limit;
  }

  /** Whether one more may come; if so it counts until `leave`. */
  enter(address: Uint8Array): boolean {
    const source = sourceOf(address);
    const count = this.#bySource.get(source) ?? 0;
    if (this.#all >= this.#limit.connections || count >= this.#limitOf(source)) return false;
    this.#bySource.set(source, count + 1);
    this.#all++;
    return true;
  }

  /** Whether this source could come if another one left. */
  lacksRoomOnly(address: Uint8Array): boolean {
    const source = sourceOf(address);
    return this.#all >= this.#limit.connections && (this.#bySource.get(source) ?? 0) < this.#limitOf(source);
  }

  leave(address: Uint8Array): void {
    const source = sourceOf(address);
    const count = this.#bySource.get(source) ?? 0;
    if (count > 1) this.#bySource.set(source, count - 1);
    else this.#bySource.delete(source);
    this.#all--;
  }

  #limitOf(source: string): number {
    return source === LOOPBACK ? this.#limit.connectionsFromLoopback : this.#limit.connectionsPerSource;
  }
}

const LOOPBACK = 'loopback';

function sourceOf(address: Uint8Array): string {
  const hex = Buffer.from(address).toString('hex');
  if (address.length === 4) return address[0] === 127 ? LOOPBACK : hex;
  return hex === IPV6_LOOPBACK ? LOOPBACK : hex.slice(0, 2 * IPV6_SITE_BYTES);
}
