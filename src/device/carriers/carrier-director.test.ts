import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId, TrafficRecord } from '../../protocol/engine-port.ts';
import type { Instant, Moment } from '../../protocol/time.ts';
import { address, endpoint } from '../../testing/addresses.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';
import type { DirectedCore } from './carrier-director.ts';
import { CarrierDirector } from './carrier-director.ts';
import type { CarrierDecision } from './directed-peer.ts';
import { RememberedCarriers } from './remembered-carriers.ts';

const PEER = 3 as PeerId;
const KEY = new Uint8Array(32).fill(3);
const UDP: CarrierCandidate = { name: 'udp', endpoint: endpoint('203.0.113.7', 51820) };
const WHERE_TCP = endpoint('203.0.113.7', 443);
const TCP: CarrierCandidate = {
  name: 'tcp',
  endpoint: WHERE_TCP,
  target: { kind: 'tcp', endpoint: WHERE_TCP, connections: 1 },
};
const NEVER = 0 as Instant;
const SILENCE: TrafficRecord = {
  dataSentUnanswered: NEVER,
  dataReceivedUnanswered: NEVER,
  dataReceivedLast: NEVER,
  dataSentLast: NEVER,
  authenticatedSentLast: NEVER,
  authenticatedReceivedLast: NEVER,
  receivedBytes: 0,
  sentBytes: 0,
  receivedMessages: 0,
  expectedMessages: 0,
  receivedHereLast: NEVER,
  dataReceivedHereLast: NEVER,
};

function setUp(candidates: readonly CarrierCandidate[]) {
  const clock = new VirtualClock();
  const calls: (readonly [name: string, ...values: unknown[]])[] = [];
  const decisions: CarrierDecision[] = [];
  const opened: number[] = [];
  const closed: number[] = [];
  const core: DirectedCore = {
    pinEndpoint: (_, pinned) => void calls.push(['pin', pinned]),
    setEndpoint: (_, where) => void calls.push(['use', where]),
    initiateVia: (_, where) => {
      calls.push(['initiate', where]);
      director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
      return true;
    },
    probe: (_, where, packet) => void calls.push(['probe', where, packet.length]),
  };
  const director: CarrierDirector = new CarrierDirector({
    driver: { run: <Result>(action: (core: DirectedCore, now: Moment) => Result) => action(core, clock.now()) },
    streams: { open: (bundle) => void opened.push(bundle), close: (bundle) => void closed.push(bundle) },
    ledger: { read: () => SILENCE },
    clock: () => clock.now(),
    addresses: () => [{ address: address('10.9.0.2'), length: 24 }],
    memory: new RememberedCarriers(undefined),
    network: () => 'home',
    onDecision: (decision) => decisions.push(decision),
    wakeAfter: (milliseconds, run) => clock.scheduleIn(milliseconds, run),
  });
  const allowedIps = [{ address: new Uint8Array(4), length: 0 }];
  director.addPeer({ peer: PEER, publicKey: KEY, candidates, allowedIps, isPersistent: false });
  const take = (): readonly (readonly unknown[])[] => calls.splice(0);
  return { clock, director, decisions, opened, closed, take };
}

test('a directed peer is pinned to its first carrier, and nothing else happens before it is wanted', () => {
  const { clock, opened, take } = setUp([UDP, TCP]);
  assert.deepEqual(take(), [
    ['pin', true],
    ['use', UDP.endpoint],
  ]);
  clock.advance(3_600_000);
  assert.deepEqual([take(), opened, clock.nextTask()], [[], [], undefined]);
});

test('a stream has an endpoint before it is opened, or the core would not even try', () => {
  const { director, opened, take } = setUp([TCP, UDP]);
  const bundle = 1;
  assert.deepEqual(take().at(-1), ['use', { ...WHERE_TCP, bundle }]);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  assert.deepEqual(opened, [bundle]);
  director.streamUp(bundle);
  assert.deepEqual(take(), [['initiate', { ...WHERE_TCP, bundle }]]);
});

test('our own initiations are no wish for a session: a search without one ends', () => {
  const { clock, director, closed, take } = setUp([UDP, TCP]);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  clock.advance(60_000);
  assert.ok(take().some(([name]) => name === 'initiate'));
  assert.equal(closed.length, 1);
  assert.equal(clock.nextTask(), undefined);
});

test('an answer by a carrier is a decision, with its name, its endpoint and its reason', () => {
  const { clock, director, decisions } = setUp([UDP, TCP]);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  clock.advance(400);
  director.streamUp(1);
  clock.advance(500);
  const there: Endpoint = { ...WHERE_TCP, bundle: 1 };
  director.handleEvent({
    kind: 'handshake-completed',
    peer: PEER,
    role: 'initiator',
    endpoint: there,
    tookMilliseconds: 1,
  });
  director.handleEvent({ kind: 'heard-elsewhere', peer: PEER, endpoint: there, data: true });
  const [decision] = decisions;
  assert.deepEqual(
    [decision?.from, decision?.to, decision?.endpoint, decision?.isProven],
    [undefined, 'tcp', there, true],
  );
  assert.equal(director.statusOf(PEER)?.decision, decision);
  assert.equal(decision?.at, clock.now().wall);
});

test('what is said about a stream that was closed means nothing', () => {
  const { clock, director, decisions, opened, closed } = setUp([UDP, TCP]);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  clock.advance(60_000);
  assert.deepEqual([opened, closed], [[1], [1]]);
  director.streamUp(1);
  director.handleEvent({ kind: 'heard-elsewhere', peer: PEER, endpoint: { ...WHERE_TCP, bundle: 1 }, data: true });
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  clock.advance(400);
  assert.deepEqual(opened, [1, 2]);
  assert.equal(decisions.length, 0);
});

test('a peer that is heard at another address by UDP has moved there', () => {
  const { director, take } = setUp([UDP, TCP]);
  take();
  const moved = endpoint('198.51.100.9', 4500);
  director.handleEvent({ kind: 'heard-elsewhere', peer: PEER, endpoint: moved, data: false });
  assert.deepEqual(take(), [['use', moved]]);
});

test('nobody else is touched', () => {
  const { director, take } = setUp([UDP, TCP]);
  take();
  const other = 4 as PeerId;
  director.handleEvent({ kind: 'handshake-sent', peer: other, attempt: 1 });
  director.handleEvent({ kind: 'heard-elsewhere', peer: other, endpoint: UDP.endpoint, data: true });
  director.streamUp(77);
  director.echoAnswered({ identifier: 1, sequence: 1 });
  assert.deepEqual([take(), director.statusOf(other)], [[], undefined]);
});

test('after its end it does nothing', () => {
  const { clock, director, take } = setUp([UDP, TCP]);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
  take();
  director.stop();
  clock.advance(60_000);
  director.handleEvent({ kind: 'handshake-sent', peer: PEER, attempt: 2 });
  assert.deepEqual([take(), clock.nextTask()], [[], undefined]);
});
