import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogSink } from './log-sink.ts';

/** A place that takes `room` bytes, and fails with `failure` where there is one. */
class Place {
  text = '';
  room = Number.POSITIVE_INFINITY;
  failure: string | undefined;

  readonly write = (bytes: Uint8Array): number => {
    const taken = Math.min(bytes.length, this.room);
    if (taken === 0 && this.failure !== undefined) throw Object.assign(new Error('no'), { code: this.failure });
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    this.room -= taken;
    return taken;
  };
}

const lossNotice = (lost: number, reason: string): string => `lost ${lost} (${reason})\n`;

test('what does not fit on the disk is counted, and told when there is room again', () => {
  const place = new Place();
  const sink = new LogSink(place.write, { lossNotice });
  sink.write('one\n');
  place.failure = 'ENOSPC';
  place.room = 0;
  for (let i = 0; i < 5; i++) sink.write('gone\n');
  assert.deepEqual([place.text, sink.lost], ['one\n', 5]);
  place.room = Number.POSITIVE_INFINITY;
  sink.write('two\n');
  assert.deepEqual([place.text, sink.lost], ['one\nlost 5 (ENOSPC)\ntwo\n', 0]);
});

test('a line that got out in part only does not swallow the next one', () => {
  const place = new Place();
  const sink = new LogSink(place.write, { lossNotice });
  place.failure = 'ENOSPC';
  place.room = 3;
  sink.write('abcdef\n');
  place.room = Number.POSITIVE_INFINITY;
  sink.write('next\n');
  assert.equal(place.text, 'abc\nlost 1 (ENOSPC)\nnext\n');
});

test('a reader who is gone costs lines and nothing else', () => {
  const place = new Place();
  place.failure = 'EPIPE';
  place.room = 0;
  const sink = new LogSink(place.write, { lossNotice });
  for (let i = 0; i < 1000; i++) sink.write('x\n');
  sink.close();
  assert.equal(sink.lost, 1000);
});

test('a slow reader gets everything, up to a bound, and hears of the rest', async () => {
  const place = new Place();
  place.room = 0;
  const sink = new LogSink(place.write, { lossNotice, backlogBytes: 40, retryInterval: 5 });
  for (let i = 0; i < 10; i++) sink.write('0123456789abcdef#xy\n');
  assert.equal(place.text, '');
  place.room = Number.POSITIVE_INFINITY;
  await sleep(50);
  const line = '0123456789abcdef#xy\n';
  assert.equal(place.text, `${line}${line}lost 8 (the reader is too slow)\n`);
});
