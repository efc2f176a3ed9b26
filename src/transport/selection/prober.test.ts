import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { Prober } from './prober.ts';
import type { SelectorAction } from './selector-messages.ts';

const at = (milliseconds: number): Instant => milliseconds as Instant;

function setUp() {
  const actions: SelectorAction[] = [];
  const prober = new Prober((action) => actions.push(action));
  /** Sends one and returns its number. */
  const send = (candidate: number, now: number, isSample = false): number => {
    prober.send(candidate, at(now), isSample);
    const last = actions.at(-1);
    return last?.kind === 'probe' ? last.sequence : Number.NaN;
  };
  return { prober, actions, send };
}

test('answers are told apart by their numbers, and counted once', () => {
  const { prober, send } = setUp();
  const [udp, tcp] = [send(0, 1_000), send(1, 1_000)];
  assert.ok(!prober.knowsAnswers);
  prober.answered(4_711, at(1_010));
  assert.ok(!prober.knowsAnswers, 'not ours');
  prober.answered(tcp, at(1_080));
  prober.answered(udp, at(1_030));
  prober.answered(udp, at(1_900));
  assert.ok(prober.knowsAnswers);
  assert.deepEqual([prober.bestRoundTrip(0), prober.bestRoundTrip(1), prober.bestRoundTrip(2)], [30, 80, undefined]);
  assert.ok(prober.isAnsweredSince(0, at(1_000)));
  assert.ok(!prober.isAnsweredSince(0, at(1_001)));
  prober.distrustAnswers();
  assert.ok(!prober.knowsAnswers);
});

test('no more often than wanted, for each candidate', () => {
  const { prober, actions } = setUp();
  assert.ok(prober.sendEvery(0, 250, at(1_000)));
  assert.ok(!prober.sendEvery(0, 250, at(1_249)));
  assert.ok(prober.sendEvery(1, 250, at(1_249)));
  assert.ok(prober.sendEvery(0, 250, at(1_250)));
  assert.equal(actions.length, 3);
  assert.equal(prober.lastSentTo(0), 1_250);
});

test('a round trip is at least as long as the answer has been awaited', () => {
  const { prober, send } = setUp();
  assert.equal(prober.roundTrip(0, at(0), at(1_000)), undefined);
  prober.answered(send(0, 1_000), at(1_040));
  assert.equal(prober.roundTrip(0, at(0), at(1_500)), 40);
  const slow = send(0, 2_000);
  assert.equal(prober.roundTrip(0, at(0), at(2_010)), 40);
  assert.equal(prober.roundTrip(0, at(0), at(2_700)), 700);
  send(0, 2_750);
  assert.equal(prober.roundTrip(0, at(0), at(2_800)), 800, 'since the first that is open');
  prober.answered(slow, at(2_900));
  assert.equal(prober.roundTrip(0, at(0), at(2_901)), 900);
  assert.equal(prober.roundTrip(0, at(5_000), at(5_000)), undefined, 'nothing was asked since');
});

test('loss is judged over the last ten samples that are answered or too old', () => {
  const { prober, send } = setUp();
  const numbers = Array.from({ length: 12 }, (_, index) => send(0, 1_000 + index * 100, true));
  for (const number of numbers.slice(4, 10)) prober.answered(number, at(2_200));
  assert.equal(prober.loss(0, at(0), at(2_900)), undefined, 'only six have been answered, none is lost yet');
  for (let count = 0; count < 5; count++) send(0, 1_000);
  // The first four are too old; the last two still may be answered.
  assert.equal(prober.loss(0, at(0), at(4_050)), 0.4);
  assert.equal(prober.loss(0, at(0), at(4_200)), 0.4, 'the two oldest do not count, the two newest do');
});

test('a recent round trip is the longest of the last seconds, the best one where there is none', () => {
  const { prober, send } = setUp();
  assert.equal(prober.recentRoundTrip(0, at(0)), 0);
  prober.answered(send(0, 1_000), at(1_040));
  prober.answered(send(0, 2_000), at(2_600));
  prober.answered(send(1, 2_000), at(3_900));
  assert.equal(prober.recentRoundTrip(0, at(12_000)), 600);
  assert.equal(prober.recentRoundTrip(0, at(12_001)), 40);
});
