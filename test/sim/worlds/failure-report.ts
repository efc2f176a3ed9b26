/** What somebody is told about a scenario that fails: how to see it again, and the least that still fails. */
import type { Outcome, Violation } from './run-scenario.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

/** Milliseconds that are spent on making it smaller. */
const SHRINKING_MS = 60_000;

export interface Failure {
  readonly scenario: Scenario;
  readonly violation: Violation;
}

/** Makes the scenario of a failure smaller; undefined where it does not fail again. */
export function smallestFailure(
  scenario: Scenario,
  violation: Violation,
  patience = SHRINKING_MS,
): Failure | undefined {
  const until = performance.now() + patience;
  let last: Violation | undefined;
  const fails = (candidate: Scenario): number | undefined => {
    const found = runScenario(candidate).violation;
    if (found?.invariant !== violation.invariant) return undefined;
    last = found;
    return found.at;
  };
  const smallest = shrink(scenario, fails, () => performance.now() > until);
  return last === undefined ? undefined : { scenario: smallest, violation: last };
}

export function describeFailure(seed: number, violation: Violation, smallest: Failure | undefined): string {
  const lines = [
    `seed ${seed} after ${seconds(violation.at)}: ${violation.complaint}`,
    `  again:  npm run soak -- --only-seed ${seed}`,
  ];
  if (smallest === undefined)
    return [...lines, '  It did not fail a second time: something is not drawn from the seed.'].join('\n');
  const { scenario, violation: last } = smallest;
  return [
    ...lines,
    `  the least that fails, after ${seconds(last.at)}: ${last.complaint}`,
    `  (${scenario.hosts.length} hosts, ${scenario.links.length} links, ${scenario.events.length} events; a file of this in`,
    '  test/sim/worlds/kept/ is a test from then on)',
    JSON.stringify(scenario),
  ].join('\n');
}

/** Adds up outcomes. */
export function addOutcome(sum: Outcome, more: Outcome): Outcome {
  return {
    violation: sum.violation ?? more.violation,
    lived: sum.lived + more.lived,
    steps: sum.steps + more.steps,
    datagrams: sum.datagrams + more.datagrams,
    packets: sum.packets + more.packets,
    packetBytes: sum.packetBytes + more.packetBytes,
    handshakes: sum.handshakes + more.handshakes,
    recoveries: sum.recoveries + more.recoveries,
    slowestRecovery: Math.max(sum.slowestRecovery, more.slowestRecovery),
    slowestShare: Math.max(sum.slowestShare, more.slowestShare),
    digest: (sum.digest + more.digest) >>> 0,
  };
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
