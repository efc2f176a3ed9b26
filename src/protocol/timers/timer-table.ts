/** The deadlines of one peer by name. Tells the earliest; what a deadline means is for the policy to say. */
import type { Instant } from '../time.ts';

export class TimerTable<Name extends string> {
  /** BOUNDED by the number of names. */
  readonly #deadlines = new Map<Name, Instant>();

  set(name: Name, deadline: Instant): void {
    this.#deadlines.set(name, deadline);
  }

  clear(...names: readonly Name[]): void {
    for (const name of names) this.#deadlines.delete(name);
  }

  clearAll(): void {
    this.#deadlines.clear();
  }

  isArmed(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  /** Whether this one is due; if so it is armed no more. */
  takeDue(name: Name, now: Instant): boolean {
    const deadline = this.#deadlines.get(name);
    if (deadline === undefined || deadline > now) return false;
    return this.#deadlines.delete(name);
  }

  /** Changes with every other method. */
  earliest(): Instant | undefined {
    let earliest: Instant | undefined;
    for (const deadline of this.#deadlines.values()) {
      if (earliest === undefined || deadline < earliest) earliest = deadline;
    }
    return earliest;
  }
}
