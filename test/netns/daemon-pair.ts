/** Two hosts, each with a daemon that is not running yet, and the settings that let them talk. */
import type { KeyPair } from '../support/keys.ts';
import { generateKeyPair, generatePresharedKey } from '../support/keys.ts';
import { ping } from '../support/ping.ts';
import type { Scope } from '../support/scope.ts';
import type { TunnelEnd } from '../support/tunnel-pair.ts';
import { LISTEN_PORT } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys, PeerSettings, TunnelSettings } from '../support/tunnel-settings.ts';
import { waitFor } from '../support/wait.ts';
import type { Family, Host } from '../support/wire.ts';
import { connectHosts, endpointText } from '../support/wire.ts';
import type { Launch } from './tunnel-daemon.ts';
import { TunnelDaemon } from './tunnel-daemon.ts';

/** Far above what a handshake takes, far below its first repetition. */
export const AT_ONCE_MS = 4000;

export interface DaemonPairOptions {
  /** Two that reach each other; default two joined by a cable. */
  readonly hosts?: readonly [Host, Host];
  /** Family of the datagrams on the cable; default 4. */
  readonly outer?: Family;
  /** Families inside the tunnel; default both. */
  readonly inner?: readonly Family[];
  readonly mtu?: number;
  readonly obfuscation?: ObfuscationKeys;
  /** Seconds, of the initiator. */
  readonly initiatorKeepalive?: number;
  /** What the initiator sends through the tunnel; default the addresses of the responder. */
  readonly initiatorRoutes?: readonly string[];
  /** Whether the responder knows where the initiator is. */
  readonly responderKnowsEndpoint?: boolean;
}

export interface DaemonEnd extends TunnelEnd {
  readonly tunnel: TunnelDaemon;
  readonly settings: TunnelSettings;
}

export interface DaemonPair {
  readonly initiator: DaemonEnd;
  readonly responder: DaemonEnd;
}

interface Identity {
  readonly host: Host;
  readonly keys: KeyPair;
  readonly inner: Readonly<Record<Family, string>>;
}

const HOST_PREFIX: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

function identify(host: Host, number: number): Identity {
  return { host, keys: generateKeyPair(), inner: { 4: `10.202.0.${number}`, 6: `fd00:ca::${number}` } };
}

function innerPrefixes(identity: Identity, options: DaemonPairOptions): string[] {
  return (options.inner ?? [4, 6]).map((family) => `${identity.inner[family]}/${HOST_PREFIX[family]}`);
}

function makeEnd(scope: Scope, own: Identity, peer: PeerSettings, options: DaemonPairOptions): DaemonEnd {
  const settings = {
    privateKey: own.keys.privateKey,
    listenPort: LISTEN_PORT,
    addresses: innerPrefixes(own, options),
    mtu: options.mtu ?? 1420,
    obfuscation: options.obfuscation ?? {},
    peers: [peer],
  };
  return { ...own, settings, tunnel: new TunnelDaemon(scope, own.host.namespace, settings) };
}

/** Nothing runs yet; see `startBoth`. */
export async function prepareDaemons(scope: Scope, options: DaemonPairOptions = {}): Promise<DaemonPair> {
  const [left, right] = options.hosts ?? (await connectHosts(scope));
  const first = identify(left, 1);
  const second = identify(right, 2);
  const presharedKey = generatePresharedKey();
  const endpointOf = ({ host }: Identity): string => endpointText(host.address[options.outer ?? 4], LISTEN_PORT);
  const toSecond: PeerSettings = {
    publicKey: second.keys.publicKey,
    presharedKey,
    endpoint: endpointOf(second),
    allowedIps: options.initiatorRoutes ?? innerPrefixes(second, options),
    ...(options.initiatorKeepalive === undefined ? {} : { persistentKeepalive: options.initiatorKeepalive }),
  };
  const toFirst: PeerSettings = {
    publicKey: first.keys.publicKey,
    presharedKey,
    allowedIps: innerPrefixes(first, options),
    ...(options.responderKnowsEndpoint === true ? { endpoint: endpointOf(first) } : {}),
  };
  return {
    initiator: makeEnd(scope, first, toSecond, options),
    responder: makeEnd(scope, second, toFirst, options),
  };
}

/** The initiator last: with a default route it has something to send as soon as it is up. */
export async function startBoth({ initiator, responder }: DaemonPair, launch: Launch = {}): Promise<void> {
  await responder.tunnel.start(launch);
  await initiator.tunnel.start(launch);
}

/** Pings until the first answer; fails when there is none within `limitMs`. */
export async function waitForAnswer(
  from: DaemonEnd,
  to: DaemonEnd,
  limitMs = AT_ONCE_MS,
  inner: Family = 4,
): Promise<void> {
  const answered = async (): Promise<boolean> =>
    (await ping(from.host.namespace, to.inner[inner], { count: 1, timeoutSeconds: 1 })).received > 0;
  await waitFor('an answer through the tunnel', answered, {
    timeoutMs: limitMs,
    explain: () => `${from.tunnel.process.output}\n${to.tunnel.process.output}`,
  });
}
