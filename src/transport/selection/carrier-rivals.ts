/**
 * Lower candidates that are asked while the one in use does not answer. One that answers where that
 * one does not is better evidence than any length of silence: a network that has stopped altogether
 * answers nowhere. Begins before the verdict, since connecting takes round trips.
 */
import type { Instant } from '../../protocol/time.ts';
import type { CarrierLinks } from './carrier-links.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';

export class CarrierRivals {
  readonly #links: CarrierLinks;
  readonly #prober: Prober;
  readonly #current: number;
  /** Best first. BOUNDED by the candidates. */
  readonly #candidates: readonly number[];
  readonly #since: Instant;
  /** BOUNDED by the candidates. */
  readonly #asked = new Set<number>();
  #answeredBy: number | undefined;

  constructor(current: number, candidates: readonly number[], links: CarrierLinks, prober: Prober, now: Instant) {
    this.#current = current;
    this.#candidates = candidates;
    this.#links = links;
    this.#prober = prober;
    this.#since = now;
  }

  /** The first that brought data back, which the peer only sends there in answer to something. */
  get answeredBy(): number | undefined {
    return this.#answeredBy;
  }

  /** Whether the peer may be led astray by now: it answers where it was last spoken to. */
  get haveBeenAsked(): boolean {
    return this.#asked.size > 0;
  }

  heard(candidate: number): void {
    if (this.#asked.has(candidate)) this.#answeredBy ??= candidate;
  }

  /** One more is opened after a while, or when those before have failed. */
  look(hasSession: boolean, now: Instant): void {
    let patience = Math.floor((now - this.#since) / SELECTION.nextRivalAfter);
    for (const candidate of this.#candidates) {
      this.#links.open(candidate);
      if (hasSession && this.#links.isUsable(candidate)) this.#ask(candidate, now);
      if (!this.#links.hasFailed(candidate) && patience-- <= 0) return;
    }
  }

  /** Right after the one in use, so that the peer answers here rather than there. */
  #ask(candidate: number, now: Instant): void {
    if (this.#asked.has(candidate) && this.#prober.lastSentTo(this.#current) !== now) return;
    this.#asked.add(candidate);
    this.#prober.send(candidate, now);
  }
}
