/** One more client: its own file, and its [Peer] in the server's. */
import { formatPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { ConfigDocument } from '../codec/document.ts';
import { writeConfig } from '../codec/write-config.ts';
import { parseConfig } from '../config/parse.ts';
import type { ConfigEntry } from '../config/serialise.ts';
import { awgEntries } from '../config/serialise.ts';
import { freeAddress } from './address-pool.ts';
import { clientComment, requireClientName } from './client-name.ts';
import { modelEntry } from './new-server.ts';
import type { ServerConfig } from './server-config.ts';
import { ServerError } from './server-error.ts';

export interface ClientWishes {
  readonly name: string;
  /** Under which host clients find the server: a name, or an address without brackets. */
  readonly endpoint: string;
  readonly dns: readonly string[];
  readonly allowedIps: readonly string[];
  /** Seconds. */
  readonly persistentKeepalive: number;
  /** See `clientParameters`. */
  readonly parameters: AwgParameters;
  readonly keys: ClientKeys;
}

/** Each 32 bytes. */
export interface ClientKeys {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array;
}

export interface NewClient {
  /** The server's file with the client in it. */
  readonly document: ConfigDocument;
  /** The client's file, with its keys. */
  readonly text: string;
}

/** @throws ServerError; ConfigError or SerialiseError for wishes that cannot stand in a file */
export function addClient(server: ServerConfig, wishes: ClientWishes): NewClient {
  const name = requireClientName(wishes.name);
  const { source } = server.document;
  if (server.clients.some((client) => client.name === name))
    throw new ServerError('name-taken', `${source}: already has a client "${name}"`);
  if (server.listenPort === 0)
    throw new ServerError('no-port', `${source}: has no ListenPort, so clients cannot know where to find it`);
  const addresses = freeAddresses(server);
  const text = clientText(server, addresses, wishes);
  // What cannot be brought up here could not be there.
  parseConfig(text, `${name}.conf`);
  const { publicKey, presharedKey } = wishes.keys;
  const peer: ConfigEntry[] = [
    { key: 'PublicKey', value: base64(publicKey) },
    { key: 'PresharedKey', value: base64(presharedKey) },
    { key: 'AllowedIPs', value: addresses.map(formatPrefix).join(', ') },
  ];
  return { document: server.document.withPeer(peer, clientComment(name)), text };
}

/** One of each of the server's networks. @throws ServerError 'no-subnet', 'pool-full' */
function freeAddresses({ document, addresses, clients }: ServerConfig): Prefix[] {
  const networks = addresses.filter(({ address, length }) => length < address.length * 8);
  if (networks.length === 0)
    throw new ServerError('no-subnet', `${document.source}: no Address has a network to take addresses from`);
  const own = addresses.map(({ address }) => singleAddress(address));
  const taken = [...own, ...clients.flatMap(({ allowedIps }) => allowedIps)];
  return networks.map((network) => {
    const free = freeAddress(network, taken);
    if (free === undefined)
      throw new ServerError('pool-full', `${document.source}: ${formatPrefix(network)} has no free address left`);
    return singleAddress(free);
  });
}

/** The MTU stays out: the client's side derives it from its own path. */
function clientText(
  { publicKey, listenPort }: ServerConfig,
  addresses: readonly Prefix[],
  wishes: ClientWishes,
): string {
  const { keys, dns, allowedIps, persistentKeepalive, endpoint, parameters } = wishes;
  // A name server of a family that the client has no address of would only be waited for.
  const reachable = dns.filter((server) =>
    addresses.some(({ address }) => (address.length === 16) === server.includes(':')),
  );
  const own: ConfigEntry[] = [
    { key: 'PrivateKey', value: base64(keys.privateKey) },
    { key: 'Address', value: addresses.map(formatPrefix).join(', ') },
    ...(reachable.length === 0 ? [] : [{ key: 'DNS', value: reachable.join(', ') }]),
    ...awgEntries(parameters),
  ];
  const peer: ConfigEntry[] = [
    { key: 'PublicKey', value: publicKey },
    { key: 'PresharedKey', value: base64(keys.presharedKey) },
    { key: 'Endpoint', value: `${endpoint.includes(':') ? `[${endpoint}]` : endpoint}:${listenPort}` },
    { key: 'AllowedIPs', value: allowedIps.join(', ') },
    ...(persistentKeepalive === 0 ? [] : [{ key: 'PersistentKeepalive', value: `${persistentKeepalive}` }]),
  ];
  const section = (entries: readonly ConfigEntry[]) => ({ line: 0, entries: entries.map(modelEntry), comments: [] });
  return writeConfig({ interface: section(own), peers: [section(peer)] });
}

function singleAddress(address: Uint8Array): Prefix {
  return { address, length: address.length * 8 };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
