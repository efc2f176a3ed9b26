/** The demo where neither root nor namespaces are to be had: both ends in this process. */
import { parseConfig } from '../../control/config/parse.ts';
import type { Datagram } from '../../transport/memory/memory-carrier.ts';
import { LEFT_INNER, makeConfigs, RIGHT_INNER } from './demo-config.ts';
import { DemoError } from './demo-error.ts';
import { LoopbackEnd } from './loopback-end.ts';
import { LoopbackSocket } from './loopback-socket.ts';
import type { Route } from './loopback-traffic.ts';
import { pingLoopback, transferLoopback } from './loopback-traffic.ts';
import { describeProfile, handshakeSummary, pingSummary, transferSummary, wireSummary } from './report.ts';
import type { TwoHostsOptions } from './two-hosts.ts';
import { WireLog } from './wire-log.ts';

export interface LoopbackOptions extends TwoHostsOptions {
  /** Why there are no namespaces. */
  readonly reason: string;
}

const PING_COUNT = 10;
/** As on the cable of the other demo: enough for the table. */
const MAX_LOGGED = 1000;

/** @throws DemoError when no ping was answered or nothing was transferred */
export async function runLoopback(options: LoopbackOptions): Promise<void> {
  const { console, undo } = options;
  console.heading('Two ends of a tunnel in this process, over UDP on 127.0.0.1');
  console.line(`  There are no namespaces to put daemons in: ${options.reason}.`);
  console.line(
    '  So the interfaces are in memory, and packets are made by the demo instead of by an operating system.',
  );
  const sockets = await Promise.all([LoopbackSocket.bind(), LoopbackSocket.bind()]);
  const [leftSocket, rightSocket] = sockets;
  undo.push(() => leftSocket.close());
  undo.push(() => rightSocket.close());
  const configs = makeConfigs({ left: hostAndPort(leftSocket), right: hostAndPort(rightSocket) });
  for (const line of describeProfile(configs.profile)) console.line(line);
  const config = parseConfig(configs.left, 'left.conf');
  const log = new WireLog(config.profile);
  for (const socket of sockets) socket.onSend((datagram) => logFirst(log, datagram));
  const left = new LoopbackEnd(config, leftSocket);
  const right = new LoopbackEnd(parseConfig(configs.right, 'right.conf'), rightSocket);
  undo.push(async () => void (await Promise.all([left.close(), right.close()])));
  await showTraffic(left, right, log, options);
}

async function showTraffic(
  left: LoopbackEnd,
  right: LoopbackEnd,
  log: WireLog,
  options: LoopbackOptions,
): Promise<void> {
  const there: Route = { from: left, to: right, source: LEFT_INNER.ipv4, destination: RIGHT_INNER.ipv4 };
  const back: Route = { from: right, to: left, source: RIGHT_INNER.ipv6, destination: LEFT_INNER.ipv6 };
  await pingThrough(there, options);
  await pingThrough(back, options);
  options.console.line(handshakeSummary(log.handshakeMilliseconds));
  await transfer('TCP left to right, IPv4', there, options);
  await transfer('TCP right to left, IPv6', back, options);
  options.console.heading('What an observer of the loopback saw at first');
  for (const line of wireSummary(log)) options.console.line(line);
}

async function pingThrough(route: Route, { console, signal }: LoopbackOptions): Promise<void> {
  console.progress(`  ping ${route.destination}`);
  const result = await pingLoopback(route, PING_COUNT);
  signal.throwIfAborted();
  console.endProgress();
  console.line(pingSummary(route.destination, result));
  if (result.received === 0) throw new DemoError('no-answer', `no answer from ${route.destination} through the tunnel`);
}

async function transfer(title: string, route: Route, { console, seconds, signal }: LoopbackOptions): Promise<void> {
  const result = await transferLoopback(route, seconds * 1000, (soFar) =>
    console.progress(transferSummary(title, soFar)),
  );
  signal.throwIfAborted();
  console.endProgress();
  console.line(transferSummary(title, result));
  if (result.bytes === 0) throw new DemoError('transfer-failed', `${title}: nothing arrived`);
}

function logFirst(log: WireLog, { bytes }: Datagram): void {
  if (log.count < MAX_LOGGED) log.add(bytes, performance.now());
}

function hostAndPort({ local }: LoopbackSocket): { host: string; port: number } {
  return { host: local.address.join('.'), port: local.port };
}
