/**
 * A server with a client that talks to it, and a crowd that comes by another cable: a newcomer, whom the
 * server knows but has not met, and a flood that has a whole network to lie about its address with.
 *
 *     client 10.200.0.1 ──── 10.200.0.2 server 10.200.1.2 ──── 10.200.1.1 crowd (198.18.0.0/16 is local)
 */
import { programPath } from '../child-program.ts';
import type { BackgroundProcess } from '../command.ts';
import type { EngineAdapter, RunningTunnel } from '../engines/engine-adapter.ts';
import type { KeyPair } from '../keys.ts';
import { generateKeyPair, keyToHex } from '../keys.ts';
import { NetworkNamespace } from '../network-namespace.ts';
import { ping } from '../ping.ts';
import type { Scope } from '../scope.ts';
import type { TunnelEnd } from '../tunnel-pair.ts';
import { LISTEN_PORT } from '../tunnel-pair.ts';
import type { ObfuscationKeys, PeerSettings, TunnelSettings } from '../tunnel-settings.ts';
import { waitFor } from '../wait.ts';
import type { Host } from '../wire.ts';
import { connectHosts, endpointText } from '../wire.ts';
import type { FloodKind, HandshakeFloodOrder, HandshakeFloodReport } from './flood-order.ts';

const PROGRAM = programPath('flood-program', import.meta.url);
const FORGED_NETWORK = '198.18.0.0';
const FORGED_SOURCES = 10_000;
const CROWD_DEVICE = 'crowd';
const CROWD = '10.200.1.1';
const SERVER_TO_CROWD = '10.200.1.2';
const MTU = 1420;
const INNER = { client: '10.201.0.1', server: '10.201.0.2', newcomer: '10.201.0.3', victim: '10.201.0.4' } as const;

type Who = keyof typeof INNER;

export interface FloodSettings {
  readonly kind: FloodKind;
  readonly perSecond: number;
  readonly milliseconds: number;
}

export class BesiegedServer {
  readonly client: TunnelEnd;
  readonly server: TunnelEnd;
  readonly #scope: Scope;
  readonly #crowd: NetworkNamespace;
  readonly #engine: EngineAdapter;
  readonly #keys: Readonly<Record<Who, KeyPair>>;
  readonly #obfuscation: ObfuscationKeys;

  private constructor(
    scope: Scope,
    engine: EngineAdapter,
    parts: Pick<BesiegedServer, 'client' | 'server'> & {
      readonly crowd: NetworkNamespace;
      readonly keys: Readonly<Record<Who, KeyPair>>;
      readonly obfuscation: ObfuscationKeys;
    },
  ) {
    this.#scope = scope;
    this.#engine = engine;
    this.client = parts.client;
    this.server = parts.server;
    this.#crowd = parts.crowd;
    this.#keys = parts.keys;
    this.#obfuscation = parts.obfuscation;
  }

  /** Client and server have a session when it resolves. */
  static async start(scope: Scope, engine: EngineAdapter, obfuscation: ObfuscationKeys = {}): Promise<BesiegedServer> {
    const [left, right] = await connectHosts(scope);
    const crowd = await gatherCrowd(scope, right);
    const who = Object.keys(INNER) as Who[];
    const keys = Object.fromEntries(who.map((each) => [each, generateKeyPair()])) as Record<Who, KeyPair>;
    const others = who.filter((each) => each !== 'server').map((each) => peerSettings(each, keys));
    const contact = endpointText(right.address[4], LISTEN_PORT);
    const server = await startEnd(scope, engine, right, 'server', settingsOf('server', keys, obfuscation, others));
    const toServer = [{ ...peerSettings('server', keys), endpoint: contact }];
    const client = await startEnd(scope, engine, left, 'client', settingsOf('client', keys, obfuscation, toServer));
    await waitForAnswer(left.namespace, client);
    return new BesiegedServer(scope, engine, { client, server, crowd, keys, obfuscation });
  }

  /** Prints a HandshakeFloodReport when it is over. */
  flood({ kind, perSecond, milliseconds }: FloodSettings): BackgroundProcess {
    const order: HandshakeFloodOrder = {
      kind,
      perSecond,
      milliseconds,
      target: SERVER_TO_CROWD,
      port: LISTEN_PORT,
      responder: keyToHex(this.#keys.server.publicKey),
      peer: keyToHex(this.#keys.victim.privateKey),
      sources: kind === 'replay' ? 1 : FORGED_SOURCES,
      sourceNetwork: FORGED_NETWORK,
    };
    return this.#crowd.spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {}, this.#scope);
  }

  /** Milliseconds from the first packet of somebody new until it is answered; his tunnel was up before. */
  async meetNewcomer(limitMs: number): Promise<number> {
    const tunnel = await this.#startNewcomer();
    const began = performance.now();
    await waitForAnswer(this.#crowd, { tunnel }, limitMs);
    return performance.now() - began;
  }

  #startNewcomer(): Promise<RunningTunnel> {
    const server = { ...peerSettings('server', this.#keys), endpoint: endpointText(SERVER_TO_CROWD, LISTEN_PORT) };
    const settings = settingsOf('newcomer', this.#keys, this.#obfuscation, [server]);
    return this.#engine.start(this.#scope, this.#crowd, settings);
  }
}

export function reportOfFlood(flood: BackgroundProcess): HandshakeFloodReport {
  if (flood.exitCode !== 0) throw new Error(`the flood ended with ${flood.exitCode}: ${flood.output}`);
  return JSON.parse(flood.output.trim().split('\n').at(-1) ?? '') as HandshakeFloodReport;
}

async function gatherCrowd(scope: Scope, server: Host): Promise<NetworkNamespace> {
  const crowd = await NetworkNamespace.create(scope);
  const peer = ['peer', 'name', CROWD_DEVICE, 'netns', server.namespace.name];
  await crowd.ip('link', 'add', CROWD_DEVICE, 'type', 'veth', ...peer);
  const ends = [
    [crowd, CROWD],
    [server.namespace, SERVER_TO_CROWD],
  ] as const;
  for (const [namespace, address] of ends) {
    await namespace.ip('address', 'add', `${address}/24`, 'dev', CROWD_DEVICE);
    await namespace.ip('link', 'set', CROWD_DEVICE, 'up');
  }
  // Any address of it may be sent from, and what is sent there arrives.
  await crowd.ip('route', 'add', 'local', `${FORGED_NETWORK}/16`, 'dev', 'lo');
  await server.namespace.ip('route', 'add', `${FORGED_NETWORK}/16`, 'via', CROWD);
  return crowd;
}

async function startEnd(
  scope: Scope,
  engine: EngineAdapter,
  host: Host,
  who: Who,
  settings: TunnelSettings,
): Promise<TunnelEnd> {
  const tunnel = await engine.start(scope, host.namespace, settings);
  return { host, tunnel, keys: { privateKey: settings.privateKey, publicKey: '' }, inner: { 4: INNER[who], 6: '' } };
}

function peerSettings(who: Who, keys: Readonly<Record<Who, KeyPair>>): PeerSettings {
  return { publicKey: keys[who].publicKey, allowedIps: [`${INNER[who]}/32`] };
}

function settingsOf(
  who: Who,
  keys: Readonly<Record<Who, KeyPair>>,
  obfuscation: ObfuscationKeys,
  peers: readonly PeerSettings[],
): TunnelSettings {
  const { privateKey } = keys[who];
  return { privateKey, listenPort: LISTEN_PORT, addresses: [`${INNER[who]}/32`], mtu: MTU, obfuscation, peers };
}

async function waitForAnswer(
  namespace: NetworkNamespace,
  { tunnel }: Pick<TunnelEnd, 'tunnel'>,
  timeoutMs = 10_000,
): Promise<void> {
  const answered = async (): Promise<boolean> =>
    (await ping(namespace, INNER.server, { count: 1, timeoutSeconds: 1 })).received > 0;
  await waitFor('an answer through the tunnel', answered, {
    timeoutMs,
    intervalMs: 10,
    explain: () => tunnel.process.output,
  });
}
