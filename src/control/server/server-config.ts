/** A server's file, read for what managing its clients takes. */

import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { ConfigDocument } from '../codec/document.ts';
import { newObfuscationDraft, OBFUSCATION_KEYS } from '../config/obfuscation-keys.ts';
import { parseConfig } from '../config/parse.ts';
import { clientNameOf } from './client-name.ts';
import { ServerError } from './server-error.ts';

export interface ServerConfig {
  /** As its owner wrote it. */
  readonly document: ConfigDocument;
  /** Base64. */
  readonly publicKey: string;
  /** Of the interface, host bits kept. */
  readonly addresses: readonly Prefix[];
  /** 0 where the file has none. */
  readonly listenPort: number;
  /** The AWG keys as they are in the file. */
  readonly parameters: AwgParameters;
  /** In the order of the file. */
  readonly clients: readonly ServerClient[];
}

export interface ServerClient {
  readonly name: string | undefined;
  /** Base64. */
  readonly publicKey: string;
  readonly allowedIps: readonly Prefix[];
}

/** @throws ConfigError for what `up` would refuse too: nothing is added to a file that does not work */
export function readServer(text: string, path: string): ServerConfig {
  const document = ConfigDocument.parse(text, path);
  const { privateKey, addresses, listenPort, peers } = parseConfig(text, path);
  const clients = peers.map(({ publicKey: bytes, allowedIps }): ServerClient => {
    const publicKey = base64(bytes);
    const section = document.findPeer(publicKey);
    return { name: section && clientNameOf(document, section), publicKey, allowedIps };
  });
  const publicKey = base64(nodeCrypto().loadPrivateKey(privateKey).publicKey);
  return { document, publicKey, addresses, listenPort, parameters: parametersOf(document), clients };
}

/** By name, or by public key. @throws ServerError 'missing-client' */
export function findClient(server: ServerConfig, nameOrKey: string): ServerClient {
  const { clients, document } = server;
  const found = clients.find(({ name, publicKey }) => name === nameOrKey || publicKey === nameOrKey);
  if (found !== undefined) return found;
  throw new ServerError('missing-client', `${document.source}: has no client ${JSON.stringify(nameOrKey)}`);
}

/** The file has been checked: none of these can fail, and warnings were given. */
function parametersOf(document: ConfigDocument): AwgParameters {
  const draft = newObfuscationDraft();
  for (const meaning of OBFUSCATION_KEYS) {
    const value = document.valuesOf(document.interfaceSection(meaning.name), meaning.name).at(-1);
    const place = { file: document.source, line: 0, key: meaning.name, value: value ?? '' };
    if (value !== undefined) meaning.read(draft, place, () => undefined);
  }
  return draft.parameters;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
