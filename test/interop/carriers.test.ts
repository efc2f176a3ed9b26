/**
 * Our streams with the programs of others: plain AmneziaWG and WireGuard engines behind forwarders of
 * UDP over TCP, in both roles, and WebSockets through a real nginx.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TunnelReport } from '../../src/control/report.ts';
import { findProgram } from '../support/command.ts';
import { awgVpn, awgVpnEngine } from '../support/engines/awg-vpn.ts';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { amneziawgGo, wireguardGo } from '../support/engines/index.ts';
import type { Forwarder } from '../support/forwarders.ts';
import { independent, mullvad } from '../support/forwarders.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import { selfSigned } from '../support/self-signed.ts';
import { transfer } from '../support/transfer.ts';
import type { PairOptions, TunnelEnd, TunnelPair } from '../support/tunnel-pair.ts';
import { LISTEN_PORT, startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';
import { waitFor } from '../support/wait.ts';
import { Nginx, PAGE } from './carriers/nginx.ts';

const TRANSFER_BYTES = (process.env.AWG_VPN_LONG === '1' ? 512 : 8) * 1024 * 1024;
const TIMEOUT = 180_000;
const SERVER = '10.200.0.2';
const TCP_PORT = 4443;
/** Where a foreign client finds the forwarder beside it. */
const NEAR_PORT = 51821;

const DISGUISE: ObfuscationKeys = { S1: 31, S2: 47, H1: 1000001, H2: 1000002, H3: 1000003, H4: 1000004 };
const JUNK: ObfuscationKeys = { ...DISGUISE, Jc: 4, Jmin: 40, Jmax: 300 };

interface Foreign {
  readonly engine: EngineAdapter;
  readonly disguise: Pick<PairOptions, 'initiatorObfuscation' | 'responderObfuscation'>;
}

const FOREIGN: readonly Foreign[] = [
  { engine: amneziawgGo, disguise: { initiatorObfuscation: JUNK, responderObfuscation: DISGUISE } },
  { engine: wireguardGo, disguise: {} },
];

const FORWARDERS: readonly Forwarder[] = [mullvad, independent];

async function inNewScope(body: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    await body(scope);
  } finally {
    await scope.close();
  }
}

async function moveBothWays(scope: Scope, { initiator, responder }: TunnelPair): Promise<void> {
  for (const [from, to, inner] of [
    [initiator, responder, 4],
    [responder, initiator, 6],
  ] as const) {
    const { sent, received } = await transfer(scope, from, to, { inner, bytes: TRANSFER_BYTES });
    assert.deepEqual([received.bytes, received.sha256], [TRANSFER_BYTES, sent.sha256]);
  }
}

async function transportOf({ tunnel }: TunnelEnd): Promise<string | undefined> {
  const report = JSON.parse(await awgVpn(['show', tunnel.interfaceName, '--json'])) as TunnelReport;
  return report.peers[0]?.transport?.name;
}

/** Our client has nothing but TCP; the server knows only UDP. */
async function clientThrough(forwarder: Forwarder, { engine, disguise }: Foreign): Promise<void> {
  await inNewScope(async (scope) => {
    const pair = await startPair(scope, {
      initiator: awgVpnEngine,
      responder: engine,
      outer: 4,
      ...disguise,
      initiatorCarriers: { Transport: 'tcp', EndpointTCP: `${SERVER}:${TCP_PORT}` },
    });
    const { namespace } = pair.responder.host;
    const near = { address: '127.0.0.1', port: LISTEN_PORT };
    await forwarder.tcpToUdp(scope, namespace, { address: SERVER, port: TCP_PORT }, near);
    await waitForHandshake(pair.initiator, pair.responder);
    await moveBothWays(scope, pair);
    assert.equal(await transportOf(pair.initiator), 'tcp');
  });
}

/** The client knows only UDP, and sends to a forwarder beside it. */
async function serverThrough(forwarder: Forwarder, { engine, disguise }: Foreign): Promise<void> {
  await inNewScope(async (scope) => {
    const near = { address: '127.0.0.1', port: NEAR_PORT };
    const pair = await startPair(scope, {
      initiator: engine,
      responder: awgVpnEngine,
      outer: 4,
      ...disguise,
      initiatorEndpoint: `${near.address}:${near.port}`,
      responderListeners: { ListenTCP: TCP_PORT },
    });
    const { namespace } = pair.initiator.host;
    await forwarder.udpToTcp(scope, namespace, near, { address: SERVER, port: TCP_PORT });
    await waitForHandshake(pair.initiator, pair.responder);
    await moveBothWays(scope, pair);
    assert.equal(await transportOf(pair.responder), 'tcp');
  });
}

for (const forwarder of FORWARDERS) {
  describe(forwarder.name, () => {
    if (!forwarder.isHere) {
      test('is not needed', (t) => t.diagnostic(`not run: carriers with ${forwarder.name}, which is not on PATH`));
      return;
    }
    for (const foreign of FOREIGN) {
      const { name } = foreign.engine;
      const skip = namespacesUnavailable() ?? foreign.engine.unavailable() ?? false;
      const options = { skip, timeout: TIMEOUT };
      test(`our client reaches ${name} behind it`, options, () => clientThrough(forwarder, foreign));
      test(`${name} reaches our TCP listener through it`, options, () => serverThrough(forwarder, foreign));
    }
  });
}

const PATH = '/assets/socket';
const PORTS = { http: 8000, https: 8443, listener: 8080 } as const;
const IDENTITY = selfSigned(['vpn.example']);

const noNginx = findProgram('nginx') === undefined ? 'nginx is not on PATH' : undefined;

/** Both run, and nginx between them. */
async function throughNginx(
  scope: Scope,
  carriers: (nginx: Nginx) => Readonly<Record<string, string>>,
  use: (pair: TunnelPair, nginx: Nginx) => Promise<void>,
): Promise<void> {
  let nginx: Nginx | undefined;
  // The authority's file must be there when the client starts, nginx itself only before it connects.
  const server: EngineAdapter = {
    ...awgVpnEngine,
    async start(own, namespace, settings) {
      const upstream = `http://127.0.0.1:${PORTS.listener}`;
      const ports = { httpPort: PORTS.http, httpsPort: PORTS.https };
      nginx = new Nginx(scope, namespace, { identity: IDENTITY, path: PATH, upstream, ...ports });
      await nginx.start();
      return awgVpnEngine.start(own, namespace, settings);
    },
  };
  const client: EngineAdapter = {
    ...awgVpnEngine,
    start(own, namespace, settings) {
      assert.ok(nginx !== undefined);
      const keys = carriers(nginx);
      const peers = settings.peers.map((peer) => ({ ...peer, carriers: keys }));
      return awgVpnEngine.start(own, namespace, { ...settings, peers });
    },
  };
  const responderListeners = { ListenWebSocket: `ws://127.0.0.1:${PORTS.listener}${PATH}` };
  const pair = await startPair(scope, { initiator: client, responder: server, outer: 4, responderListeners });
  await waitForHandshake(pair.initiator, pair.responder);
  assert.ok(nginx !== undefined);
  await use(pair, nginx);
}

describe('WebSockets through nginx', { skip: namespacesUnavailable() ?? noNginx ?? false }, () => {
  const ws = { Transport: 'websocket', EndpointWebSocket: `ws://${SERVER}:${PORTS.http}${PATH}` };
  const wss = {
    Transport: 'websocket',
    EndpointWebSocket: `wss://${SERVER}:${PORTS.https}${PATH}`,
    TLSServerName: 'vpn.example',
  };

  test('ws, beside a web site', { timeout: TIMEOUT }, () =>
    inNewScope((scope) =>
      throughNginx(
        scope,
        () => ws,
        async (pair, nginx) => {
          await moveBothWays(scope, pair);
          assert.equal(await transportOf(pair.initiator), 'websocket');
          assert.equal(await transportOf(pair.responder), 'websocket');
          const front = await nginx.get('/');
          assert.ok(front.startsWith('HTTP/1.1 200') && front.endsWith(PAGE), front);
          assert.match(await nginx.get(PATH), /^HTTP\/1\.1 404 .*404 Not Found/s);
        },
      ),
    ),
  );

  test('wss, by an authority', { timeout: TIMEOUT }, () =>
    inNewScope((scope) =>
      throughNginx(
        scope,
        ({ folder }) => ({ ...wss, TLSCA: `${folder}/certificate.pem` }),
        async (pair) => {
          await moveBothWays(scope, pair);
          assert.equal(await transportOf(pair.initiator), 'websocket');
        },
      ),
    ),
  );

  test('wss, by a pin, and again after nginx was away', { timeout: TIMEOUT }, () =>
    inNewScope((scope) =>
      throughNginx(
        scope,
        () => ({ ...wss, TLSPin: IDENTITY.pin.toString('base64') }),
        async (pair, nginx) => {
          await moveBothWays(scope, pair);
          await nginx.stop();
          await nginx.start();
          await waitFor('the tunnel to work again', () => moveBothWays(scope, pair).then(() => true));
        },
      ),
    ),
  );
});
