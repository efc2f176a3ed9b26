/**
 * The scenarios of WireGuard's own namespace test (`netns.sh`, protocol facts 9.2), with plain WireGuard and
 * with everything that AmneziaWG 3.1 adds. docs/testing.md says which test has which of them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROFILE_KEYS } from '../bench/profiles.ts';
import { notBuilt } from '../support/engines/awg-vpn.ts';
import { onlyPeer } from '../support/engines/engine-adapter.ts';
import { generateKeyPair } from '../support/keys.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { connectRouted, NAT_ADDRESS } from '../support/routed-hosts.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { LISTEN_PORT } from '../support/tunnel-pair.ts';
import type { TunnelSettings } from '../support/tunnel-settings.ts';
import { sleep, waitFor } from '../support/wait.ts';
import type { Family } from '../support/wire.ts';
import { endpointText, moveToSpareAddress } from '../support/wire.ts';
import type { DaemonEnd, DaemonPair, DaemonPairOptions } from './daemon-pair.ts';
import { AT_ONCE_MS, prepareDaemons, startBoth, waitForAnswer } from './daemon-pair.ts';

const skip = namespacesUnavailable() ?? notBuilt() ?? false;
const MEBIBYTE = 1024 * 1024;
const STREAM_PORT = 8443;
/** An initiation is repeated after REKEY_TIMEOUT (5 s) and a third of a second of jitter. */
const REPETITION_MS = 8000;
const FAMILIES: readonly Family[] = [4, 6];
const OTHER_PORTS = `
table inet nat {
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "right" meta l4proto udp masquerade to :40000-40099 random
  }
}`;

async function connect(scope: Scope, options: DaemonPairOptions): Promise<DaemonPair> {
  const pair = await prepareDaemons(scope, options);
  await startBoth(pair);
  await waitForAnswer(pair.initiator, pair.responder);
  return pair;
}

async function assertTransfers(scope: Scope, from: DaemonEnd, to: DaemonEnd, mebibytes: number): Promise<void> {
  const bytes = mebibytes * MEBIBYTE;
  for (const [sender, receiver] of [
    [from, to],
    [to, from],
  ] as const) {
    for (const inner of FAMILIES) {
      const { sent, received } = await transfer(scope, sender, receiver, { inner, bytes });
      assert.deepEqual([received.bytes, received.sha256], [bytes, sent.sha256]);
    }
  }
}

async function answersOf(from: DaemonEnd, to: DaemonEnd, count = 4): Promise<number> {
  return (await ping(from.host.namespace, to.inner[4], { count, timeoutSeconds: 1 })).received;
}

async function waitForEndpoint({ tunnel }: DaemonEnd, isIt: (endpoint: string) => boolean): Promise<void> {
  const hasMoved = async (): Promise<boolean> => isIt((await onlyPeer(tunnel)).endpoint ?? '');
  await waitFor('the endpoint of the peer', hasMoved, { timeoutMs: 5000, explain: () => tunnel.process.output });
}

/** The same peers by another carrier. */
function carriedBy({ settings }: DaemonEnd, carriers: Readonly<Record<string, string>>): TunnelSettings {
  return { ...settings, peers: settings.peers.map((peer) => ({ ...peer, carriers })) };
}

/** Settings with another peer that has one more specific prefix. */
function withRival({ settings }: DaemonEnd, prefix: string): TunnelSettings {
  const rival = { publicKey: generateKeyPair().publicKey, allowedIps: [prefix] };
  return { ...settings, peers: [...settings.peers, rival] };
}

for (const [profile, obfuscation] of Object.entries({ 'plain WireGuard': {}, 'AWG 3.1': PROFILE_KEYS['3.1'] })) {
  const scenario = (name: string, body: (scope: Scope) => Promise<void>): void => {
    test(name, { timeout: 90_000 }, async () => {
      const scope = new Scope();
      try {
        await body(scope);
      } finally {
        await scope.close();
      }
    });
  };

  describe(`scenarios with ${profile}`, { skip, concurrency: 3 }, () => {
    for (const outer of FAMILIES) {
      scenario(`over IPv${outer}: pings are counted, TCP of both families goes both ways (1 to 4)`, async (scope) => {
        const { initiator, responder } = await connect(scope, { obfuscation, outer, mtu: 1380 });
        const before = await onlyPeer(initiator.tunnel);
        assert.equal(await answersOf(initiator, responder, 10), 10);
        const after = await onlyPeer(initiator.tunnel);
        assert.ok(
          after.sentBytes - before.sentBytes >= 10 * 128 && after.receivedBytes - before.receivedBytes >= 10 * 128,
        );
        assert.ok(after.latestHandshake > 0);
        await assertTransfers(scope, initiator, responder, 8);
      });

      scenario(`over IPv${outer}: the peer is followed to another address and port (6)`, async (scope) => {
        const { initiator, responder } = await connect(scope, { obfuscation, outer, mtu: 1380 });
        await moveToSpareAddress(initiator.host, outer);
        await waitForAnswer(initiator, responder);
        const { spareAddress } = initiator.host;
        await waitForEndpoint(responder, (endpoint) => endpoint === endpointText(spareAddress[outer], LISTEN_PORT));
        await initiator.tunnel.reload({ ...initiator.settings, listenPort: LISTEN_PORT + 1 });
        await waitForAnswer(initiator, responder);
        await waitForEndpoint(responder, (endpoint) => endpoint === endpointText(spareAddress[outer], LISTEN_PORT + 1));
        assert.equal(await answersOf(responder, initiator), 4);
      });
    }

    scenario(
      'another peer gets a more specific prefix: packets of the first vanish, and it still roams (7)',
      async (scope) => {
        const { initiator, responder } = await connect(scope, { obfuscation });
        const [first, ...others] = withRival(responder, `${initiator.inner[4]}/32`).peers;
        assert.ok(first !== undefined);
        const peers = [{ ...first, allowedIps: ['10.202.0.0/24'] }, ...others];
        await responder.tunnel.reload({ ...responder.settings, peers });
        await moveToSpareAddress(initiator.host, 4);
        assert.equal(await answersOf(initiator, responder), 0);
        const { drops, peers: seen } = await responder.tunnel.report();
        assert.ok((drops['disallowed-source'] ?? 0) > 0, JSON.stringify(drops));
        const own = seen.find(({ publicKey }) => publicKey === initiator.keys.publicKey);
        assert.equal(own?.endpoint, endpointText(initiator.host.spareAddress[4], LISTEN_PORT));
      },
    );

    scenario('a new private key is greeted with at once (8)', async (scope) => {
      const { initiator, responder } = await connect(scope, { obfuscation });
      const keys = generateKeyPair();
      const peers = responder.settings.peers.map((peer) => ({ ...peer, publicKey: keys.publicKey }));
      await responder.tunnel.reload({ ...responder.settings, peers });
      await initiator.tunnel.reload({ ...initiator.settings, privateKey: keys.privateKey });
      await waitForAnswer(initiator, responder);
    });

    scenario('the endpoint is routed into the tunnel itself: the loop ends by itself (9)', async (scope) => {
      const { initiator, responder } = await connect(scope, { obfuscation });
      const before = await onlyPeer(initiator.tunnel);
      const { namespace } = initiator.host;
      await namespace.ip('route', 'add', `${responder.host.address[4]}/32`, 'dev', initiator.tunnel.interfaceName);
      await answersOf(initiator, responder, 1);
      await sleep(1000);
      const sent = (await onlyPeer(initiator.tunnel)).sentBytes - before.sentBytes;
      assert.ok(sent < 70_000, `${sent} bytes`);
      await namespace.ip('route', 'delete', `${responder.host.address[4]}/32`, 'dev', initiator.tunnel.interfaceName);
      await waitForAnswer(initiator, responder, REPETITION_MS);
    });

    scenario('behind a NAT that forgets after 2 s, keepalives of 1 s keep the way open (10)', async (scope) => {
      const { hosts } = await connectRouted(scope, { natSeconds: 2 });
      const { initiator, responder } = await connect(scope, { obfuscation, hosts, initiatorKeepalive: 1, mtu: 1380 });
      await sleep(4000);
      assert.equal(await answersOf(responder, initiator), 4);
      await waitForEndpoint(responder, (endpoint) => endpoint.startsWith(`${NAT_ADDRESS[4]}:`));
    });

    scenario('behind a NAT that has forgotten us, our next packet opens a way that the peer follows', async (scope) => {
      const { hosts, router } = await connectRouted(scope, { natSeconds: 2 });
      const { initiator, responder } = await connect(scope, { obfuscation, hosts, mtu: 1380 });
      await sleep(3500);
      // The same port would be given again; so from now on there are others only.
      await router.setFirewall(OTHER_PORTS);
      await waitForAnswer(initiator, responder, REPETITION_MS);
      // At once: the NAT forgets again while one looks.
      assert.equal(await answersOf(responder, initiator), 4);
      await waitForEndpoint(responder, (endpoint) => /:400\d\d$/.test(endpoint));
    });

    for (const outer of FAMILIES) {
      const mtu = outer === 4 ? 1208 : 1188;
      scenario(
        `a path of 1280 over IPv${outer} that drops fragments and says nothing: a tunnel of ${mtu} works`,
        async (scope) => {
          const { hosts } = await connectRouted(scope, { narrowMtu: 1280 });
          const pair = await prepareDaemons(scope, { obfuscation, hosts, outer, mtu, inner: [4] });
          const { initiator, responder } = pair;
          await startBoth(pair);
          await waitForAnswer(initiator, responder, REPETITION_MS);
          for (const [from, to] of [
            [initiator, responder],
            [responder, initiator],
          ] as const) {
            const { sent, received } = await transfer(scope, from, to, { inner: 4, bytes: 8 * MEBIBYTE });
            assert.deepEqual([received.bytes, received.sha256], [8 * MEBIBYTE, sent.sha256]);
          }
        },
      );
    }

    scenario('the peer goes over from IPv4 to IPv6 and back, without a new session', async (scope) => {
      const { initiator, responder } = await connect(scope, { obfuscation, mtu: 1380 });
      const since = (await onlyPeer(responder.tunnel)).latestHandshake;
      for (const outer of [6, 4] as const) {
        const endpoint = endpointText(responder.host.address[outer], LISTEN_PORT);
        const peers = initiator.settings.peers.map((peer) => ({ ...peer, endpoint }));
        await initiator.tunnel.reload({ ...initiator.settings, peers });
        await waitForAnswer(initiator, responder, AT_ONCE_MS);
        await waitForEndpoint(responder, (seen) => seen === endpointText(initiator.host.address[outer], LISTEN_PORT));
      }
      assert.ok((await onlyPeer(responder.tunnel)).latestHandshake >= since);
    });

    scenario('a peer in session is reached over a stream, by datagrams and over a stream again', async (scope) => {
      const pair = await prepareDaemons(scope, { obfuscation, mtu: 1380 });
      const { initiator, responder } = pair;
      const contact = endpointText(responder.host.address[4], STREAM_PORT);
      const overStream = carriedBy(initiator, { Transport: 'tcp', EndpointTCP: contact });
      responder.tunnel.configure({ ...responder.settings, listeners: { ListenTCP: `0.0.0.0:${STREAM_PORT}` } });
      initiator.tunnel.configure(overStream);
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      for (const settings of [carriedBy(initiator, { Transport: 'udp' }), overStream]) {
        await initiator.tunnel.reload(settings);
        await waitForAnswer(initiator, responder, AT_ONCE_MS);
      }
      assert.equal((await initiator.tunnel.report()).peers[0]?.transport?.name, 'tcp');
    });

    scenario('a thousand prefixes at one peer, forty peers with 52 each (17)', async (scope) => {
      const pair = await prepareDaemons(scope, { obfuscation });
      const { initiator, responder } = pair;
      const prefixes = (third: number, count: number): string[] =>
        Array.from({ length: count }, (_, index) => `10.${third}.${index >> 8}.${index & 255}/32`);
      const [peer, ...rest] = responder.settings.peers;
      assert.ok(peer !== undefined && rest.length === 0);
      const many = { ...peer, allowedIps: [...peer.allowedIps, ...prefixes(100, 1000)] };
      const others = Array.from({ length: 40 }, (_, index) => ({
        publicKey: generateKeyPair().publicKey,
        allowedIps: prefixes(101 + index, 52),
      }));
      responder.tunnel.configure({ ...responder.settings, peers: [many, ...others] });
      await startBoth(pair);
      await waitForAnswer(initiator, responder);
      const { peers } = await responder.tunnel.report();
      assert.deepEqual(
        peers.map(({ allowedIps }) => allowedIps.length),
        [1002, ...Array<number>(40).fill(52)],
      );
    });
  });
}
