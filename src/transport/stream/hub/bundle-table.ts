/** Every bundle by the numbers that mean it. */

import type { StreamTarget } from '../stream-target.ts';
import { AcceptedBundle } from './accepted-bundle.ts';
import type { Bundle } from './bundle.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';
import { OutgoingBundle } from './outgoing-bundle.ts';

/** The numbers of accepted bundles begin here; those below are given by the control thread. */
const FIRST_ACCEPTED = 0x80000000;
const ACCEPTED_NUMBERS = 0x80000000;
const CLOSED_HERE = 'closed by us';

export class BundleTable {
  readonly #context: HubContext;
  /** BOUNDED by what was opened, and by accepted connections times the numbers that one bundle may have. */
  readonly #bundles = new Map<number, Bundle>();
  #accepted = 0;

  constructor(context: HubContext) {
    this.#context = context;
  }

  find(id: number): Bundle | undefined {
    return this.#bundles.get(id);
  }

  /** A bundle that is there already by this number is closed before. */
  open(id: number, target: StreamTarget): void {
    this.close(id);
    this.#bundles.set(id, new OutgoingBundle(this.#context, id, target));
  }

  close(id: number): void {
    const bundle = this.#bundles.get(id);
    if (bundle instanceof OutgoingBundle) this.#bundles.delete(id);
    bundle?.close(CLOSED_HERE);
  }

  /** A connection that said its first datagram. */
  accept(link: Link): void {
    const id = this.#nextId();
    this.#bundles.set(id, new AcceptedBundle(this.#context, id, link));
    this.#context.post({
      kind: 'accepted',
      bundle: id,
      endpoint: { ...link.endpoint, bundle: id },
      carrier: link.kind,
    });
  }

  /** Both numbers mean the connections of both from now on, and what comes by them comes from `into`. */
  merge(from: number, into: number): void {
    const source = this.#bundles.get(from);
    const target = this.#bundles.get(into);
    if (source === target) return;
    if (!(source instanceof AcceptedBundle && target instanceof AcceptedBundle)) return;
    for (const id of source.ids) this.#bundles.set(id, target);
    this.#forget(target.absorb(source, into), 'merged too often');
  }

  /** A connection that had said something is gone. */
  leave(link: Link, reason: string): void {
    if (link.bundle === undefined) return;
    const bundle = this.#bundles.get(link.bundle);
    if (bundle instanceof AcceptedBundle && bundle.remove(link)) this.#forget(bundle.ids, reason);
  }

  refresh(now: number): void {
    for (const bundle of this.#bundles.values()) bundle.refresh(now);
  }

  closeAll(): void {
    for (const id of this.#bundles.keys()) this.close(id);
  }

  #forget(ids: readonly number[], reason: string): void {
    for (const id of ids) {
      this.#bundles.delete(id);
      this.#context.post({ kind: 'closed', bundle: id, reason });
    }
  }

  #nextId(): number {
    let id = FIRST_ACCEPTED + (this.#accepted++ % ACCEPTED_NUMBERS);
    while (this.#bundles.has(id)) id = FIRST_ACCEPTED + (this.#accepted++ % ACCEPTED_NUMBERS);
    return id;
  }
}
