/** The process of a steward: does what its daemon asks, one order after the other, and ends with it. */
import { Socket } from 'node:net';
import { LineReader } from '../socket/line-reader.ts';
import { readState, StateFile, StateFileError } from '../state/state-file.ts';
import { CHANNEL_DESCRIPTOR, MAX_ORDER_BYTES } from './steward-channel.ts';
import { StewardDuties } from './steward-duties.ts';
import type { StewardOrder, StewardReply, StewardSetup } from './steward-orders.ts';

const channel = new Socket({ fd: CHANNEL_DESCRIPTOR });
let setup: StewardSetup | undefined;
let duties: StewardDuties | undefined;
let latest: Promise<unknown> = Promise.resolve();

async function perform(charge: StewardSetup, order: StewardOrder): Promise<unknown> {
  if (duties !== undefined) return duties.perform(order);
  const { runtimeDirectory, name } = charge;
  const state = readState(runtimeDirectory, name);
  if (state === undefined) throw new StateFileError(`there is no record of a tunnel "${name}"`);
  duties = new StewardDuties(charge, StateFile.takeOver(runtimeDirectory, state));
  return order.order === 'take-over' ? undefined : duties.perform(order);
}

async function answer(charge: StewardSetup, line: string): Promise<StewardReply> {
  try {
    return { ok: true, result: (await perform(charge, JSON.parse(line) as StewardOrder)) ?? null };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function receive(line: string): void {
  if (setup === undefined) {
    setup = JSON.parse(line) as StewardSetup;
    return;
  }
  const charge = setup;
  latest = latest.then(() => answer(charge, line)).then((reply) => channel.write(`${JSON.stringify(reply)}\n`));
}

const lines = new LineReader(MAX_ORDER_BYTES, receive);
channel.on('data', (chunk: Buffer) => {
  if (!lines.push(chunk)) channel.destroy();
});
// The daemon is gone. What it left is recorded, and whoever looks after it knows what to do.
channel.on('end', () => channel.destroy());
channel.on('error', () => channel.destroy());
