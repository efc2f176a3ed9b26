/**
 * Sends the same datagrams over and over, in bursts, each datagram from the next of many addresses:
 * the load under which a responder asks for cookies. `<file with an order in JSON>`. Says `answered`
 * once when anything comes back, and goes on until it is told to end.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import { address } from '../../src/testing/addresses.ts';
import type { SendRuns } from '../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { encodePath } from '../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';

export interface BurstOrder {
  readonly target: string;
  readonly port: number;
  /** Addresses of this host. */
  readonly sources: readonly string[];
  /** In hexadecimal. */
  readonly datagrams: readonly string[];
  readonly perBurst: number;
  readonly intervalMilliseconds: number;
}

function place(arena: Arena, datagram: Uint8Array): { offset: number; length: number } {
  const offset = arena.reserve(datagram.length);
  arena.bytes.set(datagram, offset);
  return { offset, length: datagram.length };
}

function pathFrom(arena: Arena, { target, port }: BurstOrder, source: string): number {
  const local = { address: address(source), interfaceIndex: 0 };
  const endpoint: Endpoint = { address: address(target), port, scopeId: 0, local };
  const path = arena.reserve(PATH_BYTES);
  encodePath(arena.bytes, path, endpoint);
  return path;
}

function burstOf(order: BurstOrder, arena: Arena): SendRuns {
  const datagrams = order.datagrams.map((hex) => place(arena, Buffer.from(hex, 'hex')));
  const paths = order.sources.map((source) => pathFrom(arena, order, source));
  const column = (): Int32Array => new Int32Array(order.perBurst);
  const runs = {
    count: order.perBurst,
    offset: column(),
    length: column(),
    segment: column(),
    path: column(),
    flow: column(),
  };
  for (let run = 0; run < runs.count; run += 1) {
    const { offset, length } = datagrams[run % datagrams.length];
    runs.offset[run] = offset;
    runs.length[run] = length;
    runs.segment[run] = length;
    runs.path[run] = paths[run % paths.length];
  }
  return runs;
}

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BurstOrder;
const arena = new Arena(128);
const carrier = new LinuxUdpCarrier(loadSyscalls(), arena, openUdpSockets({ port: 0 }));
const burst = burstOf(order, arena);
for (let answers = 0; ; ) {
  const { failed } = carrier.send(burst);
  if (failed > 0) throw new Error(`the system refused ${failed} datagrams`);
  await sleep(order.intervalMilliseconds);
  const before = answers;
  for (let count = carrier.receive(); count > 0; count = carrier.receive()) answers += count;
  if (before === 0 && answers > 0) process.stdout.write('answered\n');
}
