/** A new client with new keys, entered into the server's file and kept beside it. */
import { randomBytes } from 'node:crypto';
import type { ClientDefaults } from '../../control/server/client-defaults.ts';
import { clientParameters } from '../../control/server/client-profile.ts';
import { addClient } from '../../control/server/new-client.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import { KEY_BYTES } from '../../protocol/constants.ts';
import type { ServerFiles } from './server-files.ts';

/** @param endpoint where clients find the server, without a port */
export interface NewClientOrder {
  readonly name: string;
  readonly wishes: ClientDefaults;
  readonly endpoint: string;
  /** Keep no copy of the client's file. */
  readonly forget: boolean;
}

/**
 * To be called while the server's files are ours alone.
 *
 * @returns the client's file
 */
export function createClient(files: ServerFiles, { name, wishes, endpoint, forget }: NewClientOrder): string {
  const server = files.read();
  const { dns, allowedIps, persistentKeepalive, like, host } = wishes;
  const guise = { like, ...(host === undefined ? {} : { host }) };
  const parameters = clientParameters(server.parameters, guise, new SystemRandom());
  const { rawPrivateKey: privateKey, publicKey } = nodeCrypto().generateKeypair();
  const keys = { privateKey, publicKey, presharedKey: randomBytes(KEY_BYTES) };
  const client = addClient(server, { name, endpoint, dns, allowedIps, persistentKeepalive, parameters, keys });
  // First the client: a server that knows a client whose keys are lost helps nobody.
  if (!forget) files.storeClient(name, client.text);
  files.write(client.document.text);
  return client.text;
}
