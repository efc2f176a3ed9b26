/**
 * `--section carriers`: what each carrier moves, next to UDP in the same rounds; and over a path that
 * loses one packet of a hundred, next to Mullvad's `udp2tcp` and `tcp2udp` where they are on PATH: a
 * TCP connection inside of another must not collapse.
 */
import { awgVpnEngine } from '../../support/engines/awg-vpn.ts';
import { mullvad } from '../../support/forwarders.ts';
import { withIdentity } from '../../support/identity-files.ts';
import { IperfServer } from '../../support/iperf.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import { Scope } from '../../support/scope.ts';
import { selfSigned } from '../../support/self-signed.ts';
import type { SlowCable } from '../../support/slow-cable.ts';
import type { PairOptions, TunnelPair } from '../../support/tunnel-pair.ts';
import { LISTEN_PORT, startPair, waitForHandshake } from '../../support/tunnel-pair.ts';
import { sleep } from '../../support/wait.ts';
import type { BenchOptions } from '../options.ts';
import { FigureSet, heldAgainst } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { FOUR_STREAMS, ONE_STREAM } from '../tunnel/measures.ts';

const SERVER = '10.200.0.2';
const PORTS = { tcp: 4443, tls: 4444, ws: 8080, wss: 8081 } as const;
const PATH = '/assets/socket';
const NEAR = { address: '127.0.0.1', port: 51821 } as const;
const SETTLE_MS = 1000;
const WARM_UP_SECONDS = 1;

const IDENTITY = selfSigned(['vpn.example']);
const PIN = { TLSServerName: 'vpn.example', TLSPin: IDENTITY.pin.toString('base64') };

type Keys = NonNullable<PairOptions['initiatorCarriers']>;

const TCP: Keys = { Transport: 'tcp', EndpointTCP: `${SERVER}:${PORTS.tcp}` };
const WEBSOCKET: Keys = { Transport: 'websocket', EndpointWebSocket: `ws://${SERVER}:${PORTS.ws}${PATH}` };
const SECURE_WEBSOCKET: Keys = {
  Transport: 'websocket',
  EndpointWebSocket: `wss://${SERVER}:${PORTS.wss}${PATH}`,
  ...PIN,
};

interface Way {
  readonly name: string;
  readonly keys?: Keys;
  readonly isForwarded?: true;
}

const UDP: Way = { name: 'udp' };
const FORWARDED: readonly Way[] = mullvad.isHere
  ? [{ name: 'udp through udp2tcp and tcp2udp', isForwarded: true }]
  : [];

/** Each table is a cable, and those who cross it. */
const TABLES: readonly { readonly title: string; readonly slow?: SlowCable; readonly ways: readonly Way[] }[] = [
  {
    title: 'TCP by carrier',
    ways: [
      UDP,
      { name: 'tcp', keys: TCP },
      { name: 'tcp, 4 connections', keys: { ...TCP, Connections: 4 } },
      { name: 'tls', keys: { Transport: 'tls', EndpointTLS: `${SERVER}:${PORTS.tls}`, ...PIN } },
      { name: 'websocket', keys: WEBSOCKET },
      { name: 'websocket over tls', keys: SECURE_WEBSOCKET },
      ...FORWARDED,
    ],
  },
  {
    title: 'TCP by carrier, 1 % loss each way, round trip 20 ms',
    slow: { delayMs: 10, loss: 0.01 },
    ways: [
      UDP,
      { name: 'tcp', keys: TCP },
      { name: 'tcp, 4 connections', keys: { ...TCP, Connections: 4 } },
      ...FORWARDED,
    ],
  },
];

async function startWay(scope: Scope, { keys, isForwarded }: Way, slow: SlowCable | undefined): Promise<TunnelPair> {
  const pair = await startPair(scope, {
    initiator: awgVpnEngine,
    responder: awgVpnEngine,
    outer: 4,
    ...(slow === undefined ? {} : { slow }),
    ...(keys === undefined ? {} : { initiatorCarriers: keys }),
    ...(isForwarded === true ? { initiatorEndpoint: `${NEAR.address}:${NEAR.port}` } : {}),
    responderListeners: {
      ListenTCP: PORTS.tcp,
      ListenTLS: PORTS.tls,
      ListenWebSocket: `ws://*:${PORTS.ws}${PATH}, wss://*:${PORTS.wss}${PATH}`,
      ...withIdentity(scope, IDENTITY),
    },
  });
  if (isForwarded !== true) return pair;
  const middle = { address: SERVER, port: PORTS.tcp + 1000 };
  const end = { address: '127.0.0.1', port: LISTEN_PORT };
  await mullvad.tcpToUdp(scope, pair.responder.host.namespace, middle, end);
  await mullvad.udpToTcp(scope, pair.initiator.host.namespace, NEAR, middle);
  return pair;
}

async function measureWay(figures: FigureSet, options: BenchOptions, table: (typeof TABLES)[number], way: Way) {
  const scope = new Scope();
  try {
    const { initiator, responder } = await startWay(scope, way, table.slow);
    await waitForHandshake(initiator, responder);
    await sleep(SETTLE_MS);
    const server = await IperfServer.start(scope, responder);
    await server.measure(initiator, 1, WARM_UP_SECONDS);
    const place = {
      section: 'carriers',
      table: table.title,
      subject: way.name,
      foreign: way.isForwarded === true,
    } as const;
    for (const [measure, streams] of [
      [ONE_STREAM, 1],
      [FOUR_STREAMS, 4],
    ] as const) {
      const { bitsPerSecond } = await server.measure(initiator, streams, options.seconds);
      figures.add(place, measure, bitsPerSecond / 1e9);
    }
  } finally {
    await scope.close();
  }
}

export const carriersSection: Section = {
  name: 'carriers',
  unavailable: () => namespacesUnavailable() ?? awgVpnEngine.unavailable(),
  async run(options, progress) {
    const figures = new FigureSet();
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const table of TABLES) {
        for (const way of table.ways) {
          await measureWay(figures, options, table, way);
          progress(`carriers: round ${round}, ${way.name}`);
        }
      }
    }
    return { figures: heldAgainst(figures.list(), UDP.name) };
  },
};
