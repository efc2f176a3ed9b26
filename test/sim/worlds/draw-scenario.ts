/**
 * Draws a scenario from a seed. Each hour of it has trouble of many kinds, then a calm in which every link
 * must come back, then silence until keys must be gone.
 */
import { SeededRandom } from '../../../src/testing/index.ts';
import type { NatMapping } from '../../../src/testing/nat.ts';
import type { DisguiseName } from './disguises.ts';
import { DISGUISES } from './disguises.ts';
import type { Happening, HostPlan, LinkPlan, NetworkFaults, Scenario, ScenarioEvent } from './scenario.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Every so many seeds a world lasts longer than the others, so many hours. */
const LONG_EVERY = 16;
const LONG_HOURS = 6;

/** Of each hour. Between the calm and the audit keys must have become worthless, after 9 minutes. */
const CALM_AT = 45 * MINUTE;
const AUDIT_AT = HOUR - SECOND;

/** Of the hours. To look through a whole arena costs as much as to live for minutes. */
const AUDITS = 0.25;

const MAPPINGS: readonly NatMapping[] = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'];

/** Seeded choices. */
class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** Whole numbers, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.#random.fraction() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.#random.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)];
  }
}

type Draw = (dice: Dice, plan: Pick<Scenario, 'hosts' | 'links'>) => Happening;

const someHost = (dice: Dice, { hosts }: Pick<Scenario, 'hosts'>): number => dice.between(0, hosts.length - 1);
const someLink = (dice: Dice, { links }: Pick<Scenario, 'links'>): number => dice.between(0, links.length - 1);

/** What may happen, and how often in relation to the rest. */
const TROUBLES: readonly (readonly [number, Draw])[] = [
  [30, drawTalk],
  [6, (dice) => ({ kind: 'faults', faults: drawFaults(dice) })],
  [4, drawBlock],
  [3, (dice, plan) => ({ kind: 'restart', host: someHost(dice, plan) })],
  [3, drawSleep],
  [
    2,
    (dice, plan) => ({ kind: 'step-clock', host: someHost(dice, plan), seconds: dice.pick([-86_400, -30, 5, 7_200]) }),
  ],
  [4, (dice, plan) => ({ kind: 'roam', host: someHost(dice, plan) })],
  [2, (dice, plan) => ({ kind: 'router-restart', host: someHost(dice, plan) })],
  [1, (dice, plan) => ({ kind: 'new-private-key', host: someHost(dice, plan) })],
  [2, (dice, plan) => ({ kind: 'new-preshared-key', link: someLink(dice, plan) })],
  [2, (dice, plan) => ({ kind: 'new-keepalive', link: someLink(dice, plan), seconds: dice.pick([0, 0, 10, 25]) })],
  [1, (dice, plan) => ({ kind: 'unroute', link: someLink(dice, plan), lasts: dice.between(1, 120) * SECOND })],
  [1, (dice, plan) => ({ kind: 'readd', link: someLink(dice, plan) })],
  [1, (dice) => ({ kind: 'new-disguise', disguise: dice.pick(DISGUISES) })],
  [1, (_dice) => ({ kind: 'flood', host: 0, messages: 900 })],
  [3, (dice, plan) => ({ kind: 'replay', host: someHost(dice, plan) })],
];

const TOTAL_WEIGHT = TROUBLES.reduce((sum, [weight]) => sum + weight, 0);

/** How long the world of a seed lasts where nobody says otherwise. */
export function hoursOfSeed(seed: number): number {
  return seed % LONG_EVERY === 0 ? LONG_HOURS : 1;
}

/** @param hours whole hours that it lasts */
export function drawScenario(seed: number, hours = 1): Scenario {
  const dice = new Dice(seed);
  const disguise: DisguiseName = dice.pick(DISGUISES);
  const hosts = drawHosts(dice);
  const links = drawLinks(dice, hosts);
  const events: ScenarioEvent[] = [];
  for (let hour = 0; hour < hours; hour += 1) events.push(...drawHour(dice, { hosts, links }, hour * HOUR));
  return { seed, disguise, hosts, links, duration: hours * HOUR, events };
}

/** Host 0 is a server that everyone reaches. */
function drawHosts(dice: Dice): HostPlan[] {
  const count = dice.chance(0.1) ? dice.between(8, 16) : dice.between(2, 5);
  return Array.from({ length: count }, (_, index) => {
    if (index === 0 || dice.chance(0.4)) return {};
    return { nat: { mapping: dice.pick(MAPPINGS), lifetime: dice.pick([20, 30, 120, 300]) } };
  });
}

/** Everyone knows the server, and some know others that can be reached. */
function drawLinks(dice: Dice, hosts: readonly HostPlan[]): LinkPlan[] {
  const link = (client: number, server: number): LinkPlan => ({
    client,
    server,
    keepalive: dice.chance(0.3) ? dice.pick([10, 25]) : 0,
    psk: dice.chance(0.3),
  });
  return hosts.flatMap((_, client) => {
    if (client === 0) return [];
    const others = hosts.flatMap(({ nat }, server) =>
      server > 0 && server < client && nat === undefined ? [server] : [],
    );
    return others.length > 0 && dice.chance(0.3)
      ? [link(client, 0), link(client, dice.pick(others))]
      : [link(client, 0)];
  });
}

function drawHour(dice: Dice, plan: Pick<Scenario, 'hosts' | 'links'>, begin: number): ScenarioEvent[] {
  const count = dice.between(10, 32);
  const troubles = Array.from({ length: count }, () => ({
    at: begin + dice.between(0, CALM_AT - 1),
    ...drawTrouble(dice, plan),
  }));
  const sorted: ScenarioEvent[] = troubles.sort((a, b) => a.at - b.at);
  const audit: ScenarioEvent = { at: begin + AUDIT_AT, kind: 'audit', host: someHost(dice, plan) };
  const ending: ScenarioEvent[] = [{ at: begin + CALM_AT, kind: 'calm' }];
  return [...sorted, ...ending, ...(dice.chance(AUDITS) ? [audit] : [])];
}

function drawTrouble(dice: Dice, plan: Pick<Scenario, 'hosts' | 'links'>): Happening {
  let left = dice.between(1, TOTAL_WEIGHT);
  for (const [weight, draw] of TROUBLES) {
    left -= weight;
    if (left <= 0) return draw(dice, plan);
  }
  return drawTalk(dice, plan);
}

/** Mostly conversations at leisure, now and then a transfer under load. None lasts into the silence. */
function drawTalk(dice: Dice, plan: Pick<Scenario, 'links'>): Happening {
  const [packets, gap] = dice.chance(0.1)
    ? [dice.between(200, 600), dice.between(0, 4)]
    : [dice.between(1, 60), dice.pick([20, 300, 1000, 3000, 9000])];
  const way = dice.pick(['up', 'down', 'answered'] as const);
  return { kind: 'talk', link: someLink(dice, plan), packets, gap, bytes: dice.pick([16, 100, 400, 1300]), way };
}

function drawFaults(dice: Dice): NetworkFaults {
  const maybe = (probability: number, value: NetworkFaults): NetworkFaults => (dice.chance(probability) ? value : {});
  return {
    delay: dice.pick([1, 20, 80, 300]),
    ...maybe(0.4, { loss: dice.pick([0.01, 0.1, 0.3, 1]) }),
    ...maybe(0.3, { bursts: { begin: 0.02, end: 0.2, loss: 0.9 } }),
    ...maybe(0.4, { jitter: dice.pick([5, 50, 400]) }),
    ...maybe(0.3, { duplication: dice.pick([0.05, 0.5]) }),
    ...maybe(0.2, { corruption: dice.pick([0.02, 0.2]) }),
    ...maybe(0.3, { reorder: 0.1, reorderBy: dice.pick([20, 2000]) }),
    ...maybe(0.2, { mtu: dice.pick([1280, 600, 200]) }),
  };
}

/** One direction of a link, dead. */
function drawBlock(dice: Dice, plan: Pick<Scenario, 'hosts' | 'links'>): Happening {
  const { client, server } = plan.links[someLink(dice, plan)];
  const [from, to] = dice.chance(0.5) ? [client, server] : [server, client];
  return { kind: 'block', from, to, lasts: dice.pick([3, 20, 130, 400]) * SECOND };
}

function drawSleep(dice: Dice, plan: Pick<Scenario, 'hosts'>): Happening {
  const lasts = dice.pick([10, 100, 200, 600]) * SECOND;
  return { kind: 'sleep', host: someHost(dice, plan), lasts, rebind: dice.chance(0.5) };
}
