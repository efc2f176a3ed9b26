import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datagram } from '../transport/memory/memory-carrier.ts';
import { endpoint } from './addresses.ts';
import type { Faults } from './fault-injector.ts';
import { FaultInjector } from './fault-injector.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const COUNT = 2000;

/** Sends numbered datagrams a millisecond apart and says what came out, and when. */
function run(faults: Faults, seed = 1, flightLimit = 65536) {
  const clock = new VirtualClock({ start: 1000 });
  const arrived: { number: number; at: number; bytes: Uint8Array }[] = [];
  const number = ({ bytes }: Datagram) => new DataView(bytes.buffer).getUint32(0);
  const sink = {
    accept: (datagram: Datagram) =>
      void arrived.push({ number: number(datagram), at: clock.at, bytes: datagram.bytes }),
  };
  const injector = new FaultInjector(sink, { clock, random: new SeededRandom(seed), faults, flightLimit });
  for (let i = 0; i < COUNT; i++) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, i);
    injector.accept({ from: endpoint('192.0.2.1', 1), to: endpoint('192.0.2.2', 2), bytes });
    clock.advance(1);
  }
  const { inFlight } = injector;
  clock.advance(10_000);
  return { arrived, counts: injector.counts, inFlight, left: injector.inFlight };
}

function isClose(value: number, expected: number): boolean {
  return Math.abs(value - expected) < 0.25 * expected;
}

test('without faults everything passes at once, in order', () => {
  const { arrived } = run({});
  assert.deepEqual(
    arrived.map(({ number }) => number),
    Array.from({ length: COUNT }, (_, i) => i),
  );
  assert.equal(arrived[5]?.at, 1005);
});

test('loss loses about the share asked for', () => {
  const { arrived, counts } = run({ loss: 0.2 });
  assert.equal(arrived.length + counts.lost, COUNT);
  assert.ok(isClose(counts.lost, 0.2 * COUNT));
});

test('duplication delivers twice', () => {
  const { arrived, counts } = run({ duplication: 0.1 });
  assert.equal(arrived.length, COUNT + counts.duplicated);
  assert.ok(isClose(counts.duplicated, 0.1 * COUNT));
});

test('corruption flips exactly one bit', () => {
  const { arrived, counts } = run({ corruption: 0.3 });
  assert.ok(isClose(counts.corrupted, 0.3 * COUNT));
  const flipped = arrived.map(({ bytes }, i) => bitsOf(bytes, i)).filter((bits) => bits > 0);
  assert.deepEqual(new Set(flipped), new Set([1]));
  assert.equal(flipped.length, counts.corrupted);
});

function bitsOf(bytes: Uint8Array, sent: number): number {
  const expected = new Uint8Array(8);
  new DataView(expected.buffer).setUint32(0, sent);
  return bytes.reduce((sum, byte, i) => sum + (byte ^ expected[i]).toString(2).replaceAll('0', '').length, 0);
}

test('delay and jitter stay within their bounds', () => {
  const { arrived, left } = run({ delay: 30, jitter: 20 });
  assert.equal(arrived.length, COUNT);
  assert.equal(left, 0);
  for (const { number, at } of arrived) assert.ok(at - 1000 - number >= 30 && at - 1000 - number < 50);
});

test('reordering lets later datagrams overtake', () => {
  const { arrived, counts } = run({ reorder: 0.05, reorderBy: 3 });
  const late = arrived.filter(
    ({ number }, i) => number < Math.max(...arrived.slice(0, i).map((other) => other.number), -1),
  );
  assert.ok(counts.reordered > 0);
  assert.ok(late.length > 0 && late.length <= counts.reordered);
  assert.equal(arrived.length, COUNT);
});

test('datagrams in flight are bounded', () => {
  const { inFlight, counts, arrived } = run({ delay: 5000 }, 1, 100);
  assert.equal(inFlight, 100);
  assert.equal(counts.overflowed, COUNT - 100);
  assert.equal(arrived.length, 100);
});

test('what `only` leaves out passes untouched', () => {
  const { arrived } = run({ loss: 1, only: ({ bytes }) => bytes[3] % 2 === 0 });
  assert.equal(arrived.length, COUNT / 2);
  assert.ok(arrived.every(({ number }) => number % 2 === 1));
});

test('the same seed gives the same faults, another seed others', () => {
  const faults: Faults = { loss: 0.1, duplication: 0.1, corruption: 0.1, jitter: 5 };
  assert.deepEqual(run(faults, 7), run(faults, 7));
  assert.notDeepEqual(run(faults, 7), run(faults, 8));
});

test('bursts lose datagrams one behind the other', () => {
  const { arrived, counts } = run({ bursts: { begin: 0.05, end: 0.2, loss: 1 } });
  assert.ok(isClose(counts.lost, 0.2 * COUNT), `${counts.lost} lost`);
  const gaps = arrived.filter(({ number }, index) => number !== (arrived[index - 1]?.number ?? -1) + 1).length;
  assert.ok(counts.lost / gaps > 3, `${counts.lost} lost in ${gaps} bursts`);
});

test('what is larger than the path carries is lost, and nothing else', () => {
  assert.equal(run({ mtu: 8 }).arrived.length, COUNT);
  const { arrived, counts } = run({ mtu: 7 });
  assert.deepEqual([arrived.length, counts.oversized], [0, COUNT]);
});
