/** Two daemons of which one listens for every carrier, and the other has a choice of them. */
import type { TransportReport } from '../../src/control/report.ts';
import { withIdentity } from '../support/identity-files.ts';
import type { Scope } from '../support/scope.ts';
import { selfSigned } from '../support/self-signed.ts';
import type { DaemonEnd, DaemonPair, DaemonPairOptions } from './daemon-pair.ts';
import { prepareDaemons } from './daemon-pair.ts';

export const PORTS = { tcp: 4443, tls: 4444, ws: 8080, wss: 8081 } as const;
export const PATH = '/assets/socket';
export const IDENTITY = selfSigned(['vpn.example']);

/** As a client writes them in its section of the server. */
export type PeerKeys = Readonly<Record<string, string | number>>;

/** The responder listens for everything, the initiator has these keys. Nothing runs yet. */
export async function prepareCarriers(
  scope: Scope,
  clientKeys: PeerKeys,
  options: DaemonPairOptions = {},
): Promise<DaemonPair> {
  const pair = await prepareDaemons(scope, options);
  const files = withIdentity(scope, IDENTITY);
  const { initiator, responder } = pair;
  responder.tunnel.configure({
    ...responder.settings,
    listeners: {
      ListenTCP: PORTS.tcp,
      ListenTLS: PORTS.tls,
      ListenWebSocket: `ws://*:${PORTS.ws}${PATH}, wss://*:${PORTS.wss}${PATH}`,
      ...files,
    },
  });
  const carriers = 'TLSCA' in clientKeys ? { ...clientKeys, TLSCA: files.TLSCertificate } : clientKeys;
  const peers = initiator.settings.peers.map((peer) => ({ ...peer, carriers }));
  initiator.tunnel.configure({ ...initiator.settings, peers });
  return pair;
}

export async function transportOf({ tunnel }: DaemonEnd): Promise<TransportReport | null> {
  return (await tunnel.report()).peers[0]?.transport ?? null;
}
