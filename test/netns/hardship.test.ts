/**
 * What happens to daemons in the field: killed, stripped of their interface, refused by the system,
 * on narrow or half-missing networks, facing a peer that is not there yet or somebody else by now.
 * Each scenario has hosts of its own, so several run side by side.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notBuilt } from '../support/engines/awg-vpn.ts';
import { onlyPeer } from '../support/engines/engine-adapter.ts';
import { generateKeyPair } from '../support/keys.ts';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { PingMonitor, ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { LISTEN_PORT } from '../support/tunnel-pair.ts';
import { sleep, waitFor } from '../support/wait.ts';
import type { Family } from '../support/wire.ts';
import type { DaemonEnd } from './daemon-pair.ts';
import { prepareDaemons, startBoth, waitForAnswer } from './daemon-pair.ts';

const skip = namespacesUnavailable() ?? notBuilt() ?? false;
const MEBIBYTE = 1024 * 1024;

/** A silent peer is taken for gone after KEEPALIVE_TIMEOUT + REKEY_TIMEOUT (15 s); with room for the handshake. */
const SILENCE_MS = 20_000;
/** An initiation is repeated after REKEY_TIMEOUT (5 s) and a third of a second of jitter. */
const REPETITION_MS = 8000;
const SHUTDOWN_LIMIT_MS = 1000;

const DEFAULT_ROUTES = ['0.0.0.0/0', '::/0'];

function scenario(name: string, body: (scope: Scope) => Promise<void>): void {
  test(name, { timeout: 90_000 }, async () => {
    const scope = new Scope();
    try {
      await body(scope);
    } finally {
      await scope.close();
    }
  });
}

async function assertTransfer(
  scope: Scope,
  from: DaemonEnd,
  to: DaemonEnd,
  mebibytes: number,
  inner: Family = 4,
): Promise<void> {
  const bytes = mebibytes * MEBIBYTE;
  const { sent, received } = await transfer(scope, from, to, { inner, bytes });
  assert.deepEqual([received.bytes, received.sha256], [bytes, sent.sha256]);
}

/** Bulk traffic that nobody waits for. */
async function startTraffic(scope: Scope, from: DaemonEnd, to: DaemonEnd): Promise<void> {
  const server = to.host.namespace.spawn('iperf3', ['-s', '--forceflush'], {}, scope);
  await waitFor('the iperf3 server', () => server.output.includes('listening'), { explain: () => server.output });
  from.host.namespace.spawn('iperf3', ['-c', to.inner[4], '-t', '60'], {}, scope);
  const before = (await onlyPeer(to.tunnel)).receivedBytes;
  const flows = async (): Promise<boolean> => (await onlyPeer(to.tunnel)).receivedBytes > before + MEBIBYTE;
  await waitFor('bulk traffic', flows, { explain: () => to.tunnel.process.output });
}

/** A counter of the namespace's own network stack, e.g. `Udp OutDatagrams`. */
async function stackCounter(namespace: NetworkNamespace, protocol: string, counter: string): Promise<number> {
  const text = await namespace.run('cat', ['/proc/net/snmp']);
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '));
  const value = values[names.indexOf(counter)];
  assert.ok(value !== undefined, `${protocol} ${counter}`);
  return Number(value);
}

/** What the daemon sends meets this verdict before it leaves the machine. */
function firewall(verdict: 'drop' | 'reject'): string {
  return `
table inet block {
  chain leaving {
    type filter hook output priority 0;
    udp dport ${LISTEN_PORT} ${verdict}
  }
}`;
}

describe('hardship', { skip, concurrency: 4 }, () => {
  scenario('the side with the endpoint is killed and started again: traffic resumes at once', async (scope) => {
    const pair = await prepareDaemons(scope, { initiatorRoutes: DEFAULT_ROUTES });
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    await initiator.tunnel.end('SIGKILL');
    await initiator.tunnel.start();
    assert.match(initiator.tunnel.process.output, /was killed; cleaned up after it/);
    await waitForAnswer(initiator, responder);
    await assertTransfer(scope, responder, initiator, 8);
    assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0);
    await initiator.tunnel.assertNothingLeft();
  });

  scenario(
    'the side without an endpoint is killed and started again: found by the other after its silence',
    async (scope) => {
      const pair = await prepareDaemons(scope);
      const { initiator, responder } = pair;
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      await responder.tunnel.end('SIGKILL');
      await responder.tunnel.start();
      await waitForAnswer(initiator, responder, SILENCE_MS);
      await assertTransfer(scope, initiator, responder, 8);
      assert.ok(
        ((await responder.tunnel.report()).drops['unknown-index'] ?? 0) > 0,
        'packets of the session it forgot',
      );
    },
  );

  for (const [circumstance, busy] of [
    ['idle', false],
    ['under load', true],
  ] as const) {
    scenario(
      `the interface is deleted, ${circumstance}: the daemon says so, ends with 1 and leaves nothing`,
      async (scope) => {
        const pair = await prepareDaemons(scope, { initiatorRoutes: DEFAULT_ROUTES });
        const { initiator, responder } = pair;
        await startBoth(pair);
        await waitForAnswer(initiator, responder);
        if (busy) await startTraffic(scope, initiator, responder);
        await initiator.host.namespace.ip('link', 'delete', initiator.tunnel.interfaceName);
        assert.equal((await initiator.tunnel.waitForEnd(3000)).code, 1);
        assert.match(initiator.tunnel.process.output, /^awg-vpn: .*TUN.* removed/m);
        await initiator.tunnel.assertNothingLeft();
      },
    );
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    scenario(`${signal} under load: gone within a second, nothing left`, async (scope) => {
      const pair = await prepareDaemons(scope, { initiatorRoutes: DEFAULT_ROUTES });
      const { initiator, responder } = pair;
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      await startTraffic(scope, initiator, responder);
      for (const { tunnel } of [initiator, responder]) {
        const { code, milliseconds } = await tunnel.end(signal);
        assert.equal(code, 0, tunnel.process.output);
        assert.ok(milliseconds < SHUTDOWN_LIMIT_MS, `${milliseconds} ms`);
        await tunnel.assertNothingLeft();
      }
    });
  }

  scenario('an underlay of IPv6 alone', async (scope) => {
    const pair = await prepareDaemons(scope, { outer: 6 });
    const { initiator, responder } = pair;
    for (const { host } of [initiator, responder])
      await host.namespace.ip('-4', 'address', 'flush', 'dev', host.device);
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    for (const inner of [4, 6] as const) await assertTransfer(scope, initiator, responder, 8, inner);
  });

  scenario('machines with IPv6 switched off', async (scope) => {
    const pair = await prepareDaemons(scope, { inner: [4] });
    const { initiator, responder } = pair;
    for (const { host } of [initiator, responder]) {
      await host.namespace.run('sysctl', ['-q', 'net.ipv6.conf.all.disable_ipv6=1']);
    }
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    await assertTransfer(scope, initiator, responder, 8);
    assert.equal((await initiator.tunnel.end('SIGTERM')).code, 0);
    await initiator.tunnel.assertNothingLeft();
  });

  for (const [outer, mtu] of [
    [4, 1220],
    [6, 1200],
  ] as const) {
    scenario(
      `an underlay with an MTU of 1280 over IPv${outer}: a tunnel of ${mtu} fits, nothing is cut`,
      async (scope) => {
        const pair = await prepareDaemons(scope, { outer, mtu, inner: [4] });
        const { initiator, responder } = pair;
        for (const { host } of [initiator, responder])
          await host.namespace.ip('link', 'set', host.device, 'mtu', '1280');
        await startBoth(pair);
        await waitForAnswer(initiator, responder);
        await assertTransfer(scope, initiator, responder, 64);
        await assertTransfer(scope, responder, initiator, 64);
        if (outer === 4) assert.equal(await stackCounter(initiator.host.namespace, 'Ip', 'FragCreates'), 0);
        const { drops } = await initiator.tunnel.report();
        assert.equal(drops['send-failed'] ?? 0, 0, JSON.stringify(drops));
      },
    );
  }

  scenario(
    'the peer comes back with another private key: it is met with silence, until it has its own again',
    async (scope) => {
      const pair = await prepareDaemons(scope);
      const { initiator, responder } = pair;
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      await responder.tunnel.end('SIGTERM');
      responder.tunnel.configure({ ...responder.settings, privateKey: generateKeyPair().privateKey });
      await responder.tunnel.start();
      await initiator.tunnel.end('SIGTERM');
      await initiator.tunnel.start();
      const said = await stackCounter(responder.host.namespace, 'Udp', 'OutDatagrams');
      const answers = await ping(initiator.host.namespace, responder.inner[4], { count: 6, intervalSeconds: 1 });
      assert.equal(answers.received, 0);
      assert.equal(await stackCounter(responder.host.namespace, 'Udp', 'OutDatagrams'), said);
      assert.ok(((await responder.tunnel.report()).drops['bad-mac1'] ?? 0) >= 2, 'an initiation and its repetition');
      await responder.tunnel.end('SIGTERM');
      responder.tunnel.configure(responder.settings);
      await responder.tunnel.start();
      await waitForAnswer(initiator, responder, REPETITION_MS);
    },
  );

  scenario('both sides begin a handshake at the same moment', async (scope) => {
    const pair = await prepareDaemons(scope, { responderKnowsEndpoint: true });
    const { initiator, responder } = pair;
    const ends = [initiator, responder] as const;
    await startBoth(pair);
    for (const { tunnel } of ends) tunnel.process.signal('SIGSTOP');
    // Answered or not: what they send waits in the interface until the daemons go on.
    const monitors = [
      new PingMonitor(scope, initiator.host.namespace, responder.inner[4], 0.2),
      new PingMonitor(scope, responder.host.namespace, initiator.inner[4], 0.2),
    ];
    await sleep(500);
    for (const { tunnel } of ends) tunnel.process.signal('SIGCONT');
    await sleep(3000);
    for (const monitor of monitors) {
      const { sent, received } = await monitor.finish();
      assert.ok(received >= sent - 2, `${received} of ${sent} pings were answered`);
    }
    for (const { tunnel } of ends) assert.match(tunnel.process.output, /handshake initiation sent, attempt 1/);
    await assertTransfer(scope, initiator, responder, 8);
    await assertTransfer(scope, responder, initiator, 8);
  });

  for (const [how, verdict] of [
    ['drops', 'drop'],
    ['rejects', 'reject'],
  ] as const) {
    scenario(`a firewall ${how} what the daemon sends: it goes on when the rule is gone`, async (scope) => {
      const pair = await prepareDaemons(scope);
      const { initiator, responder } = pair;
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      await initiator.host.namespace.setFirewall(firewall(verdict));
      const blocked = await ping(initiator.host.namespace, responder.inner[4], { count: 5, timeoutSeconds: 1 });
      assert.equal(blocked.received, 0);
      await initiator.host.namespace.setFirewall('');
      await waitForAnswer(initiator, responder);
      await assertTransfer(scope, initiator, responder, 8);
      const { drops } = await initiator.tunnel.report();
      assert.ok((drops['send-failed'] ?? 0) >= 5, JSON.stringify(drops));
    });
  }

  scenario('a cable that takes less than is sent: what does not fit is dropped, TCP finds its pace', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    const shaper = ['rate', '20mbit', 'burst', '64kb', 'latency', '400ms'];
    const { namespace, device } = initiator.host;
    await namespace.run('tc', ['qdisc', 'add', 'dev', device, 'root', 'tbf', ...shaper]);
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    await assertTransfer(scope, initiator, responder, 4);
  });

  scenario('no network and no peer at the start: the tunnel comes up and works when both are there', async (scope) => {
    const { initiator, responder } = await prepareDaemons(scope);
    const { namespace, device } = initiator.host;
    await namespace.ip('link', 'set', device, 'down');
    await initiator.tunnel.start();
    const early = await ping(namespace, responder.inner[4], { count: 1, timeoutSeconds: 1 });
    assert.equal(early.received, 0);
    await namespace.ip('link', 'set', device, 'up');
    await responder.tunnel.start();
    await waitForAnswer(initiator, responder, REPETITION_MS);
    await assertTransfer(scope, initiator, responder, 8);
  });
});
