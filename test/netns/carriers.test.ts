/**
 * Streams instead of UDP, daemon to daemon: each kind carries a transfer both ways where UDP does not
 * get through at all, and `auto` goes to TCP and back as UDP is blocked and freed under a transfer.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { waitFor } from '../support/wait.ts';
import type { PeerKeys } from './carrier-daemons.ts';
import { IDENTITY, PATH, PORTS, prepareCarriers, transportOf } from './carrier-daemons.ts';
import type { DaemonPair } from './daemon-pair.ts';
import { startBoth, waitForAnswer } from './daemon-pair.ts';

const skip = namespacesUnavailable();

const SERVER = '10.200.0.2';

/** What a client writes for each way in. */
const WAYS = {
  tcp: { name: 'tcp', port: PORTS.tcp, keys: { Transport: 'tcp', EndpointTCP: `${SERVER}:${PORTS.tcp}` } },
  'tcp in four connections': {
    name: 'tcp',
    port: PORTS.tcp,
    keys: { Transport: 'tcp', EndpointTCP: `${SERVER}:${PORTS.tcp}`, Connections: 4 },
  },
  'tcp over IPv6': {
    name: 'tcp',
    port: PORTS.tcp,
    server: '[fd00:c8::2]',
    keys: { Transport: 'tcp', EndpointTCP: `[fd00:c8::2]:${PORTS.tcp}` },
  },
  'tls with a pin': {
    name: 'tls',
    port: PORTS.tls,
    keys: { Transport: 'tls', EndpointTLS: `${SERVER}:${PORTS.tls}`, TLSPin: IDENTITY.pin.toString('base64') },
  },
  websocket: {
    name: 'websocket',
    port: PORTS.ws,
    keys: { Transport: 'websocket', EndpointWebSocket: `ws://${SERVER}:${PORTS.ws}${PATH}` },
  },
  'websocket over tls with an authority': {
    name: 'websocket',
    port: PORTS.wss,
    keys: {
      Transport: 'websocket',
      EndpointWebSocket: `wss://${SERVER}:${PORTS.wss}${PATH}`,
      TLSServerName: 'vpn.example',
      TLSCA: 'certificate.pem',
    },
  },
} satisfies Readonly<Record<string, Way>>;

interface Way {
  /** As `show` has it. */
  readonly name: string;
  readonly port: number;
  readonly server?: string;
  readonly keys: PeerKeys;
}

const UDP_BLOCKED = `table inet censor {
  chain in { type filter hook input priority 0; iifname "wire" meta l4proto udp drop; }
  chain out { type filter hook output priority 0; oifname "wire" meta l4proto udp drop; }
}`;

function scenario(name: string, body: (scope: Scope, t: TestContext) => Promise<void>): void {
  test(name, { skip, timeout: 180_000 }, async (t) => {
    const scope = new Scope();
    try {
      await body(scope, t);
    } finally {
      await scope.close();
    }
  });
}

async function moveBothWays(scope: Scope, { initiator, responder }: DaemonPair, bytes: number): Promise<void> {
  for (const [from, to] of [
    [initiator, responder],
    [responder, initiator],
  ] as const) {
    const { sent, received } = await transfer(scope, from, to, { inner: 4, bytes });
    assert.deepEqual([received.bytes, received.sha256], [bytes, sent.sha256]);
  }
}

function outputOf({ initiator, responder }: DaemonPair): string {
  return `${initiator.tunnel.process.output}\n${responder.tunnel.process.output}`;
}

async function endBoth({ initiator, responder }: DaemonPair): Promise<void> {
  for (const { tunnel } of [initiator, responder]) {
    assert.equal((await tunnel.end('SIGTERM')).code, 0, tunnel.process.output);
    await tunnel.assertNothingLeft();
  }
}

for (const [title, { name, port, keys, server = SERVER }] of Object.entries<Way>(WAYS)) {
  scenario(`${title} carries a tunnel where UDP is blocked`, async (scope) => {
    const pair = await prepareCarriers(scope, keys);
    const { initiator, responder } = pair;
    await initiator.host.namespace.setFirewall(UDP_BLOCKED);
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    await moveBothWays(scope, pair, 8 * 1024 * 1024);
    const shown = await transportOf(initiator);
    assert.deepEqual([shown?.name, shown?.endpoint], [name, `${server}:${port}`], outputOf(pair));
    assert.equal((await transportOf(responder))?.name, name, 'the server answers the way it was asked');
    await endBoth(pair);
  });
}

scenario('with a default route into the tunnel, the connection itself stays outside', async (scope) => {
  const pair = await prepareCarriers(scope, WAYS.tcp.keys, { initiatorRoutes: ['0.0.0.0/0', '::/0'] });
  await startBoth(pair);
  await waitForAnswer(pair.initiator, pair.responder);
  await moveBothWays(scope, pair, 4 * 1024 * 1024);
  assert.equal((await transportOf(pair.initiator))?.name, 'tcp', outputOf(pair));
  await endBoth(pair);
});

/** Milliseconds until the initiator's packets go by `name`. */
async function timeUntil(name: string, pair: DaemonPair, timeoutMs: number): Promise<number> {
  const began = performance.now();
  const isThere = async (): Promise<boolean> => (await transportOf(pair.initiator))?.name === name;
  await waitFor(`the move to ${name}`, isThere, { timeoutMs, explain: () => outputOf(pair) });
  return performance.now() - began;
}

const AUTO = { Transport: 'auto', EndpointTCP: `${SERVER}:${PORTS.tcp}` };

/** Long enough to be blocked in the middle of it, at any speed. */
async function transferWhile(
  scope: Scope,
  pair: DaemonPair,
  action: (namespace: NetworkNamespace) => Promise<void>,
): Promise<void> {
  const bytes = 64 * 1024 * 1024;
  await pair.initiator.host.namespace.run('tc', ['qdisc', 'add', 'dev', 'wire', 'root', 'tbf', ...LIMIT]);
  const running = transfer(scope, pair.initiator, pair.responder, { inner: 4, bytes });
  const [{ sent, received }] = await Promise.all([running, action(pair.initiator.host.namespace)]);
  assert.deepEqual([received.bytes, received.sha256], [bytes, sent.sha256]);
}

/** About ten seconds for the transfer. */
const LIMIT = ['rate', '50mbit', 'burst', '128kb', 'latency', '50ms'];

scenario('auto moves to TCP when UDP is blocked, and back when it is free again', async (scope, t) => {
  const pair = await prepareCarriers(scope, AUTO);
  await startBoth(pair);
  await waitForAnswer(pair.initiator, pair.responder);
  await timeUntil('udp', pair, 5000);
  await transferWhile(scope, pair, async (namespace) => {
    await namespace.setFirewall(UDP_BLOCKED);
    const down = await timeUntil('tcp', pair, 10_000);
    t.diagnostic(`moved to tcp ${Math.round(down)} ms after UDP was blocked`);
  });
  const shown = await transportOf(pair.initiator);
  assert.deepEqual([shown?.name, shown?.endpoint], ['tcp', `${SERVER}:${PORTS.tcp}`]);
  assert.match(shown?.reason ?? '', /udp/);
  await pair.initiator.host.namespace.setFirewall('');
  const up = await timeUntil('udp', pair, 90_000);
  t.diagnostic(`moved back to udp ${Math.round(up)} ms after UDP was free`);
  await moveBothWays(scope, pair, 4 * 1024 * 1024);
  await endBoth(pair);
});
