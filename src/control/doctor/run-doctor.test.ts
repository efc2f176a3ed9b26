import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { parseConfig } from '../config/parse.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import { DoctorError } from './doctor-error.ts';
import { runDoctor } from './run-doctor.ts';

const crypto = nodeCrypto();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const ALICE = crypto.loadPrivateKey(new Uint8Array(32).fill(1));
const BOB = crypto.loadPrivateKey(new Uint8Array(32).fill(2));

function config(own: Uint8Array, peer: Uint8Array, device: string, section: string): TunnelConfig {
  const text = `[Interface]\nPrivateKey = ${base64(own)}\n${device}\n[Peer]\nPublicKey = ${base64(peer)}\n${section}\n`;
  return parseConfig(text, 'test');
}

/** A port that was free a moment ago. */
async function freePort(type: 'udp4' | 'udp6'): Promise<number> {
  const socket = createSocket(type);
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const ALICE_DEVICE = 'Address = 10.1.0.1/32\nS1 = 20\nS4 = 10\nH1 = 77';
const BOB_DEVICE = 'Address = 10.1.0.2/32\nS1 = 25\nS4 = 10\nH1 = 77';

for (const [host, type] of [
  ['127.0.0.1', 'udp4'],
  ['[::1]', 'udp6'],
] as const) {
  test(`two examinations of each other over ${host}: S1 differs, and everything behind it works`, async () => {
    const port = await freePort(type);
    const client = config(
      ALICE.rawPrivateKey,
      BOB.publicKey,
      ALICE_DEVICE,
      `Endpoint = ${host}:${port}\nAllowedIPs = 10.1.0.2/32`,
    );
    const server = config(
      BOB.rawPrivateKey,
      ALICE.publicKey,
      `${BOB_DEVICE}\nListenPort = ${port}`,
      'AllowedIPs = 10.1.0.1/32',
    );
    const waiting = runDoctor(server, { seconds: 10, probe: false });
    const [ofServer, ofClient] = await Promise.all([waiting, runDoctor(client, { seconds: 10, probe: false })]);
    const [peer] = ofServer.peers;
    assert.deepEqual(
      peer?.findings.map(({ parameter, theirs }) => [parameter, theirs]),
      [['S1', '20']],
    );
    assert.deepEqual([peer?.state, ofServer.healthy], ['works', false]);
    assert.equal(ofClient.peers[0]?.state, 'works');
    assert.equal(ofServer.listenPort, port);
  });
}

test('a port on which nobody listens', async () => {
  const port = await freePort('udp4');
  const alone = config(ALICE.rawPrivateKey, BOB.publicKey, ALICE_DEVICE, `Endpoint = 127.0.0.1:${port}`);
  const { peers, healthy } = await runDoctor(alone, { seconds: 4, probe: false });
  assert.equal(healthy, false);
  assert.equal(peers[0]?.state, 'no-answer');
  assert.match(peers[0]?.notes.join() ?? '', /nobody listens on that port/);
});

test('a host name that has no address', async () => {
  const alone = config(ALICE.rawPrivateKey, BOB.publicKey, ALICE_DEVICE, 'Endpoint = does-not-exist.invalid:1');
  const { peers } = await runDoctor(alone, { seconds: 5, probe: false });
  assert.equal(peers[0]?.state, 'unresolved');
});

test('the port of a running tunnel', async (context: TestContext) => {
  const taken = createSocket('udp4');
  taken.bind(0);
  await once(taken, 'listening');
  context.after(() => taken.close());
  const alone = config(ALICE.rawPrivateKey, BOB.publicKey, `ListenPort = ${taken.address().port}`, '');
  await assert.rejects(runDoctor(alone, { seconds: 1, probe: false }), (error: unknown) => {
    assert.ok(error instanceof DoctorError);
    assert.equal(error.code, 'port-in-use');
    return true;
  });
});

test('it can be cut short', async () => {
  const alone = config(ALICE.rawPrivateKey, BOB.publicKey, ALICE_DEVICE, '');
  const { peers, seconds } = await runDoctor(alone, { seconds: 60, probe: false, signal: AbortSignal.timeout(50) });
  assert.equal(peers[0]?.state, 'not-heard');
  assert.ok(seconds < 5);
});
