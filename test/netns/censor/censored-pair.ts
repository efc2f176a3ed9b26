/**
 * A client and a server with a censor between them, who sees every packet and has rules for them.
 *
 *     client ──slow cable── censor ──wire── server
 */
import type { NetworkNamespace } from '../../support/network-namespace.ts';
import { NetworkNamespace as Namespace } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';
import type { SlowCable } from '../../support/slow-cable.ts';
import { laySlowCable } from '../../support/slow-cable.ts';
import type { Host } from '../../support/wire.ts';
import { IDENTITY, PATH, PORTS, prepareCarriers } from '../carrier-daemons.ts';
import type { DaemonPair } from '../daemon-pair.ts';
import { startBoth, waitForAnswer } from '../daemon-pair.ts';

export const CLIENT = '10.210.1.2';
export const SERVER = '10.210.2.2';
/** Of the censor: towards the client, and towards the server. */
export const TO_CLIENT = 'cable';
export const TO_SERVER = 'wire';

const PIN = IDENTITY.pin.toString('base64');

/** `Transport` and what belongs to it, for a server with all carriers. */
export const ALL_CARRIERS = {
  Transport: 'auto',
  EndpointTCP: `${SERVER}:${PORTS.tcp}`,
  EndpointTLS: `${SERVER}:${PORTS.tls}`,
  TLSPin: PIN,
  EndpointWebSocket: `ws://${SERVER}:${PORTS.ws}${PATH}`,
};

export interface CensoredPair extends DaemonPair {
  readonly censor: NetworkNamespace;
}

function hostOf(namespace: NetworkNamespace, device: string, address: string): Host {
  return { namespace, device, address: { 4: address, 6: '::' }, spareAddress: { 4: address, 6: '::' } };
}

async function layWire(censor: NetworkNamespace, server: NetworkNamespace): Promise<void> {
  const peer = ['peer', 'name', TO_SERVER, 'netns', server.name];
  await censor.ip('link', 'add', TO_SERVER, 'type', 'veth', ...peer);
  await censor.ipBatch([`address add 10.210.2.1/24 dev ${TO_SERVER}`, `link set ${TO_SERVER} up`]);
  await server.ipBatch([`address add ${SERVER}/24 dev ${TO_SERVER}`, `link set ${TO_SERVER} up`]);
}

export interface CensoredPath extends SlowCable {
  /** Of TCP at both ends, inside the tunnel and under it; default cubic, as Linux has it. */
  readonly congestionControl?: 'cubic' | 'bbr' | undefined;
}

/** Both daemons run, and have spoken to each other where the rules let them. */
export async function startCensoredPair(
  scope: Scope,
  { congestionControl = 'cubic', ...cable }: CensoredPath,
  keys: Readonly<Record<string, string | number>> = ALL_CARRIERS,
  rules = '',
): Promise<CensoredPair> {
  const client = await Namespace.create(scope);
  const censor = await Namespace.create(scope);
  const server = await Namespace.create(scope);
  await layWire(censor, server);
  await laySlowCable(scope, TO_CLIENT, client, censor, cable);
  await client.ipBatch([`address add ${CLIENT}/24 dev ${TO_CLIENT}`, `link set ${TO_CLIENT} up`]);
  await censor.ipBatch([`address add 10.210.1.1/24 dev ${TO_CLIENT}`, `link set ${TO_CLIENT} up`]);
  await client.ip('route', 'add', 'default', 'via', '10.210.1.1');
  await server.ip('route', 'add', 'default', 'via', '10.210.2.1');
  await censor.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  for (const end of [client, server])
    await end.run('sysctl', ['-qw', `net.ipv4.tcp_congestion_control=${congestionControl}`]);
  await censor.setFirewall(rules);
  const hosts = [hostOf(client, TO_CLIENT, CLIENT), hostOf(server, TO_SERVER, SERVER)] as const;
  const pair = await prepareCarriers(scope, keys, { hosts, inner: [4] });
  await startBoth(pair);
  await waitForAnswer(pair.initiator, pair.responder, 10_000);
  return { ...pair, censor };
}
