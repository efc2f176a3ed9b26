import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import { sumWords } from '../testing/checksum.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { JOB } from './kernel.ts';
import { createPacketKernel } from './packet-kernel.ts';

const arena = new Arena(64);
const kernel = createPacketKernel(arena, 0);
const ROOM = 1 << 18;
const room = arena.reserve(ROOM);
const target = arena.reserve(ROOM);
const random = new SeededRandom(3);

/** The kernel sums little-endian words, which gives the swapped sum. */
const swapped = (sum: number): number => ((sum & 0xff) << 8) | (sum >> 8);

describe('packet kernel', () => {
  it('sums every length at every alignment as the reference does', () => {
    random.fill(arena.bytes.subarray(room, room + 2048));
    for (let length = 0; length <= 300; length += 1) {
      for (let shift = 0; shift < 16; shift += 1) {
        const bytes = arena.bytes.subarray(room + shift, room + shift + length);
        assert.equal(kernel.checksum(room + shift, length), swapped(sumWords(bytes)), `${length} bytes at ${shift}`);
      }
    }
    for (let length = 301; length <= 1600; length += 1) {
      const expected = swapped(sumWords(arena.bytes.subarray(room + 3, room + 3 + length)));
      assert.equal(kernel.checksum(room + 3, length), expected, `${length} bytes`);
    }
  });

  it('sums the largest values without losing a carry', () => {
    arena.bytes.fill(0xff, room, room + ROOM);
    assert.equal(kernel.checksum(room, ROOM), 0xffff);
    assert.equal(kernel.checksum(room, 65_535), swapped(sumWords(arena.bytes.subarray(room, room + 65_535))));
    arena.bytes.fill(0, room, room + ROOM);
    assert.equal(kernel.checksum(room, ROOM), 0);
  });

  it('copies', () => {
    random.fill(arena.bytes.subarray(room, room + 5000));
    kernel.copy(target + 1, room + 3, 4000);
    assert.deepEqual(arena.bytes.slice(target + 1, target + 4001), arena.bytes.slice(room + 3, room + 4003));
    assert.equal(arena.bytes[target + 4001], 0);
    const before = arena.bytes.slice(room, room + 1000);
    kernel.copy(room + 10, room, 1000);
    assert.deepEqual(arena.bytes.slice(room + 10, room + 1010), before, 'ranges may overlap');
  });

  it('writes transport headers with counters that pass 32 bits', () => {
    const jobs = arena.reserve(3 * JOB.bytes);
    arena.bytes.fill(0xcc, target, target + 300);
    for (let i = 0; i < 3; i += 1) arena.view.setUint32(jobs + i * JOB.bytes + JOB.target, target + 16 + i * 100, true);
    kernel.writeHeaders(jobs, 3, 0x99aabbcc, 0xa1b2c3d4, 0xffff_ffff, 0xffff_fff7);
    const counters = ['fffffffff7ffffff', '00000000f8ffffff', '01000000f8ffffff'];
    for (const [i, counter] of counters.entries()) {
      const header = Buffer.from(arena.bytes.slice(target + i * 100, target + i * 100 + 17)).toString('hex');
      assert.equal(header, `ccbbaa99d4c3b2a1${counter}cc`);
      const job = jobs + i * JOB.bytes + JOB.counterLow;
      assert.equal(Buffer.from(arena.bytes.slice(job, job + 8)).toString('hex'), counter);
    }
  });

  it('disguises: a type from the whole range, a prefix of its own, and nothing else changed', () => {
    const [jobs, randoms] = [arena.reserve(3 * JOB.bytes), arena.reserve(3 * 24)];
    arena.bytes.fill(0xcc, target, target + 300);
    for (let i = 0; i < 3; i += 1) arena.view.setUint32(jobs + i * JOB.bytes + JOB.target, target + 36 + i * 100, true);
    random.fill(arena.bytes.subarray(randoms, randoms + 72));
    for (const [i, word] of [0, 0x8000_0000, 0xffff_ffff].entries()) arena.view.setUint32(randoms + i * 24, word, true);
    kernel.disguise(jobs, 3, 20, 0, 0xffff_ffff, randoms);
    for (const [i, type] of [0, 0x8000_0000, 0xffff_ffff].entries()) {
      const start = target + i * 100;
      assert.deepEqual(
        arena.bytes.slice(start, start + 20),
        arena.bytes.slice(randoms + i * 24 + 4, randoms + i * 24 + 24),
      );
      assert.equal(arena.view.getUint32(start + 20, true), type);
      assert.ok(arena.bytes.slice(start + 24, start + 100).every((byte) => byte === 0xcc));
    }
    kernel.disguise(jobs, 3, 0, 1000, 9, randoms);
    const types = [0, 1, 2].map((i) => arena.view.getUint32(target + i * 100 + 20, true));
    assert.equal(types[0], 1000);
    assert.ok(types.every((type) => type >= 1000 && type <= 1009));
  });
});
