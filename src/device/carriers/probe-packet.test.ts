import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../testing/addresses.ts';
import { echoPacket, isIntact, parsePacket } from '../../testing/packets.ts';
import { buildProbe } from './probe-packet.ts';

const MARK = { identifier: 0xabcd, sequence: 0x1234 };
const COUNTING = Uint8Array.from({ length: 32 }, (_, index) => index);

const cases = [
  { family: 4, source: '10.9.0.2', destination: '10.9.0.1', hopLimitAt: 8, flagsAt: 6, flags: 0x40 },
  { family: 6, source: 'fd09::2', destination: 'fd09::1', hopLimitAt: 7, flagsAt: 1, flags: 0 },
] as const;

for (const { family, source, destination, hopLimitAt, flagsAt, flags } of cases) {
  test(`IPv${family}: an echo request with right checksums that goes no further than one hop`, () => {
    const probe = buildProbe({ source: address(source), destination: address(destination) }, MARK);
    const parsed = parsePacket(probe);
    assert.ok(isIntact(probe));
    assert.deepEqual([parsed.version, parsed.totalBytes], [family, probe.length]);
    assert.deepEqual([parsed.source, parsed.destination], [address(source), address(destination)]);
    assert.deepEqual([probe[hopLimitAt], probe[flagsAt]], [1, flags]);
    const sameEcho = echoPacket({ source, destination, ...MARK, ttl: 1, payload: COUNTING });
    assert.deepEqual(parsed.segment, parsePacket(sameEcho).segment);
  });
}
