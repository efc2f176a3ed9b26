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
  /** It was lost, or never made, since it was opened. */
  hasFailed: boolean;
  reason: string;
}

export class CarrierLinks {
  /** BOUNDED by the candidates. */
  readonly #links: readonly Link[];
  readonly #emit: Emit;

  constructor(candidates: readonly CarrierCandidate[], emit: Emit) {
    this.#links = candidates.map(({ name }) => {
      return {
        isStream: name !== 'udp',
        isOpen: false,
        isUp: false,
        downSince: undefined,
        hasFailed: false,
        reason: '',
      };
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

  /** Whether it was lost or refused since it was opened, whatever it is now. */
  hasFailed(candidate: number): boolean {
    return this.#links[candidate].hasFailed;
  }

  /** Whether a stream other than this one can be sent to. */
  isAnyUsableBut(candidate: number): boolean {
    return this.#links.some(({ isOpen, isUp }, other) => other !== candidate && isOpen && isUp);
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
    link.hasFailed = false;
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
    link.hasFailed = true;
    link.reason = reason;
  }
}
