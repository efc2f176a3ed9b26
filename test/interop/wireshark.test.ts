/** What a third party makes of our traffic: Wireshark must see WireGuard, and with the keys see through it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Capture, keyLogPreference } from '../support/capture.ts';
import { findProgram } from '../support/command.ts';
import { wireguardGo } from '../support/engines/index.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import type { TunnelPair } from '../support/tunnel-pair.ts';
import { startPair } from '../support/tunnel-pair.ts';
import { waitFor } from '../support/wait.ts';
import { KeyLoggingEngine } from './key-logging-engine.ts';
import { skipReason } from './scenarios.ts';

const PINGS = 10;
/** IPv4 and ICMP headers, and 1000 bytes of payload. */
const ECHO_BYTES = 1028;
const INITIATION = '1';
const RESPONSE = '2';
const TRANSPORT = '4';

const scope = new Scope();
const engine = new KeyLoggingEngine(scope);
const missing = ['tshark', 'tcpdump'].find((program) => findProgram(program) === undefined);
const skip = missing === undefined ? skipReason(engine, wireguardGo) : `${missing} is not on PATH`;

after(() => scope.close());

describe('Wireshark reads the null profile', { skip }, () => {
  let pair: TunnelPair;
  let capture: Capture;

  before(async () => {
    pair = await startPair(scope, { initiator: engine, responder: wireguardGo, outer: 4, offloads: 'off' });
    const { initiator, responder } = pair;
    capture = await Capture.start(scope, responder.host, 'udp port 51820');
    const answered = async (): Promise<boolean> =>
      (await ping(initiator.host.namespace, responder.inner[4], { count: 1, timeoutSeconds: 1 })).received === 1;
    await waitFor('an answer', answered, { timeoutMs: 20_000, explain: () => initiator.tunnel.process.output });
    const report = await ping(initiator.host.namespace, responder.inner[4], { count: PINGS, size: 1000 });
    assert.equal(report.received, PINGS);
    await capture.stop();
  });

  test('every datagram decodes as a WireGuard message', async () => {
    const rows = await capture.fields('udp', ['frame.protocols', 'wg.type', '_ws.malformed']);
    assert.ok(rows.length >= 2 * PINGS);
    assert.deepEqual(
      rows.filter(([protocols, , malformed]) => !protocols?.endsWith(':udp:wg') || malformed !== ''),
      [],
    );
    const types = rows.map(([, type]) => type);
    assert.deepEqual(types.slice(0, 2), [INITIATION, RESPONSE]);
    assert.ok(types.slice(2).every((type) => type === TRANSPORT));
  });

  test('with the keys it verifies the handshake and decrypts the packets inside', async () => {
    const preference = keyLogPreference(scope, {
      localStaticPrivateKey: pair.initiator.keys.privateKey,
      remoteStaticPublicKey: pair.responder.keys.publicKey,
      localEphemeralPrivateKeys: engine.ephemeralPrivateKeys(),
      presharedKey: pair.presharedKey,
    });
    const [initiation] = await capture.fields('wg.type == 1', ['wg.static', 'wg.receiver_pubkey'], [preference]);
    assert.deepEqual(initiation, [pair.initiator.keys.publicKey, pair.responder.keys.publicKey]);
    const response = await capture.fields('wg.type == 2 && wg.handshake_ok == 1', ['frame.number'], [preference]);
    assert.equal(response.length, 1);
    const echoes = await capture.fields(`wg && icmp && ip.len == ${ECHO_BYTES}`, ['icmp.type'], [preference]);
    assert.equal(echoes.length, 2 * PINGS);
  });
});
