/** A tunnel whose responder has many peers configured, of which one talks. */
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import { IperfServer } from '../../support/iperf.ts';
import type { KeyPair } from '../../support/keys.ts';
import { generateKeyPair } from '../../support/keys.ts';
import { ping } from '../../support/ping.ts';
import { processUsage } from '../../support/process-usage.ts';
import { Scope } from '../../support/scope.ts';
import type { TunnelEnd } from '../../support/tunnel-pair.ts';
import { LISTEN_PORT } from '../../support/tunnel-pair.ts';
import type { PeerSettings, TunnelSettings } from '../../support/tunnel-settings.ts';
import { sleep, waitFor } from '../../support/wait.ts';
import type { Host } from '../../support/wire.ts';
import { connectHosts, endpointText } from '../../support/wire.ts';

const MTU = 1420;
/** Until start-up is over. */
const SETTLE_MS = 1500;
const WARM_UP_SECONDS = 1;
const TALKING = ['10.201.0.1', '10.201.0.2'] as const;

export interface CrowdedMeasurement {
  /** Of the responder, with no traffic yet. */
  readonly residentBytes: number;
  /** Until the responder was up, the start of its process included. */
  readonly startMilliseconds: number;
  /** Until it had told about all its peers. */
  readonly showMilliseconds: number;
  /** One TCP stream to the responder; undefined when it was not asked for. */
  readonly bitsPerSecond: number | undefined;
}

interface Ends {
  readonly initiator: TunnelEnd;
  readonly responder: TunnelEnd;
  /** Of the responder. */
  readonly startMilliseconds: number;
}

/** @param seconds of TCP; 0 for none */
export async function measureCrowded(
  engine: EngineAdapter,
  peers: number,
  seconds: number,
): Promise<CrowdedMeasurement> {
  const scope = new Scope();
  try {
    const { initiator, responder, startMilliseconds } = await start(scope, engine, peers);
    await sleep(SETTLE_MS);
    const { residentBytes } = processUsage(responder.tunnel.process.pid);
    const showMilliseconds = await timeOf(() => responder.tunnel.peers());
    const idle = { residentBytes, startMilliseconds, showMilliseconds };
    if (seconds === 0) return { ...idle, bitsPerSecond: undefined };
    await waitForAnswer(initiator, responder);
    const server = await IperfServer.start(scope, responder);
    await server.measure(initiator, 1, WARM_UP_SECONDS);
    const { bitsPerSecond } = await server.measure(initiator, 1, seconds);
    return { ...idle, bitsPerSecond };
  } finally {
    await scope.close();
  }
}

async function start(scope: Scope, engine: EngineAdapter, peers: number): Promise<Ends> {
  const [left, right] = await connectHosts(scope);
  const [near, far] = [generateKeyPair(), generateKeyPair()];
  const talking: PeerSettings = { publicKey: near.publicKey, allowedIps: [`${TALKING[0]}/32`] };
  const others = Array.from({ length: peers - 1 }, (_, index) => silentPeer(index));
  const endpoint = endpointText(right.address[4], LISTEN_PORT);
  const responder = settingsOf(far, TALKING[1], [talking, ...others]);
  const peer: PeerSettings = { publicKey: far.publicKey, allowedIps: [`${TALKING[1]}/32`], endpoint };
  const initiator = settingsOf(near, TALKING[0], [peer]);
  const began = performance.now();
  const crowded = await startEnd(scope, engine, right, far, responder);
  const startMilliseconds = performance.now() - began;
  return { startMilliseconds, responder: crowded, initiator: await startEnd(scope, engine, left, near, initiator) };
}

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

async function startEnd(
  scope: Scope,
  engine: EngineAdapter,
  host: Host,
  keys: KeyPair,
  settings: TunnelSettings,
): Promise<TunnelEnd> {
  const tunnel = await engine.start(scope, host.namespace, settings);
  const inner = { 4: settings.addresses[0].replace(/\/.*/, ''), 6: '' };
  return { host, tunnel, keys, inner };
}

function silentPeer(index: number): PeerSettings {
  return { publicKey: generateKeyPair().publicKey, allowedIps: [`10.202.${index >> 8}.${index & 255}/32`] };
}

function settingsOf(keys: KeyPair, inner: string, peers: readonly PeerSettings[]): TunnelSettings {
  return { privateKey: keys.privateKey, listenPort: LISTEN_PORT, addresses: [`${inner}/32`], mtu: MTU, peers };
}

async function waitForAnswer(from: TunnelEnd, to: TunnelEnd): Promise<void> {
  const isAnswered = async (): Promise<boolean> =>
    (await ping(from.host.namespace, to.inner[4], { count: 1, timeoutSeconds: 1 })).received > 0;
  await waitFor('an answer through the tunnel', isAnswered, { timeoutMs: 20_000 });
}
