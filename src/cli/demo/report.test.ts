import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProfile, handshakeSummary, pingSummary, transferSummary } from './report.ts';

test('the profile is broken between keys and within 84 columns', () => {
  const lines = describeProfile({
    Jc: '4',
    H1: '1000000000-1000000010',
    H2: '2000000000-2000000010',
    H3: '3000000000-3000000010',
    I1: '<b 0x01><r 8>',
  });
  assert.deepEqual(lines, [
    '  profile of this run       Jc=4 H1=1000000000-1000000010 H2=2000000000-2000000010',
    '                            H3=3000000000-3000000010 I1=<b 0x01><r 8>',
  ]);
});

test('pings with and without answers', () => {
  assert.equal(
    pingSummary('10.0.0.1', { sent: 4, received: 3, roundTrips: [3, 1, 2] }),
    '  ping 10.0.0.1             3 of 4 answered, median 2.00 ms',
  );
  assert.match(pingSummary('10.0.0.1', { sent: 4, received: 0, roundTrips: [] }), /0 of 4 answered$/);
});

test('throughput in the unit that fits', () => {
  assert.match(
    transferSummary('TCP', { bytes: 250_000_000, milliseconds: 1000 }),
    /2\.00 Gbit\/s \(250 MB in 1\.0 s\)/,
  );
  assert.match(transferSummary('TCP', { bytes: 10_000_000, milliseconds: 1000 }), / 80 Mbit\/s /);
  assert.match(transferSummary('TCP', { bytes: 0, milliseconds: 0 }), / 0 Mbit\/s /);
});

test('a handshake that was not seen is not invented', () => {
  assert.match(handshakeSummary(undefined), /not seen/);
  assert.match(handshakeSummary(3.21), /3\.2 ms/);
});
