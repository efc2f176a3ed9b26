/** Two hosts with a tunnel between them; who begins, over what, and with which disguise is a parameter. */
import type { EngineAdapter, RunningTunnel } from './engines/engine-adapter.ts';
import { onlyPeer } from './engines/engine-adapter.ts';
import type { KeyPair } from './keys.ts';
import { generateKeyPair, generatePresharedKey } from './keys.ts';
import { ping } from './ping.ts';
import type { Scope } from './scope.ts';
import type { ObfuscationKeys, PeerSettings, TunnelSettings } from './tunnel-settings.ts';
import { waitFor } from './wait.ts';
import type { Family, Host, WireOptions } from './wire.ts';
import { connectHosts, endpointText } from './wire.ts';

export const LISTEN_PORT = 51820;

/** Inner addresses: the initiator is 1, the responder 2. */
const INNER = { 4: '10.201.0.', 6: 'fd00:c9::' } as const;

export interface PairOptions extends WireOptions {
  readonly initiator: EngineAdapter;
  readonly responder: EngineAdapter;
  /** Family of the datagrams on the cable. */
  readonly outer: Family;
  readonly mtu?: number;
  readonly initiatorObfuscation?: ObfuscationKeys;
  readonly responderObfuscation?: ObfuscationKeys;
  /** PersistentKeepalive of the initiator: seconds, or a range of them. */
  readonly initiatorKeepalive?: number | string;
  /** Where the initiator finds the responder, `address:port`; default the responder itself. */
  readonly initiatorEndpoint?: string;
  /** Keys that only our daemon knows: of the initiator's peer, and of the responder's interface. */
  readonly initiatorCarriers?: PeerSettings['carriers'];
  readonly responderListeners?: TunnelSettings['listeners'];
}

/** One end of the pair. */
export interface TunnelEnd {
  readonly host: Host;
  readonly tunnel: RunningTunnel;
  readonly keys: KeyPair;
  /** Its addresses inside the tunnel. */
  readonly inner: Readonly<Record<Family, string>>;
}

export interface TunnelPair {
  readonly presharedKey: string;
  readonly initiator: TunnelEnd;
  readonly responder: TunnelEnd;
}

interface EndPlan {
  readonly host: Host;
  readonly keys: KeyPair;
  readonly inner: Readonly<Record<Family, string>>;
}

function planEnd(host: Host, number: number): EndPlan {
  return { host, keys: generateKeyPair(), inner: { 4: `${INNER[4]}${number}`, 6: `${INNER[6]}${number}` } };
}

function settingsOf(
  own: EndPlan,
  other: EndPlan,
  presharedKey: string,
  options: {
    readonly mtu?: number;
    readonly obfuscation: ObfuscationKeys | undefined;
    readonly contact?: Pick<PeerSettings, 'endpoint' | 'persistentKeepalive' | 'carriers'>;
    readonly listeners?: TunnelSettings['listeners'];
  },
): TunnelSettings {
  const peer = {
    publicKey: other.keys.publicKey,
    presharedKey,
    allowedIps: [`${other.inner[4]}/32`, `${other.inner[6]}/128`],
    ...options.contact,
  };
  return {
    privateKey: own.keys.privateKey,
    listenPort: LISTEN_PORT,
    addresses: [`${own.inner[4]}/32`, `${own.inner[6]}/128`],
    mtu: options.mtu ?? 1420,
    ...(options.obfuscation === undefined ? {} : { obfuscation: options.obfuscation }),
    ...(options.listeners === undefined ? {} : { listeners: options.listeners }),
    peers: [peer],
  };
}

/** Brings both ends up. The responder knows no endpoint; without keepalives nothing has crossed the cable yet. */
export async function startPair(scope: Scope, options: PairOptions): Promise<TunnelPair> {
  const [left, right] = await connectHosts(scope, options);
  const first = planEnd(left, 1);
  const second = planEnd(right, 2);
  const presharedKey = generatePresharedKey();
  const mtu = options.mtu === undefined ? {} : { mtu: options.mtu };
  const contact = {
    endpoint: options.initiatorEndpoint ?? endpointText(right.address[options.outer], LISTEN_PORT),
    ...(options.initiatorCarriers === undefined ? {} : { carriers: options.initiatorCarriers }),
    ...(options.initiatorKeepalive === undefined ? {} : { persistentKeepalive: options.initiatorKeepalive }),
  };
  const responderSettings = settingsOf(second, first, presharedKey, {
    ...mtu,
    obfuscation: options.responderObfuscation,
    ...(options.responderListeners === undefined ? {} : { listeners: options.responderListeners }),
  });
  const initiatorSettings = settingsOf(first, second, presharedKey, {
    ...mtu,
    obfuscation: options.initiatorObfuscation,
    contact,
  });
  const responder = await options.responder.start(scope, right.namespace, responderSettings);
  const initiator = await options.initiator.start(scope, left.namespace, initiatorSettings);
  return { presharedKey, initiator: { ...first, tunnel: initiator }, responder: { ...second, tunnel: responder } };
}

/** Pings from `from` until the first answer; both ends have then seen a handshake. */
export async function waitForHandshake(from: TunnelEnd, to: TunnelEnd): Promise<void> {
  await waitFor(
    'an answer through the tunnel',
    async () => (await ping(from.host.namespace, to.inner[4], { count: 1, timeoutSeconds: 1 })).received > 0,
    { timeoutMs: 20_000, explain: () => `${from.tunnel.process.output}\n${to.tunnel.process.output}` },
  );
  for (const end of [from, to]) {
    await waitFor('both ends to report the handshake', async () => (await onlyPeer(end.tunnel)).latestHandshake > 0);
  }
}
