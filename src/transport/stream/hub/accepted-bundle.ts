/** Connections that a peer made to us. They begin as one each, and are merged when the device knows whose they are. */

import type { Bundle } from './bundle.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';

/**
 * Milliseconds by which a connection may be behind the one that was heard last. The peer may have
 * replaced those that are, and its end of them be gone.
 */
const FRESH = 2000;
/** A peer that replaces its connections again and again leaves a number behind each time. */
const MAX_IDS = 64;

export class AcceptedBundle implements Bundle {
  readonly #context: HubContext;
  /** Newest last, its own among them. BOUNDED by MAX_IDS. */
  readonly #ids: number[];
  /** BOUNDED by the limit of accepted connections. */
  readonly #links: Link[];
  #fresh: Link[];
  #id: number;
  #connects = 1;

  constructor(context: HubContext, id: number, first: Link) {
    this.#context = context;
    this.#id = id;
    this.#ids = [id];
    this.#links = [first];
    this.#fresh = this.#links;
    first.label(id);
    this.#report();
  }

  /** Every number that means this bundle. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  choose(flow: number): Link | undefined {
    const links = this.#fresh;
    return links.length === 0 ? undefined : links[(flow >>> 0) % links.length];
  }

  refresh(now: number): void {
    const limit = this.#links.reduce((latest, { lastHeard }) => Math.max(latest, lastHeard), 0) - FRESH;
    this.#fresh = this.#links.filter((link) => link.lastHeard >= limit);
    const moving = this.#fresh.filter((link) => !link.isStalled(now, FRESH));
    if (moving.length > 0) this.#fresh = moving;
  }

  /** Takes over the connections and numbers of `other`, and goes by `id`, one of both. Returns numbers that are given up. */
  absorb(other: AcceptedBundle, id: number): readonly number[] {
    this.#ids.push(...other.#ids.splice(0).filter((known) => known !== id));
    this.#links.push(...other.#links.splice(0));
    this.#connects += other.#connects;
    this.#id = id;
    for (const link of this.#links) link.label(id);
    this.refresh(this.#context.now());
    this.#report();
    return this.#giveUpIds();
  }

  /** Returns whether it was the last one. */
  remove(link: Link): boolean {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
    this.refresh(this.#context.now());
    if (this.#links.length > 0) this.#report();
    return this.#links.length === 0;
  }

  close(reason: string): void {
    for (const link of this.#links.slice()) link.close(reason);
  }

  #giveUpIds(): readonly number[] {
    const others = this.#ids.filter((id) => id !== this.#id);
    const givenUp = others.slice(0, Math.max(0, this.#ids.length - MAX_IDS));
    for (const id of givenUp) this.#ids.splice(this.#ids.indexOf(id), 1);
    return givenUp;
  }

  #report(): void {
    this.#context.post({ kind: 'links', bundle: this.#id, up: this.#links.length, connects: this.#connects });
  }
}
