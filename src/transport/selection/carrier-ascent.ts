/**
 * Finding out whether a better candidate works again, while another one carries everything. Its
 * probes make the peer answer there, so after each one that stays unanswered the peer is called back.
 */
import type { Instant } from '../../protocol/time.ts';
import type { CarrierLinks } from './carrier-links.ts';
import type { Prober } from './prober.ts';
import { SELECTION } from './selection-limits.ts';
import type { Emit } from './selector-messages.ts';

export type Ascent = 'going-on' | 'reached' | 'failed';

export class CarrierAscent {
  readonly candidate: number;
  readonly #current: number;
  readonly #links: CarrierLinks;
  readonly #prober: Prober;
  readonly #begunAt: Instant;
  readonly #emit: Emit;
  #askedAt: Instant | undefined;
  #isGreeted = false;
  #initiatedAt: Instant | undefined;
  #isHeard = false;
  #answers = 0;
  #misses = 0;

  constructor(candidate: number, current: number, links: CarrierLinks, prober: Prober, emit: Emit, now: Instant) {
    this.candidate = candidate;
    this.#current = current;
    this.#links = links;
    this.#prober = prober;
    this.#emit = emit;
    this.#begunAt = now;
    links.open(candidate);
  }

  /** Data came by the candidate, which the peer only sends there in answer to something. */
  heard(candidate: number): void {
    if (candidate === this.candidate && this.#askedAt !== undefined) this.#isHeard = true;
  }

  /** It answered a handshake: all that can be had of a peer that answers no probes. */
  greeted(candidate: number): void {
    if (candidate === this.candidate && !this.#prober.knowsAnswers) this.#isGreeted = true;
  }

  /** @param isBusy whether our own packets lead the peer back to the current path all the time */
  look(isBusy: boolean, now: Instant): Ascent {
    if (!this.#links.isUsable(this.candidate)) {
      return now - this.#begunAt < SELECTION.trialOpening ? 'going-on' : 'failed';
    }
    if (this.#askedAt !== undefined) {
      const wait = this.#isHeard ? SELECTION.ascentProbesApart : this.#patience();
      if (now - this.#askedAt < wait) return 'going-on';
      this.#count(now);
    }
    if (this.#answers >= SELECTION.ascentAnswers || this.#isGreeted) return 'reached';
    if (this.#misses > (isBusy ? SELECTION.ascentMissesWhileBusy : SELECTION.ascentMisses)) return this.#initiate(now);
    this.#askedAt = now;
    this.#prober.send(this.candidate, now);
    return 'going-on';
  }

  #initiate(now: Instant): Ascent {
    if (this.#prober.knowsAnswers) return 'failed';
    if (this.#initiatedAt === undefined) {
      this.#initiatedAt = now;
      this.#emit({ kind: 'initiate', candidate: this.candidate });
    }
    return now - this.#initiatedAt < SELECTION.trialProbing ? 'going-on' : 'failed';
  }

  #count(now: Instant): void {
    if (this.#isHeard) this.#answers += 1;
    else this.#misses += 1;
    // A probe the other way is as good as a keepalive, and needs no answer here.
    if (!this.#isHeard) this.#prober.send(this.#current, now);
    this.#isHeard = false;
    this.#askedAt = undefined;
  }

  #patience(): number {
    const best = this.#prober.bestRoundTrip(this.#current) ?? 0;
    return Math.max(SELECTION.probeEvery, best * SELECTION.patienceInRoundTrips);
  }
}
