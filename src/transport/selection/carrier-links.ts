/** Which candidates can be sent to now: UDP always, a stream while a connection of it is up. */
import type { Instant } from '../../protocol/time.ts';
import type { CarrierCandidate } from './candidate.ts';
import type { Emit } from './selector-messages.ts';

interface Link {
  readonly isStream: boolean;
  isOpen: boolean;
  isUp: boolean;
  /** When it went down, for streams that were up before. */
  downSince: Instant | undefined;
  reason: string;
}

export class CarrierLinks {
  /** BOUNDED by the candidates. */
  readonly #links: readonly Link[];
  readonly #emit: Emit;

  constructor(candidates: readonly CarrierCandidate[], emit: Emit) {
    this.#links = candidates.map(({ name }) => {
      return { isStream: name !== 'udp', isOpen: false, isUp: false, downSince: undefined, reason: '' };
    });
    this.#emit = emit;
  }

  isStream(candidate: number): boolean {
    return this.#links[candidate].isStream;
  }

  isUsable(candidate: number): boolean {
    const { isStream, isOpen, isUp } = this.#links[candidate];
    return !isStream || (isOpen && isUp);
  }

  /** Why a stream that was up is down now, and since when. */
  outage(candidate: number): { readonly since: Instant; readonly reason: string } | undefined {
    const { downSince, reason } = this.#links[candidate];
    return downSince === undefined ? undefined : { since: downSince, reason };
  }

  open(candidate: number): void {
    const link = this.#links[candidate];
    if (!link.isStream || link.isOpen) return;
    link.isOpen = true;
    this.#emit({ kind: 'open', candidate });
  }

  close(candidate: number): void {
    const link = this.#links[candidate];
    if (!link.isOpen) return;
    link.isOpen = false;
    link.isUp = false;
    link.downSince = undefined;
    this.#emit({ kind: 'close', candidate });
  }

  closeAllBut(...kept: readonly number[]): void {
    for (const candidate of this.#links.keys()) if (!kept.includes(candidate)) this.close(candidate);
  }

  /** Connections of another network lead nowhere, and would take long to notice. */
  reopenAll(): void {
    for (const [candidate, link] of this.#links.entries()) {
      if (!link.isOpen) continue;
      this.close(candidate);
      this.open(candidate);
    }
  }

  up(candidate: number): void {
    const link = this.#links[candidate];
    if (!link.isOpen) return;
    link.isUp = true;
    link.downSince = undefined;
  }

  /** Also for one that never was up: a refused connection. */
  down(candidate: number, reason: string, now: Instant): void {
    const link = this.#links[candidate];
    if (!link.isOpen) return;
    link.isUp = false;
    link.downSince ??= now;
    link.reason = reason;
  }
}
