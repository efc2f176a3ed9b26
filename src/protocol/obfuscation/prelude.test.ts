import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { Instant, Moment, WallTime } from '../time.ts';
import { nullProfile } from './null-profile.ts';
import { buildProfile } from './parameters.ts';
import { Prelude } from './prelude.ts';
import type { Profile } from './profile.ts';

const at = (seconds: number): Moment => ({
  at: (5_000 + seconds * 1000) as Instant,
  wall: (1_700_000_000_000 + seconds * 1000) as WallTime,
});

function sizes(datagrams: readonly Uint8Array[]): number[] {
  return datagrams.map((each) => each.length);
}

function once(profile: Profile, random = new SeededRandom(1)): Uint8Array[] {
  return new Prelude().build(profile, random, at(0));
}

describe('Prelude', () => {
  it('is empty for plain WireGuard and draws no randomness', () => {
    const random = { fill: () => assert.fail('drew'), uint32: () => assert.fail('drew') };
    assert.deepEqual(new Prelude().build(nullProfile(), random, at(0)), []);
  });

  it('puts signature packets in order before the junk', () => {
    const { profile } = buildProfile({ jc: 2, jmin: 20, jmax: 20, i1: '<b 01>', i3: '<b 0303>', i5: '<b 050505>' });
    const datagrams = once(profile);
    assert.deepEqual(sizes(datagrams), [1, 2, 3, 20, 20]);
    assert.deepEqual(datagrams.slice(0, 2), [Uint8Array.of(1), Uint8Array.of(3, 3)]);
  });

  it('sends neither mask nor trailer with them', () => {
    const { profile } = buildProfile({
      jc: 1,
      jmin: 20,
      jmax: 20,
      s1: 12,
      s2: 12,
      s3: 12,
      s4: 12,
      i1: '<b 0x0102030405060708090a0b0c0d0e>',
      headerProtectionKey: new Uint8Array(32).fill(7),
      randomTrailers: true,
    });
    const [signature, junk] = once(profile);
    assert.deepEqual(signature, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
    assert.equal(junk.length, 20);
  });

  it('counts <c> up from packet to packet, from elsewhere each time', () => {
    const { profile } = buildProfile({ i1: '<c>', i2: '<c>', i3: '<c>' });
    const random = new SeededRandom(1);
    const prelude = new Prelude();
    const counters = (): number[] =>
      prelude.build(profile, random, at(0)).map((each) => new DataView(each.buffer).getUint32(0));
    const [first, second] = [counters(), counters()];
    assert.deepEqual([first[1] - first[0], first[2] - first[1]], [1, 1]);
    assert.notEqual(first[0], second[0]);
  });

  it('wraps <c> at 32 bits', () => {
    const { profile } = buildProfile({ i1: '<c>', i2: '<c>' });
    const random = { fill: (target: Uint8Array) => target, uint32: () => 0xffff_ffff };
    assert.deepEqual(new Prelude().build(profile, random, at(0)), [
      Uint8Array.of(255, 255, 255, 255),
      new Uint8Array(4),
    ]);
  });

  it('handles bursts of more than 128 datagrams', () => {
    const { profile } = buildProfile({ jc: 300, jmin: 1, jmax: 8, i1: '<r 9>' });
    assert.equal(once(profile).length, 301);
  });
});

describe('Prelude of generation 1.5', () => {
  const junk = { jc: 1, jmin: 40, jmax: 40 };
  const signatures = { i1: '<r 1>', i2: '<r 2>' };
  const special = { j1: '<r 11>', j3: '<r 13>' };

  /** What precedes initiations at these seconds. */
  function course(profile: Profile, ...seconds: readonly number[]): number[][] {
    const prelude = new Prelude();
    const random = new SeededRandom(1);
    return seconds.map((second) => sizes(prelude.build(profile, random, at(second))));
  }

  it('sends I packets first and again when Itime has passed, J packets in between, junk always', () => {
    const { profile } = buildProfile({ ...junk, ...signatures, ...special, itime: 120 });
    const [I, J] = [
      [1, 2, 40],
      [11, 13, 40],
    ];
    assert.deepEqual(course(profile, 0, 5, 119, 120, 125, 239, 250), [I, J, J, I, J, J, I]);
  });

  it('counts Itime from the last I packets, not from the last initiation', () => {
    const { profile } = buildProfile({ ...signatures, ...special, itime: 10 });
    assert.deepEqual(
      course(profile, 0, 9, 18, 27, 36).map(([first]) => first),
      [1, 11, 1, 11, 1],
    );
  });

  it('sends J packets only where there are no I packets, and nothing in between where there are no J packets', () => {
    assert.deepEqual(course(buildProfile(special).profile, 0, 5), [
      [11, 13],
      [11, 13],
    ]);
    const { profile } = buildProfile({ ...signatures, itime: 60 });
    assert.deepEqual(course(profile, 0, 5, 60), [[1, 2], [], [1, 2]]);
  });

  it('sends I packets every time for an Itime of 0', () => {
    const { profile } = buildProfile({ ...signatures, ...special });
    assert.deepEqual(course(profile, 0, 0, 5), [
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('counts <c> over everything sent, from 0, in 8 bytes', () => {
    const { profile } = buildProfile({ ...junk, i1: '<c>', i2: '<c>', j1: '<c>', itime: 60 });
    const prelude = new Prelude();
    const random = new SeededRandom(1);
    const counters = (second: number): bigint[] => {
      const packets = prelude.build(profile, random, at(second)).filter(({ length }) => length === 8);
      return packets.map((packet) => new DataView(packet.buffer).getBigUint64(0));
    };
    assert.deepEqual([counters(0), counters(5), counters(10), counters(60)], [[0n, 1n], [3n], [5n], [7n, 8n]]);
  });

  it('is not used by any other generation', () => {
    const { profile, warnings } = buildProfile({ ...signatures, ...special, itime: 60, generation: '2.0' });
    assert.equal(profile.special, undefined);
    assert.deepEqual(course(profile, 0, 5), [
      [1, 2],
      [1, 2],
    ]);
    assert.deepEqual(
      warnings.map(({ key, code }) => `${key} ${code}`),
      ['J1 no-effect', 'J3 no-effect', 'Itime no-effect'],
    );
  });
});
