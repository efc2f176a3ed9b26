import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { disguise } from './disguise.ts';
import { maskMessage } from './header-protection.ts';
import { nullProfile } from './null-profile.ts';
import type { AwgParameters } from './parameters.ts';
import { buildProfile } from './parameters.ts';

const crypto = nodeCrypto();
const MESSAGE = Uint8Array.from({ length: 148 }, (_, index) => index);

/** Datagrams of one initiation after another under these parameters. */
function disguises(parameters: AwgParameters, count = 2, message = MESSAGE): Uint8Array[] {
  const { profile } = buildProfile(parameters);
  const random = new SeededRandom(1);
  return Array.from({ length: count }, () => disguise(profile, profile.initiation, message, crypto, random));
}

describe('disguise', () => {
  it('changes nothing for plain WireGuard', () => {
    const { initiation } = nullProfile();
    assert.deepEqual(disguise(nullProfile(), initiation, MESSAGE, crypto, new SeededRandom(1)), MESSAGE);
  });

  it('puts fresh random bytes before the message', () => {
    const [first, second] = disguises({ s1: 16 });
    assert.deepEqual(first.subarray(16), MESSAGE);
    assert.notDeepEqual(first.subarray(0, 16), second.subarray(0, 16));
  });

  it('masks the whole message by what the first 12 bytes select', () => {
    const headerProtectionKey = new Uint8Array(32).fill(3);
    const parameters = { s1: 20, s2: 12, s3: 12, s4: 12, headerProtectionKey };
    const [first, second] = disguises(parameters);
    assert.notDeepEqual(first.subarray(20), second.subarray(20));
    for (const datagram of [first, second]) {
      const key = crypto.chacha20(headerProtectionKey, datagram.subarray(0, 12), new Uint8Array(148));
      assert.deepEqual(
        datagram.subarray(20),
        MESSAGE.map((byte, index) => byte ^ key[index]),
      );
      assert.deepEqual(maskMessage(crypto, headerProtectionKey, datagram, datagram.subarray(20)), MESSAGE);
    }
  });

  it('ends in a trailer of random length below 500 bytes in all', () => {
    const datagrams = disguises({ s1: 100, randomTrailers: true }, 2_000);
    const lengths = datagrams.map(({ length }) => length);
    assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [248, 499]);
    assert.ok(datagrams.every((datagram) => datagram.subarray(100, 248).every((byte, index) => byte === index)));
    const [longest] = datagrams.filter(({ length }) => length === 499);
    assert.ok(new Set(longest.subarray(248)).size > 100);
  });

  it('has no trailer where the window is full already', () => {
    for (const s1 of [500 - 148, 500 - 147, 1_000]) {
      const [datagram] = disguises({ s1, randomTrailers: true });
      assert.equal(datagram.length, s1 + 148);
    }
  });
});
