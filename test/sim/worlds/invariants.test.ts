/** Each invariant holds, and each fails when what it is about is broken. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionTable } from '../../../src/dataplane/session-table.ts';
import { StagedFrames } from '../../../src/dataplane/staged-frames.ts';
import { REKEY_TIMEOUT_MS } from '../../../src/protocol/constants.ts';
import { Initiator } from '../../../src/protocol/handshake/initiator.ts';
import { AllowedIps } from '../../../src/protocol/routing/allowed-ips.ts';
import { Keypair } from '../../../src/protocol/session/keypair.ts';
import { Keyring } from '../../../src/protocol/session/keyring.ts';
import { ReplayWindow } from '../../../src/protocol/session/replay-window.ts';
import type { Instant } from '../../../src/protocol/time.ts';
import { after } from '../../../src/protocol/time.ts';
import { PeerTimers } from '../../../src/protocol/timers/policy.ts';
import { drawScenario } from './draw-scenario.ts';
import { smallestFailure } from './failure-report.ts';
import type { InvariantName } from './invariants/violation.ts';
import type { Outcome } from './run-scenario.ts';
import { runScenario } from './run-scenario.ts';
import type { Happening, Scenario, ScenarioEvent } from './scenario.ts';
import { withBroken } from './tampering.ts';

const SECOND = 1000;

/** Two hosts that talk both ways, once a second, for so long. */
function conversation(seconds: number, ...more: ScenarioEvent[]): Scenario {
  const talk = { kind: 'talk', link: 0, packets: seconds, gap: SECOND, bytes: 100, way: 'answered' } as const;
  const events: ScenarioEvent[] = [{ at: 0, ...talk }, ...more];
  return {
    seed: 7,
    disguise: 'null',
    hosts: [{}, {}, {}],
    links: [
      { client: 1, server: 0, keepalive: 0, psk: false },
      { client: 2, server: 0, keepalive: 0, psk: false },
    ],
    duration: (seconds + 60) * SECOND,
    events: events.toSorted((a, b) => a.at - b.at),
  };
}

const at = (seconds: number, happening: Happening): ScenarioEvent => ({ at: seconds * SECOND, ...happening });

interface Breakage {
  readonly invariant: InvariantName;
  readonly how: string;
  readonly scenario: Scenario;
  readonly broken: (scenario: Scenario) => Outcome;
}

function breaks(prototype: object, name: string, method: (...args: never[]) => unknown): Breakage['broken'] {
  return (scenario) => withBroken(prototype, name, method, () => runScenario(scenario));
}

const corrupted = at(0, { kind: 'faults', faults: { corruption: 0.5 } });
const doubled = at(0, { kind: 'faults', faults: { duplication: 0.5 } });
const cut = at(5, { kind: 'faults', faults: { loss: 1 } });
const calm = at(100, { kind: 'calm' });
const flooded = at(6, { kind: 'talk', link: 1, packets: 200, gap: 1, bytes: 20, way: 'up' });

const BREAKAGES: readonly Breakage[] = [
  {
    invariant: 'plaintext',
    how: 'every address is that of the first peer',
    scenario: conversation(20, at(2, { kind: 'talk', link: 1, packets: 5, gap: 100, bytes: 20, way: 'down' })),
    broken: breaks(AllowedIps.prototype, 'lookup4', () => 0),
  },
  {
    invariant: 'counters',
    how: 'counters are not used up',
    scenario: conversation(20),
    broken: breaks(Keypair.prototype, 'reserve', () => undefined),
  },
  {
    invariant: 'plaintext',
    how: 'the replay window takes everything, and packets come twice',
    scenario: conversation(20, doubled),
    broken: breaks(ReplayWindow.prototype, 'accept', () => true),
  },
  {
    invariant: 'replays',
    how: 'the replay window takes everything, and keepalives come twice',
    scenario: { ...conversation(1), events: [doubled, at(1, { kind: 'new-keepalive', link: 0, seconds: 1 })] },
    broken: breaks(ReplayWindow.prototype, 'accept', () => true),
  },
  {
    invariant: 'handshakes',
    how: 'an initiation is taken for older than it is',
    scenario: conversation(30, cut),
    broken: breaks(PeerTimers.prototype, 'initiationSent', function (this: PeerTimers, now: Instant) {
      this.initiationFailed(after(now, -REKEY_TIMEOUT_MS));
    }),
  },
  {
    invariant: 'bounds',
    how: 'frames are staged without end',
    scenario: conversation(20, cut, flooded),
    broken: breaks(StagedFrames.prototype, 'push', function (this: StagedFrames & { extra?: number }) {
      this.extra = (this.extra ?? 0) + 1;
      Object.defineProperty(this, 'size', { configurable: true, get: () => this.extra });
      return 0;
    }),
  },
  {
    invariant: 'bounds',
    how: 'a keyring lets go of nothing',
    scenario: conversation(1000),
    broken: breaks(Keyring.prototype, 'install', function (this: Keyring, keypair: Keypair) {
      Object.defineProperty(this, 'current', { configurable: true, get: () => keypair });
      return [];
    }),
  },
  {
    invariant: 'secrets',
    how: 'keys are not wiped when they are retired',
    scenario: conversation(400),
    broken: breaks(Keypair.prototype, 'wipe', () => undefined),
  },
  {
    invariant: 'secrets',
    how: 'keys stay when they have long been worthless',
    scenario: { ...conversation(5), duration: 700 * SECOND },
    broken: breaks(PeerTimers.prototype, 'sessionDerived', () => undefined),
  },
  {
    invariant: 'recovery',
    how: 'nobody begins a handshake',
    scenario: conversation(90, cut, calm),
    broken: breaks(Initiator.prototype, 'begin', () => undefined),
  },
  {
    invariant: 'no-exceptions',
    how: 'something throws',
    scenario: conversation(5),
    broken: breaks(SessionTable.prototype, 'find', () => {
      throw new TypeError('out of order');
    }),
  },
];

describe('an invariant', () => {
  for (const { invariant, how, scenario, broken } of BREAKAGES) {
    it(`${invariant} fails where ${how}`, () => {
      assert.equal(runScenario(scenario).violation, undefined, 'and not otherwise');
      assert.equal(broken(scenario).violation?.invariant, invariant);
    });
  }

  it('plaintext fails where a packet is changed on its way out', () => {
    const scenario = conversation(5);
    const broken = withBroken(
      StagedFrames.prototype,
      'takeAll',
      () => [damagedFrame()],
      () => runScenario(scenario),
    );
    assert.equal(broken.violation?.invariant, 'plaintext');
  });

  it('holds under corruption', () => {
    assert.equal(runScenario(conversation(300, corrupted)).violation, undefined);
  });
});

/** A packet of host 1 that nobody gave it. */
function damagedFrame(): Uint8Array {
  const frame = new Uint8Array(10 + 28 + 20);
  frame.set([0x45, 0, 0, 48, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1], 10);
  return frame;
}

describe('a scenario', () => {
  it('is the same each time it is lived through', () => {
    for (const seed of [3, 16]) assert.deepEqual(runScenario(drawScenario(seed)), runScenario(drawScenario(seed)));
  });

  it('that fails is made small, and fails still', () => {
    const wipe = () => undefined;
    withBroken(Keypair.prototype, 'wipe', wipe, () => {
      const scenario = drawScenario(5);
      const { violation } = runScenario(scenario);
      assert.ok(violation);
      const smallest = smallestFailure(scenario, violation, 20_000);
      assert.equal(smallest?.violation.invariant, 'secrets');
      assert.ok(smallest.scenario.events.length <= 3, JSON.stringify(smallest.scenario));
      assert.ok(smallest.scenario.hosts.length <= 2);
      assert.deepEqual(runScenario(smallest.scenario).violation, smallest.violation);
    });
  });
});
