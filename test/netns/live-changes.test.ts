/** Daemons whose configuration changes while they run, and while a checksummed stream runs through them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notBuilt } from '../support/engines/awg-vpn.ts';
import { HostsFile } from '../support/hosts-file.ts';
import { generateKeyPair, generatePresharedKey } from '../support/keys.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { LISTEN_PORT } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys, PeerSettings, TunnelSettings } from '../support/tunnel-settings.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { moveToSpareAddress } from '../support/wire.ts';
import type { DaemonEnd, DaemonPair } from './daemon-pair.ts';
import { AT_ONCE_MS, prepareDaemons, startBoth, waitForAnswer } from './daemon-pair.ts';

const skip = namespacesUnavailable() ?? notBuilt() ?? false;
const MEBIBYTE = 1024 * 1024;

/** Slow enough that a stream outlasts many changes. */
const CABLE_RATE = '160mbit';

const DRESS: ObfuscationKeys = {
  Jc: 3,
  Jmin: 20,
  Jmax: 60,
  S1: 30,
  S2: 45,
  S4: 16,
  H1: 1001,
  H2: 2002,
  H3: 3003,
  H4: '4004-4999',
};
const OTHER_DRESS: ObfuscationKeys = {
  ...DRESS,
  S1: 17,
  S2: 18,
  S3: 19,
  S4: 12,
  H1: 7001,
  H4: '70000-80000',
  HeaderProtectionKey: generatePresharedKey(),
  RandomTrailers: 'on',
};

function scenario(name: string, body: (scope: Scope) => Promise<void>): void {
  test(name, { timeout: 120_000 }, async () => {
    const scope = new Scope();
    try {
      await body(scope);
    } finally {
      await scope.close();
    }
  });
}

/** What an end is configured with now, and the way to change it. */
class Changing {
  readonly end: DaemonEnd;
  settings: TunnelSettings;

  constructor(end: DaemonEnd) {
    this.end = end;
    this.settings = end.settings;
  }

  async change(changes: Partial<TunnelSettings>): Promise<void> {
    this.settings = { ...this.settings, ...changes };
    await this.end.tunnel.reload(this.settings);
  }

  /** Of its only peer. */
  changePeer(changes: Partial<PeerSettings>): Promise<void> {
    const [peer, ...others] = this.settings.peers;
    assert.ok(peer !== undefined);
    return this.change({ peers: [{ ...peer, ...changes }, ...others] });
  }
}

async function handshakes(end: DaemonEnd): Promise<number> {
  const { output } = end.tunnel.process;
  return output.split('handshake completed').length - 1;
}

async function limitCable({ host }: DaemonEnd): Promise<void> {
  const shaper = ['tbf', 'rate', CABLE_RATE, 'burst', '128kb', 'latency', '100ms'];
  await host.namespace.run('tc', ['qdisc', 'add', 'dev', host.device, 'root', ...shaper]);
}

async function changeEverything({ initiator, responder }: DaemonPair): Promise<void> {
  const [left, right] = [new Changing(initiator), new Changing(responder)];
  await right.change({ listenPort: LISTEN_PORT + 7 });
  await left.change({ listenPort: LISTEN_PORT + 9 });
  await left.change({ listeners: { FwMark: '0x77' } });
  await Promise.all([left.change({ obfuscation: DRESS }), right.change({ obfuscation: DRESS })]);
  const presharedKey = generatePresharedKey();
  await Promise.all([left.changePeer({ presharedKey }), right.changePeer({ presharedKey })]);
  const stranger: PeerSettings = { publicKey: generateKeyPair().publicKey, allowedIps: ['10.99.0.0/16'] };
  await right.change({ peers: [...right.settings.peers, stranger] });
  await right.change({ peers: right.settings.peers.slice(0, 1) });
  await left.changePeer({ allowedIps: [...left.settings.peers[0].allowedIps, '10.98.0.0/16'] });
  assert.match(await initiator.host.namespace.ip('route'), /10\.98\.0\.0\/16 dev/);
  const keys = generateKeyPair();
  await right.changePeer({ publicKey: keys.publicKey });
  await left.change({ privateKey: keys.privateKey });
  await Promise.all([left.change({ obfuscation: OTHER_DRESS }), right.change({ obfuscation: OTHER_DRESS })]);
}

async function sockets({ host }: DaemonEnd): Promise<string> {
  return host.namespace.run('ss', ['-H', '-u', '-a', '-n', '-e']);
}

describe('live changes', { skip, concurrency: 2 }, () => {
  scenario('ports, mark, look, keys, peers and routes change under a stream that keeps its checksum', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    await limitCable(initiator);
    const bytes = 192 * MEBIBYTE;
    const stream = transfer(scope, initiator, responder, { inner: 4, bytes });
    await waitFor('the stream', async () => ((await initiator.tunnel.report()).peers[0]?.sentBytes ?? 0) > MEBIBYTE);
    await changeEverything(pair);
    assert.ok(((await responder.tunnel.report()).peers[0]?.receivedBytes ?? 0) < bytes, 'the stream still runs');
    const { sent, received } = await stream;
    assert.deepEqual([received.bytes, received.sha256], [bytes, sent.sha256]);
    const [left, right] = [await sockets(initiator), await sockets(responder)];
    assert.match(left, new RegExp(`:${LISTEN_PORT + 9} .*fwmark:0x77`));
    assert.match(right, new RegExp(`:${LISTEN_PORT + 7} `));
    assert.doesNotMatch(left + right, new RegExp(`:${LISTEN_PORT} `), 'nothing is left at the old port');
    await initiator.tunnel.end('SIGTERM');
    await initiator.tunnel.assertNothingLeft();
  });

  scenario('sessions survive what does not concern them', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    const before = [await handshakes(initiator), await handshakes(responder)];
    const [left, right] = [new Changing(initiator), new Changing(responder)];
    await right.change({ listenPort: LISTEN_PORT + 3 });
    await left.change({ listenPort: 0, obfuscation: DRESS, addresses: [...left.settings.addresses, '10.97.0.1/24'] });
    await right.change({ obfuscation: DRESS, mtu: 1380 });
    await left.changePeer({ presharedKey: generatePresharedKey(), persistentKeepalive: 25 });
    await waitForAnswer(initiator, responder);
    // The port of the one who is asked moved: he has to speak first, and by his session he can.
    assert.equal((await ping(responder.host.namespace, initiator.inner[4], { count: 3 })).received, 3);
    assert.deepEqual([await handshakes(initiator), await handshakes(responder)], before);
    assert.match(await responder.host.namespace.ip('link', 'show', responder.tunnel.interfaceName), /mtu 1380/);
    assert.equal((await responder.tunnel.report()).mtu, 1380);
    assert.match(await initiator.host.namespace.ip('address'), /10\.97\.0\.1\/24/);
  });

  scenario('what fails changes nothing', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    const left = new Changing(initiator);
    const taken = LISTEN_PORT + 20;
    const program = `require('node:dgram').createSocket('udp4').bind(${taken}, () => console.log('bound'))`;
    const squatter = initiator.host.namespace.spawn(process.execPath, ['-e', program], {}, scope);
    await waitFor('the port to be taken', () => squatter.output.includes('bound'));
    const before = await stateOf(initiator);
    const changes = {
      obfuscation: DRESS,
      addresses: ['10.55.0.1/24'],
      mtu: 1300,
      peers: [{ publicKey: generateKeyPair().publicKey, allowedIps: ['0.0.0.0/0'] }],
    };
    await assert.rejects(left.change({ ...changes, listenPort: taken }), /another program uses it/);
    assert.deepEqual(await stateOf(initiator), before);
    // A multicast address is none for an interface: refused by the kernel, when the first one is there already.
    await assert.rejects(
      left.change({ ...changes, listenPort: 0, addresses: ['10.56.0.1/24', 'ff02::55/128'] }),
      /nothing was changed/,
    );
    assert.deepEqual(await stateOf(initiator), before);
    await assert.rejects(
      left.change({ ...changes, listenPort: 0, listeners: { ListenTCP: 4433 } }),
      /take the tunnel down and up again/,
    );
    initiator.tunnel.configure({ ...left.settings, mtu: 17 });
    await assert.rejects(left.change({ ...changes, mtu: 17 }), /MTU/);
    assert.deepEqual(await stateOf(initiator), before);
    assert.equal((await ping(initiator.host.namespace, responder.inner[4], { count: 2 })).received, 2);
  });

  scenario('SIGHUP reads the file again', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    await startBoth(pair);
    initiator.tunnel.configure({ ...initiator.settings, listenPort: LISTEN_PORT + 1 });
    initiator.tunnel.process.signal('SIGHUP');
    const isRead = (): boolean => initiator.tunnel.process.output.includes('was read again');
    await waitFor('the file to be read', isRead, { explain: () => initiator.tunnel.process.output });
    assert.equal((await initiator.tunnel.report()).listenPort, LISTEN_PORT + 1);
    initiator.tunnel.configure({ ...initiator.settings, mtu: 17 });
    initiator.tunnel.process.signal('SIGHUP');
    const isRefused = (): boolean => initiator.tunnel.process.output.includes('not reloaded');
    await waitFor('the refusal', isRefused, { explain: () => initiator.tunnel.process.output });
    await waitForAnswer(initiator, responder);
  });

  scenario('a default route comes and goes with a reload', async (scope) => {
    const pair = await prepareDaemons(scope);
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    const left = new Changing(initiator);
    const { namespace } = initiator.host;
    const rules = await namespace.ip('-4', 'rule');
    const { allowedIps } = initiator.settings.peers[0];
    await left.changePeer({ allowedIps: ['0.0.0.0/0', '::/0'] });
    assert.match(await namespace.ip('-4', 'rule'), /not from all fwmark 0xca6c lookup 51820/);
    assert.match(await sockets(initiator), /fwmark:0xca6c/);
    await waitForAnswer(initiator, responder);
    await left.change({ listeners: { FwMark: '0x1234' } });
    assert.match(await namespace.ip('-4', 'rule'), /not from all fwmark 0x1234 lookup 4660/);
    assert.doesNotMatch(await namespace.ip('-4', 'rule'), /51820/);
    await waitForAnswer(initiator, responder);
    await left.change({ listeners: {} });
    await left.changePeer({ allowedIps });
    assert.equal(await namespace.ip('-4', 'rule'), rules);
    assert.doesNotMatch(await sockets(initiator), /fwmark/);
    await waitForAnswer(initiator, responder);
    await initiator.tunnel.end('SIGTERM');
    await initiator.tunnel.assertNothingLeft();
  });

  scenario('another address, and a link that was down, are greeted from at once', async (scope) => {
    const pair = await prepareDaemons(scope, { inner: [4] });
    const { initiator, responder } = pair;
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    const { namespace, device, address, spareAddress } = initiator.host;
    const count = await handshakes(initiator);
    await namespace.ip('address', 'add', `${spareAddress[4]}/32`, 'dev', device);
    await namespace.ip('address', 'delete', `${address[4]}/24`, 'dev', device);
    await namespace.ip('route', 'add', '10.200.0.0/24', 'dev', device, 'src', spareAddress[4]);
    const began = performance.now();
    const again = async (): Promise<boolean> => (await handshakes(initiator)) > count;
    await waitFor('a handshake from the new address', again, {
      timeoutMs: AT_ONCE_MS,
      explain: () => initiator.tunnel.process.output,
    });
    assert.ok(performance.now() - began < 3000, 'at once');
    assert.equal((await responder.tunnel.report()).peers[0]?.endpoint, `${spareAddress[4]}:${LISTEN_PORT}`);
    await namespace.ip('link', 'set', device, 'down');
    await sleep(1500);
    const before = await handshakes(initiator);
    await namespace.ip('link', 'set', device, 'up');
    await namespace.ip('route', 'replace', '10.200.0.0/24', 'dev', device, 'src', spareAddress[4]);
    const afterDown = async (): Promise<boolean> => (await handshakes(initiator)) > before;
    await waitFor('a handshake when the link is back', afterDown, {
      timeoutMs: AT_ONCE_MS,
      explain: () => initiator.tunnel.process.output,
    });
    await waitForAnswer(initiator, responder);
  });

  scenario('a peer whose host name has moved is found at its new address', async (scope) => {
    const pair = await prepareDaemons(scope, { inner: [4] });
    const { initiator, responder } = pair;
    const { namespace } = initiator.host;
    const hosts = new HostsFile(scope, namespace.name);
    hosts.set('peer.test', responder.host.address[4]);
    const [peer] = initiator.settings.peers;
    const impatient = { RekeyTimeout: 1, KeepaliveTimeout: 1, MaxHandshakeAttempts: 1 };
    const named = { ...peer, endpoint: `peer.test:${LISTEN_PORT}` };
    initiator.tunnel.configure({ ...initiator.settings, obfuscation: impatient, peers: [named] });
    await startBoth(pair);
    await waitForAnswer(initiator, responder);
    // A server that moves while it runs would greet its peers from there; this one is taken elsewhere.
    await responder.tunnel.end('SIGTERM');
    await moveToSpareAddress(responder.host, 4);
    await responder.tunnel.start();
    const { spareAddress } = responder.host;
    hosts.set('peer.test', spareAddress[4]);
    await waitForAnswer(initiator, responder, 30_000);
    assert.match(initiator.tunnel.process.output, /"peer\.test" is tried at 10\.200\.0\.102:51820 now/);
  });
});

/** What must be the same after a change that failed. */
async function stateOf(end: DaemonEnd): Promise<unknown> {
  const { host, tunnel } = end;
  const { peers, drops: _, ...report } = await tunnel.report();
  const lists = peers.map(({ publicKey, endpoint, allowedIps }) => ({ publicKey, endpoint, allowedIps }));
  const queries = [
    ['address'],
    ['link'],
    ['-4', 'route', 'show', 'table', 'all'],
    ['-6', 'route', 'show', 'table', 'all'],
    ['rule'],
  ];
  const system = await Promise.all(queries.map((query) => host.namespace.ip(...query)));
  return { report, lists, system, sockets: await sockets(end) };
}
