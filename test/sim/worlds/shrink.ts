/**
 * Makes a failing scenario smaller: shorter, with fewer events, links, hosts and faults, as long as it fails
 * in the same way. What is left is what somebody has to understand. The removal of events is the algorithm
 * ddmin (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
 */
import type { Scenario, ScenarioEvent } from './scenario.ts';

/** Runs a scenario; when it fails in the way in question, says how many milliseconds that took. */
export type Fails = (scenario: Scenario) => number | undefined;

/** @param isLate asked before each try; then what is smallest so far is the answer */
export function shrink(scenario: Scenario, fails: Fails, isLate: () => boolean): Scenario {
  const search = new Search(scenario, fails, isLate);
  let size: string;
  do {
    size = JSON.stringify(search.smallest);
    search.removeEvents();
    search.tryEach(({ links }) => links.map((_, link) => (smaller) => withoutLink(smaller, link)));
    search.tryEach(({ hosts }) => hosts.map((_, host) => (smaller) => withoutHost(smaller, host)));
    search.tryEach(plainerParts);
  } while (JSON.stringify(search.smallest) !== size);
  return search.smallest;
}

type Change = (scenario: Scenario) => Scenario;

class Search {
  smallest: Scenario;
  readonly #fails: Fails;
  readonly #isLate: () => boolean;

  constructor(scenario: Scenario, fails: Fails, isLate: () => boolean) {
    this.smallest = scenario;
    this.#fails = fails;
    this.#isLate = isLate;
    this.attempt(scenario);
  }

  /** Takes the candidate if it fails too, and no more of it than it needs to fail. */
  attempt(candidate: Scenario): boolean {
    if (this.#isLate()) return false;
    const failedAt = this.#fails(candidate);
    if (failedAt === undefined) return false;
    const duration = Math.min(candidate.duration, Math.ceil(failedAt) + 1);
    this.smallest = { ...candidate, duration, events: candidate.events.filter(({ at }) => at <= duration) };
    return true;
  }

  /** Leaves out a half, then quarters, and so on down to single events. */
  removeEvents(): void {
    for (let parts = 2; ; parts *= 2) {
      const size = Math.max(1, Math.ceil(this.smallest.events.length / parts));
      for (let first = 0; first < this.smallest.events.length; ) {
        const events = this.smallest.events.toSpliced(first, size);
        if (!this.attempt({ ...this.smallest, events })) first += size;
      }
      if (size === 1) return;
    }
  }

  /** Tries the changes that a scenario offers, the last first, so that places before it stay what they are. */
  tryEach(changesOf: (scenario: Scenario) => readonly Change[]): void {
    for (const change of changesOf(this.smallest).toReversed()) {
      const candidate = change(this.smallest);
      if (JSON.stringify(candidate) !== JSON.stringify(this.smallest)) this.attempt(candidate);
    }
  }
}

function withoutLink(scenario: Scenario, link: number): Scenario {
  const events = scenario.events.flatMap((event): ScenarioEvent[] => {
    if (!('link' in event)) return [event];
    if (event.link === link) return [];
    return [{ ...event, link: moved(event.link, link) }];
  });
  return { ...scenario, links: scenario.links.toSpliced(link, 1), events };
}

/** With everything that is about it. */
function withoutHost(scenario: Scenario, host: number): Scenario {
  let rest = scenario;
  for (const [link, { client, server }] of [...scenario.links.entries()].toReversed())
    if (client === host || server === host) rest = withoutLink(rest, link);
  const links = rest.links.map((link) => ({
    ...link,
    client: moved(link.client, host),
    server: moved(link.server, host),
  }));
  return {
    ...rest,
    hosts: rest.hosts.toSpliced(host, 1),
    links,
    events: rest.events.flatMap((event) => eventWithoutHost(event, host)),
  };
}

function eventWithoutHost(event: ScenarioEvent, host: number): ScenarioEvent[] {
  if (event.kind === 'block') {
    if (event.from === host || event.to === host) return [];
    return [{ ...event, from: moved(event.from, host), to: moved(event.to, host) }];
  }
  if (!('host' in event)) return [event];
  return event.host === host ? [] : [{ ...event, host: moved(event.host, host) }];
}

/** The place of something after something else was taken out of the list. */
function moved(place: number, removed: number): number {
  return place > removed ? place - 1 : place;
}

/** Plain WireGuard, no router, no keepalive, no preshared key, faults one by one, fewer packets. */
function plainerParts(scenario: Scenario): readonly Change[] {
  const hosts = scenario.hosts.map(
    (_, index): Change =>
      (smaller) => ({ ...smaller, hosts: smaller.hosts.with(index, {}) }),
  );
  const links = scenario.links.flatMap((_, index): Change[] => [
    (smaller) => ({ ...smaller, links: smaller.links.with(index, { ...smaller.links[index], keepalive: 0 }) }),
    (smaller) => ({ ...smaller, links: smaller.links.with(index, { ...smaller.links[index], psk: false }) }),
  ]);
  const events = scenario.events.flatMap((event, index) =>
    plainerEvents(event).map(
      (plainer): Change =>
        (smaller) => ({ ...smaller, events: smaller.events.with(index, plainer) }),
    ),
  );
  return [(smaller) => ({ ...smaller, disguise: 'null' }), ...hosts, ...links, ...events];
}

function plainerEvents(event: ScenarioEvent): ScenarioEvent[] {
  if (event.kind === 'talk') return event.packets > 1 ? [{ ...event, packets: event.packets >> 1 }] : [];
  if (event.kind !== 'faults') return [];
  return Object.keys(event.faults).map((fault) => ({
    ...event,
    faults: Object.fromEntries(Object.entries(event.faults).filter(([name]) => name !== fault)),
  }));
}
