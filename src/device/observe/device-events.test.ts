import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WallTime } from '../../protocol/time.ts';
import type { DeviceEvent } from './device-event.ts';
import { DeviceEvents } from './device-events.ts';

const wall = (): WallTime => 1_700_000_000_000 as WallTime;

function warn(events: DeviceEvents, ...messages: readonly string[]): void {
  for (const message of messages) events.emit({ kind: 'warning', message });
}

function messageOf(event: DeviceEvent | undefined): string | undefined {
  return event?.kind === 'warning' ? event.message : undefined;
}

test('subscribers hear what happens until they have enough, and cannot do harm', () => {
  const audience: boolean[] = [];
  const events = new DeviceEvents(wall, (isThere) => audience.push(isThere));
  const heard: DeviceEvent[] = [];
  const leave = events.subscribe((event) => heard.push(event));
  events.subscribe(() => {
    throw new Error('a bad listener');
  });
  warn(events, 'one');
  leave();
  warn(events, 'two');
  assert.deepEqual(heard, [{ kind: 'warning', message: 'one', at: wall() }]);
  events.close();
  assert.deepEqual(audience, [true, false]);
});

test('a loop gets every event, and ends with the device', async () => {
  const events = new DeviceEvents(wall);
  const heard: (string | undefined)[] = [];
  const loop = (async () => {
    for await (const event of events) heard.push(messageOf(event));
  })();
  warn(events, 'one', 'two');
  await new Promise(setImmediate);
  warn(events, 'three');
  events.close();
  await loop;
  assert.deepEqual(heard, ['one', 'two', 'three']);
});

test('who is too slow loses the oldest, and sees how many', async () => {
  const events = new DeviceEvents(wall);
  const stream = events.stream({ capacity: 2 });
  warn(events, 'one', 'two', 'three', 'four');
  assert.equal(stream.missed, 2);
  const first = await stream.next();
  assert.equal(messageOf(first.value), 'three');
  await stream.return();
  assert.deepEqual(await stream.next(), { value: undefined, done: true });
});

test('a stream ends by its signal, and when its loop is left', async () => {
  const audience: boolean[] = [];
  const events = new DeviceEvents(wall, (isThere) => audience.push(isThere));
  const controller = new AbortController();
  const waiting = events.stream({ signal: controller.signal }).next();
  controller.abort();
  assert.equal((await waiting).done, true);
  const left = (async () => {
    for await (const _ of events) break;
  })();
  warn(events, 'one');
  await left;
  assert.deepEqual(audience, [true, false, true, false]);
  assert.throws(() => events.stream({ capacity: 0 }), RangeError);
});
