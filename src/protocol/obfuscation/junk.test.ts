import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { WallTime } from '../time.ts';
import { initiationPrelude, junkTrain } from './junk.ts';
import { nullProfile } from './null-profile.ts';
import { buildProfile } from './parameters.ts';

const WALL = 1_700_000_000_000 as WallTime;

function sizes(datagrams: readonly Uint8Array[]): number[] {
  return datagrams.map((each) => each.length);
}

describe('junkTrain', () => {
  it('draws sizes from Jmin to Jmax, both included', () => {
    const train = junkTrain({ count: 500, minimum: 10, maximum: 13 }, new SeededRandom(1));
    assert.equal(train.length, 500);
    assert.deepEqual(
      [...new Set(sizes(train))].sort((a, b) => a - b),
      [10, 11, 12, 13],
    );
  });

  it('has one size where both are equal', () => {
    assert.deepEqual(sizes(junkTrain({ count: 3, minimum: 40, maximum: 40 }, new SeededRandom(1))), [40, 40, 40]);
  });

  it('may draw datagrams without bytes, but sends none for a Jmax of 0', () => {
    assert.ok(sizes(junkTrain({ count: 50, minimum: 0, maximum: 1 }, new SeededRandom(1))).includes(0));
    assert.deepEqual(junkTrain({ count: 5, minimum: 0, maximum: 0 }, new SeededRandom(1)), []);
  });

  it('never repeats its bytes', () => {
    const train = junkTrain({ count: 4, minimum: 32, maximum: 32 }, new SeededRandom(1));
    assert.equal(new Set(train.map((each) => each.join())).size, 4);
  });
});

describe('initiationPrelude', () => {
  it('is empty for plain WireGuard and draws no randomness', () => {
    const random = { fill: () => assert.fail('drew'), uint32: () => assert.fail('drew') };
    assert.deepEqual(initiationPrelude(nullProfile(), random, WALL), []);
  });

  it('puts signature packets in order before the junk', () => {
    const { profile } = buildProfile({ jc: 2, jmin: 20, jmax: 20, i1: '<b 01>', i3: '<b 0303>', i5: '<b 050505>' });
    const prelude = initiationPrelude(profile, new SeededRandom(1), WALL);
    assert.deepEqual(sizes(prelude), [1, 2, 3, 20, 20]);
    assert.deepEqual(prelude.slice(0, 2), [Uint8Array.of(1), Uint8Array.of(3, 3)]);
  });

  it('counts <c> up from packet to packet, from elsewhere each time', () => {
    const { profile } = buildProfile({ i1: '<c>', i2: '<c>', i3: '<c>' });
    const random = new SeededRandom(1);
    const counters = (): number[] =>
      initiationPrelude(profile, random, WALL).map((each) => new DataView(each.buffer).getUint32(0));
    const [first, second] = [counters(), counters()];
    assert.deepEqual([first[1] - first[0], first[2] - first[1]], [1, 1]);
    assert.notEqual(first[0], second[0]);
  });

  it('wraps <c> at 32 bits', () => {
    const { profile } = buildProfile({ i1: '<c>', i2: '<c>' });
    const random = { fill: (target: Uint8Array) => target, uint32: () => 0xffff_ffff };
    assert.deepEqual(initiationPrelude(profile, random, WALL), [Uint8Array.of(255, 255, 255, 255), new Uint8Array(4)]);
  });

  it('handles bursts of more than 128 datagrams', () => {
    const { profile } = buildProfile({ jc: 300, jmin: 1, jmax: 8, i1: '<r 9>' });
    assert.equal(initiationPrelude(profile, new SeededRandom(1), WALL).length, 301);
  });
});
