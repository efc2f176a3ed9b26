/** A thread that sleeps in epoll and sends every message back where it came from, until it is woken. */
import { parentPort, workerData } from 'node:worker_threads';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { Epoll } from '../../src/platform/linux/epoll.ts';
import type { UdpHandle } from '../../src/platform/linux/udp-socket.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';

export interface EchoWorkerData {
  readonly handle: UdpHandle;
  readonly wake: number;
}

const { handle, wake } = workerData as EchoWorkerData;
const syscalls = loadSyscalls();
const carrier = new LinuxUdpCarrier(syscalls, new Arena(256), handle);
const flow = new Int32Array(carrier.received.offset.length);
const epoll = new Epoll(syscalls);
for (const descriptor of [...carrier.descriptors, wake]) epoll.add(descriptor);
parentPort?.postMessage('ready');

for (let stopped = false; !stopped; ) {
  const ready = epoll.wait(-1);
  for (let i = 0; i < ready; i++) stopped ||= epoll.ready(i) === wake;
  for (let count = carrier.receive(); count > 0; count = carrier.receive())
    carrier.send({ ...carrier.received, flow, count });
}
epoll.close();
