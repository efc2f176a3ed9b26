/**
 * Run as a process without any capability: tries what needs one, and prints what came of it as JSON,
 * `{ what: { name, code, message } }`, the value `null` for what succeeded.
 */
import { NetworkNamespace } from '../../src/platform/linux/namespace.ts';
import { RouteNetlink } from '../../src/platform/linux/netlink/route-netlink.ts';
import { PacketCapture } from '../../src/platform/linux/packet-capture.ts';
import { ping } from '../../src/platform/linux/ping.ts';
import { openTun } from '../../src/platform/linux/tun.ts';
import { openUdpSockets, setFwmark } from '../../src/platform/linux/udp-socket.ts';
import { prefix } from './netns-private.ts';

interface Outcome {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
}

async function outcomeOf(work: () => unknown): Promise<Outcome | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name: error.name, code: 'code' in error ? error.code : undefined, message: error.message };
  }
}

const netlink = new RouteNetlink();
const sockets = openUdpSockets({ port: 0 });
const attempts: Record<string, () => unknown> = {
  tun: () => openTun({ name: 'awgnone' }),
  address: () => netlink.addAddress(1, prefix('10.9.9.9/32')),
  rule: () => netlink.addRule({ family: 4, priority: 5, table: 99 }),
  mark: () => setFwmark(sockets, 7),
  namespace: () => NetworkNamespace.create(),
  capture: () => new PacketCapture(1),
  ping: () => ping({ address: Uint8Array.of(127, 0, 0, 1), count: 1 }),
  list: () => netlink.listRules(),
};

const outcomes: Record<string, Outcome | null> = {};
for (const [what, work] of Object.entries(attempts)) outcomes[what] = await outcomeOf(work);
console.log(JSON.stringify({ outcomes, buffersForced: sockets.capabilities.v4?.buffersForced }));
