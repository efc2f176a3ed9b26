/** A server that listens for all streams, two clients of it, and somebody with many addresses. */

import { withIdentity } from '../../support/identity-files.ts';
import type { KeyPair } from '../../support/keys.ts';
import { generateKeyPair } from '../../support/keys.ts';
import { NetworkNamespace } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';
import type { TunnelEnd } from '../../support/tunnel-pair.ts';
import { LISTEN_PORT } from '../../support/tunnel-pair.ts';
import type { Family, Host } from '../../support/wire.ts';
import { IDENTITY, PATH, PORTS } from '../carrier-daemons.ts';
import { TunnelDaemon } from '../tunnel-daemon.ts';

export interface DaemonHost extends TunnelEnd {
  readonly tunnel: TunnelDaemon;
}

export interface CrowdedServer {
  readonly server: DaemonHost;
  readonly clients: readonly [DaemonHost, DaemonHost];
  readonly stranger: NetworkNamespace;
  /** Of the stranger. */
  readonly sources: readonly string[];
  /** Of the server, as the stranger sees it. */
  readonly target: string;
}

const STRANGER_NETWORK = '10.230.64';
const STRANGERS = 250;

interface Place {
  readonly host: Host;
  readonly keys: KeyPair;
  readonly inner: Readonly<Record<Family, string>>;
}

async function join(server: NetworkNamespace, guest: NetworkNamespace, device: string, network: string): Promise<void> {
  await server.ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'wire', 'netns', guest.name);
  await server.ipBatch([`address add ${network}.1/24 dev ${device}`, `link set ${device} up`]);
  await guest.ipBatch([`address add ${network}.2/24 dev wire`, 'link set wire up']);
}

function placeOf(namespace: NetworkNamespace, address: string, number: number): Place {
  const addresses = { 4: address, 6: '::' } as const;
  return {
    host: { namespace, device: 'wire', address: addresses, spareAddress: addresses },
    keys: generateKeyPair(),
    inner: { 4: `10.231.0.${number}`, 6: '::' },
  };
}

function makeClient(scope: Scope, own: Place, server: Place, network: string, port: number): DaemonHost {
  const peer = {
    publicKey: server.keys.publicKey,
    allowedIps: [`${server.inner[4]}/32`],
    carriers: { Transport: 'tcp', EndpointTCP: `${network}.1:${port}` },
  };
  const { privateKey } = own.keys;
  const settings = { privateKey, listenPort: LISTEN_PORT, addresses: [`${own.inner[4]}/32`], mtu: 1420, peers: [peer] };
  return { ...own, tunnel: new TunnelDaemon(scope, own.host.namespace, settings) };
}

/** @param firstPort where the first client finds the server: itself, or something that stands before it */
export async function prepareCrowd(scope: Scope, firstPort: number = PORTS.tcp): Promise<CrowdedServer> {
  const [home, first, second, stranger] = [
    await NetworkNamespace.create(scope),
    await NetworkNamespace.create(scope),
    await NetworkNamespace.create(scope),
    await NetworkNamespace.create(scope),
  ];
  const networks = ['10.230.1', '10.230.2', STRANGER_NETWORK] as const;
  await join(home, first, 'first', networks[0]);
  await join(home, second, 'second', networks[1]);
  await join(home, stranger, 'stranger', STRANGER_NETWORK);
  const sources = Array.from({ length: STRANGERS }, (_, index) => `${STRANGER_NETWORK}.${index + 2}`);
  await stranger.ipBatch(sources.slice(1).map((address) => `address add ${address}/24 dev wire`));
  const own = placeOf(home, `${networks[0]}.1`, 1);
  const guests = [placeOf(first, `${networks[0]}.2`, 2), placeOf(second, `${networks[1]}.2`, 3)] as const;
  const settings = {
    privateKey: own.keys.privateKey,
    listenPort: LISTEN_PORT,
    addresses: [`${own.inner[4]}/24`],
    mtu: 1420,
    listeners: {
      ListenTCP: PORTS.tcp,
      ListenTLS: PORTS.tls,
      ListenWebSocket: `ws://*:${PORTS.ws}${PATH}`,
      ...withIdentity(scope, IDENTITY),
    },
    peers: guests.map(({ keys, inner }) => ({ publicKey: keys.publicKey, allowedIps: [`${inner[4]}/32`] })),
  };
  return {
    server: { ...own, tunnel: new TunnelDaemon(scope, home, settings) },
    clients: [
      makeClient(scope, guests[0], own, networks[0], firstPort),
      makeClient(scope, guests[1], own, networks[1], PORTS.tcp),
    ],
    stranger,
    sources,
    target: `${STRANGER_NETWORK}.1`,
  };
}
