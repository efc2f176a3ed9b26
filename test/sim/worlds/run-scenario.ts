/** Lives through a scenario, or through it until something happens that must not. */
import { happen } from './happenings.ts';
import type { InvariantName } from './invariants/violation.ts';
import { InvariantViolation } from './invariants/violation.ts';
import type { Scenario } from './scenario.ts';
import { World } from './world.ts';

export interface Violation {
  readonly invariant: InvariantName;
  readonly complaint: string;
  /** Milliseconds since the beginning. */
  readonly at: number;
}

export interface Outcome {
  readonly violation: Violation | undefined;
  /** Milliseconds that were lived through. */
  readonly lived: number;
  readonly steps: number;
  readonly datagrams: number;
  readonly packets: number;
  readonly packetBytes: number;
  readonly handshakes: number;
  /** Links that answered again after trouble, and the longest that took, milliseconds, as part of what is allowed. */
  readonly recoveries: number;
  readonly slowestRecovery: number;
  readonly slowestShare: number;
  /** The same for the same scenario. */
  readonly digest: number;
}

export function runScenario(scenario: Scenario): Outcome {
  const world = new World(scenario);
  const violation = live(world, scenario);
  const { conversations, network, recovery } = world;
  return {
    violation,
    lived: world.elapsed,
    steps: world.steps,
    datagrams: network.datagrams,
    packets: conversations.delivered,
    packetBytes: conversations.deliveredBytes,
    handshakes: world.hosts.reduce((sum, host) => sum + host.handshakes, 0),
    recoveries: recovery.recovered,
    slowestRecovery: recovery.slowest,
    slowestShare: recovery.slowest / world.recoveryBound,
    digest: network.digest,
  };
}

function live(world: World, { events, duration }: Scenario): Violation | undefined {
  try {
    for (const event of events) {
      if (event.at > duration) break;
      world.advanceTo(event.at);
      happen(world, event);
    }
    world.advanceTo(duration);
    return undefined;
  } catch (error) {
    const at = world.elapsed;
    if (error instanceof InvariantViolation) return { invariant: error.invariant, complaint: error.message, at };
    return {
      invariant: 'no-exceptions',
      complaint: error instanceof Error ? (error.stack ?? error.message) : String(error),
      at,
    };
  }
}
