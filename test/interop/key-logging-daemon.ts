/**
 * A tunnel of the library that writes down its ephemeral private keys, for Wireshark: the crypto is a
 * parameter of a device, so this needs no hook in the product. `<configuration> <key file>`.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseConfig } from '../../src/control/config/parse.ts';
import { resolveSettings } from '../../src/control/resolve-settings.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Device } from '../../src/device/device.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';

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

const [name = '', configPath = '', keyPath = ''] = process.argv.slice(2);
const settings = await resolveSettings(parseConfig(readFileSync(configPath, 'utf8'), configPath), name);
const device = await Device.open(settings, { crypto: keyLogging(nodeCrypto(), keyPath) });
process.once('SIGTERM', () => {
  device.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
console.log('up');
