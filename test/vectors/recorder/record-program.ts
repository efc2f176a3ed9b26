/**
 * Records a session with a real daemon: `<name of the recording>`, as root, with
 * `amneziawg-go-<version>` on PATH. Prints the recording; see README.md beside the recordings.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { toHex } from '../../../src/protocol/bytes.ts';
import { temporaryFolder } from '../../support/capture.ts';
import { amneziawgRelease } from '../../support/engines/amneziawg-releases.ts';
import { keyFromHex } from '../../support/keys.ts';
import { ping } from '../../support/ping.ts';
import { Scope } from '../../support/scope.ts';
import type { TunnelSettings } from '../../support/tunnel-settings.ts';
import { configurationLines } from '../../support/uapi-client.ts';
import { waitFor } from '../../support/wait.ts';
import { connectHosts } from '../../support/wire.ts';
import { hex } from '../derived-values.ts';
import type { Recording, SessionRecordingName } from '../recording.ts';
import type { PeerOrder } from './scenario.ts';
import { KEYS, SCENARIOS, TUNNEL } from './scenario.ts';

const PEER_PROGRAM = fileURLToPath(new URL('./scripted-peer-program.js', import.meta.url));
const DAEMON_PORT = 7100;
const PEER_PORT = 7101;
/** Routed into the tunnel, owned by no peer. */
const NOBODY = '10.77.0.99';

/** Private key, port, and that the peers are replaced. */
const LINES_BEFORE_PARAMETERS = 3;

const crypto = nodeCrypto();

function keypair(privateKey: string): { readonly staticPrivate: string; readonly staticPublic: string } {
  const { rawPrivateKey, publicKey } = crypto.loadPrivateKey(hex(privateKey));
  return { staticPrivate: toHex(rawPrivateKey), staticPublic: toHex(publicKey) };
}

const keys = { daemon: keypair(KEYS.daemonStatic), peer: keypair(KEYS.peerStatic), presharedKey: KEYS.presharedKey };

function settingsOf({ scenario, peer }: PeerOrder): TunnelSettings {
  return {
    privateKey: keyFromHex(keys.daemon.staticPrivate),
    listenPort: DAEMON_PORT,
    addresses: [`${TUNNEL.daemonAddress}/32`],
    mtu: TUNNEL.mtu,
    obfuscation: scenario.obfuscation,
    peers: [
      {
        publicKey: keyFromHex(keys.peer.staticPublic),
        presharedKey: keyFromHex(keys.presharedKey),
        endpoint: `${peer.address}:${peer.port}`,
        allowedIps: [`${TUNNEL.peerAddress}/32`],
      },
    ],
  };
}

/** By the names of the userspace API, as the other recordings have them. */
function parametersOf(settings: TunnelSettings): Recording['parameters'] {
  const parameters: Record<string, string | number | boolean> = {};
  for (const [name, value] of configurationLines({ ...settings, peers: [] }).slice(LINES_BEFORE_PARAMETERS)) {
    const isNumber = /^\d+$/.test(value) && !name.startsWith('h');
    parameters[name] = value === 'true' ? true : isNumber ? Number(value) : value;
  }
  return parameters;
}

async function record(scope: Scope, name: SessionRecordingName): Promise<object> {
  const scenario = SCENARIOS[name];
  const [left, right] = await connectHosts(scope);
  const order: PeerOrder = {
    scenario,
    daemon: { address: right.address[4], port: DAEMON_PORT },
    peer: { address: left.address[4], port: PEER_PORT },
  };
  const settings = settingsOf(order);
  const tunnel = await amneziawgRelease(scenario.release).start(scope, right.namespace, settings);
  // The first packet that v3.1.20260814 reads after it is configured leaves without its prefix.
  await right.namespace.ip('route', 'add', NOBODY, 'dev', tunnel.interfaceName);
  await ping(right.namespace, NOBODY, { count: 1, timeoutSeconds: 1 });
  const orderPath = `${temporaryFolder(scope)}/order.json`;
  writeFileSync(orderPath, JSON.stringify(order));
  const peer = left.namespace.spawn(process.execPath, [PEER_PROGRAM, orderPath], {}, scope);
  await waitFor('the scripted peer', () => peer.output.includes('listening'), { explain: () => peer.output });
  const { received } = await ping(right.namespace, TUNNEL.peerAddress, { count: 2 });
  await waitFor('the end of the script', () => peer.hasExited, { timeoutMs: 30_000, explain: () => peer.output });
  if (received !== 2 || peer.exitCode !== 0) throw new Error(`${received} of 2 pings were answered\n${peer.output}`);
  return { ...headOf(order, settings), ...(JSON.parse(peer.output.split('\n')[1] ?? '') as object) };
}

function headOf({ scenario, daemon, peer }: PeerOrder, settings: TunnelSettings): object {
  return {
    description: `${scenario.description}; the daemon initiates first, then the scripted peer twice, once under load`,
    daemon: { implementation: 'amneziawg-go', version: scenario.release, role: 'initiator, then responder' },
    recorded: new Date().toISOString().slice(0, 10),
    encoding:
      'hex; message and its fields are after header protection is removed; integers are decoded little endian; ms = since the scripted peer began',
    parameters: parametersOf(settings),
    keys,
    tunnel: { ...TUNNEL, daemonAllowedIps: `${TUNNEL.peerAddress}/32` },
    endpoints: { daemon: `${daemon.address}:${daemon.port}`, peer: `${peer.address}:${peer.port}` },
  };
}

const name = process.argv[2] ?? '';
if (!Object.hasOwn(SCENARIOS, name)) throw new Error(`usage: record-program ${Object.keys(SCENARIOS).join('|')}`);
const scope = new Scope();
try {
  console.log(JSON.stringify(await record(scope, name as SessionRecordingName), undefined, 2));
} finally {
  await scope.close();
}
