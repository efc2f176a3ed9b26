import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameProblem, parsePacket, segmentFrame } from '../testing/index.ts';
import { rehearsalFrames } from './rehearsal-frames.ts';

test('one is a packet by itself, the other is cut in two, and the system would take both', () => {
  const [single, large] = rehearsalFrames();
  assert.equal(frameProblem(single), undefined);
  assert.equal(frameProblem(large), undefined);
  assert.equal(segmentFrame(single).length, 1);
  const segments = segmentFrame(large);
  assert.equal(segments.length, 2);
  assert.deepEqual(
    segments.map((packet) => parsePacket(packet).protocol),
    [6, 6],
  );
});
