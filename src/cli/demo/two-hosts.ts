/**
 * The demo proper: two hosts joined by a cable, a daemon in each, and traffic through the tunnel
 * between them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../control/config/parse.ts';
import type { UndoStack } from '../../device/undo-stack.ts';
import { ping } from '../../platform/linux/ping.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import { tapCable } from './cable-tap.ts';
import type { OuterAddress } from './demo-config.ts';
import { LEFT_INNER, makeConfigs, RIGHT_INNER } from './demo-config.ts';
import type { DemoConsole } from './demo-console.ts';
import { DemoDaemon } from './demo-daemon.ts';
import { DemoError } from './demo-error.ts';
import type { DemoHost } from './demo-host.ts';
import { joinHosts } from './demo-host.ts';
import { describeProfile, handshakeSummary, labelled, pingSummary, transferSummary, wireSummary } from './report.ts';
import { TrafficProcess } from './traffic-process.ts';
import { WireLog } from './wire-log.ts';

export interface TwoHostsOptions {
  readonly console: DemoConsole;
  /** Of TCP in each direction. */
  readonly seconds: number;
  readonly undo: UndoStack;
  readonly signal: AbortSignal;
}

const LISTEN_PORT = 51820;
const PING_COUNT = 10;
const PING_INTERVAL_MS = 50;

/** @throws DemoError when no ping was answered or nothing was transferred */
export async function runTwoHosts(options: TwoHostsOptions): Promise<void> {
  const { console, undo, signal } = options;
  console.heading('Two hosts in network namespaces, joined by a cable, an awg-vpn daemon in each');
  const pair = joinHosts();
  undo.push(() => pair.close());
  const configs = makeConfigs({ left: outerAddress(pair.left), right: outerAddress(pair.right) });
  for (const line of describeProfile(configs.profile)) console.line(line);
  const log = new WireLog(parseConfig(configs.left, 'demo').profile);
  undo.push(tapCable(pair.left, log));
  console.progress('  starting the daemons');
  const daemons = await startDaemons(pair, configs, undo);
  console.endProgress();
  signal.throwIfAborted();
  await pingThrough(pair.left, options);
  console.line(handshakeSummary(log.handshakeMilliseconds));
  await moveTcp(pair, options);
  console.line(labelled('memory of the daemons', daemons.map(residentMemory).join(' and ')));
  console.heading('What an observer of the cable saw at first');
  for (const line of wireSummary(log)) console.line(line);
}

function outerAddress({ address }: DemoHost): OuterAddress {
  return { host: address, port: LISTEN_PORT };
}

interface Pair {
  readonly left: DemoHost;
  readonly right: DemoHost;
}

async function startDaemons(
  hosts: Pair,
  configs: { left: string; right: string },
  undo: UndoStack,
): Promise<DemoDaemon[]> {
  const directory = mkdtempSync(join(tmpdir(), 'awg-vpn-demo-'));
  undo.push(() => rmSync(directory, { recursive: true, force: true }));
  const daemons = [
    new DemoDaemon(hosts.left, configs.left, directory),
    new DemoDaemon(hosts.right, configs.right, directory),
  ];
  undo.push(async () => void (await Promise.all(daemons.map((daemon) => daemon.stop()))));
  await Promise.all(daemons.map((daemon) => daemon.ready()));
  return daemons;
}

async function pingThrough(host: DemoHost, { console, signal }: TwoHostsOptions): Promise<void> {
  for (const target of [RIGHT_INNER.ipv4, RIGHT_INNER.ipv6]) {
    console.progress(`  ping ${target}`);
    const options = { address: parseAddress(target) as Uint8Array, count: PING_COUNT, interval: PING_INTERVAL_MS };
    const result = await host.run(() => ping(options));
    signal.throwIfAborted();
    console.endProgress();
    console.line(pingSummary(target, result));
    if (result.received === 0) throw new DemoError('no-answer', `no answer from ${target} through the tunnel`);
  }
}

async function moveTcp(hosts: Pair, options: TwoHostsOptions): Promise<void> {
  const left = startTraffic(hosts.left, options.undo);
  const right = startTraffic(hosts.right, options.undo);
  await measure('TCP left to right, IPv4', left, right, LEFT_INNER.ipv4, options);
  await measure('TCP right to left, IPv6', right, left, RIGHT_INNER.ipv6, options);
}

function startTraffic(host: DemoHost, undo: UndoStack): TrafficProcess {
  const traffic = new TrafficProcess(host);
  undo.push(() => traffic.stop());
  return traffic;
}

async function measure(
  title: string,
  sender: TrafficProcess,
  receiver: TrafficProcess,
  senderAddress: string,
  { console, seconds, signal }: TwoHostsOptions,
): Promise<void> {
  const port = await sender.serve();
  const transfer = await receiver.fetch(senderAddress, port, seconds * 1000, (soFar) => {
    console.progress(transferSummary(title, soFar));
  });
  signal.throwIfAborted();
  console.endProgress();
  console.line(transferSummary(title, transfer));
  if (transfer.bytes === 0) throw new DemoError('transfer-failed', `${title}: nothing arrived`);
}

function residentMemory({ pid }: DemoDaemon): string {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${Math.round(Number(kibibytes) / 1024)} MiB`;
}
