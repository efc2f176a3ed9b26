/**
 * A tunnel of the library that writes down its ephemeral private keys, for Wireshark: the crypto is a
 * parameter of a device, so this needs no hook in the product. `<configuration> <key file>`.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseConfig } from '../../src/control/config/parse.ts';
import { resolveEndpoint } from '../../src/control/config/resolve.ts';
import type { PeerEntry } from '../../src/control/config/tunnel-config.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Device } from '../../src/device/device.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';
import type { PeerConfig } from '../../src/protocol/tunnel-options.ts';

function keyLogging(crypto: HandshakeCrypto, path: string): HandshakeCrypto {
  return {
    ...crypto,
    generateEphemeral() {
      const pair = crypto.generateKeypair();
      appendFileSync(path, `${Buffer.from(pair.rawPrivateKey).toString('base64')}\n`);
      return pair;
    },
  };
}

async function resolvePeer(peer: PeerEntry, file: string): Promise<PeerConfig> {
  const { publicKey, presharedKey, endpoint, allowedIps, persistentKeepalive } = peer;
  return {
    publicKey,
    allowedIps,
    persistentKeepalive,
    ...(presharedKey === undefined ? {} : { presharedKey }),
    ...(endpoint === undefined ? {} : { endpoint: await resolveEndpoint(endpoint, file) }),
  };
}

const [name = '', configPath = '', keyPath = ''] = process.argv.slice(2);
const config = parseConfig(readFileSync(configPath, 'utf8'), configPath);
const peers = await Promise.all(config.peers.map((peer) => resolvePeer(peer, config.file)));
const device = await Device.open({ ...config, name, peers }, { crypto: keyLogging(nodeCrypto(), keyPath) });
process.once('SIGTERM', () => {
  device.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
console.log('up');
