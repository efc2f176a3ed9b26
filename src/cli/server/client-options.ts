/** What can be said about a new client, on the command line and in the defaults of its server. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { parseEndpoint, parsePrefix } from '../../control/config/values.ts';
import type { GuiseName } from '../../control/presets/guises/table.ts';
import type { ClientDefaults } from '../../control/server/client-defaults.ts';
import { isPrivateAddress, ownAddress } from '../../control/server/own-address.ts';
import { ServerError } from '../../control/server/server-error.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import type { CliContext } from '../command.ts';
import { hostOption, likeOption } from '../profile-options.ts';

/** In the form of commander: what is not given is not there. */
export interface ClientOptions {
  readonly endpoint?: string;
  readonly dns?: readonly string[];
  readonly allowedIps?: readonly string[];
  readonly keepalive?: number;
  readonly like?: GuiseName;
  readonly host?: string;
  /** Print the client once and keep nothing of it. */
  readonly forget?: boolean;
}

export function addClientOptions(command: Command): Command {
  return command
    .option('--endpoint <host>', 'name or address under which clients find this machine', hostOnly)
    .option('--dns <addresses>', 'name servers of clients, with commas; "none" for theirs', addressList)
    .option('--allowed-ips <prefixes>', 'what clients send through the tunnel (default: everything)', prefixList)
    .option('--keepalive <seconds>', 'PersistentKeepalive of clients, 0 for none', seconds)
    .addOption(likeOption())
    .addOption(hostOption())
    .option('--forget', 'print the client once and keep no copy of its private key');
}

/** What was said now, or else before, or else is built in. */
export function withOptions(defaults: ClientDefaults, options: ClientOptions): ClientDefaults {
  const { endpoint, dns, allowedIps, keepalive, like, host } = options;
  return {
    endpoint: endpoint ?? defaults.endpoint,
    dns: dns ?? defaults.dns,
    allowedIps: allowedIps ?? defaults.allowedIps,
    persistentKeepalive: keepalive ?? defaults.persistentKeepalive,
    like: like ?? defaults.like,
    // A name that goes with one imitation is none for another.
    host: host ?? (like === undefined || like === defaults.like ? defaults.host : undefined),
  };
}

/** @throws ServerError 'no-endpoint' */
export async function endpointOf(wishes: ClientDefaults, context: CliContext): Promise<string> {
  if (wishes.endpoint !== undefined) return wishes.endpoint;
  const address = await ownAddress();
  if (address === undefined)
    throw new ServerError(
      'no-endpoint',
      'this machine has no default route: say with --endpoint where clients find it',
    );
  if (isPrivateAddress(address))
    context.stderr(
      `awg-vpn: warning: clients will look for this machine at ${address}, a private address that only its own network reaches; use --endpoint\n`,
    );
  return address;
}

/** Without a port, which the server's file has, and without brackets. */
function hostOnly(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  const value = host.includes(':') ? `[${host}]:1` : `${host}:1`;
  return checked(() => parseEndpoint({ file: 'command line', line: 0, key: '--endpoint', value }).host);
}

function addressList(text: string): string[] {
  const items = text === 'none' ? [] : listOf(text);
  const stranger = items.find((item) => parseAddress(item) === undefined);
  if (stranger === undefined) return items;
  throw new InvalidArgumentError(`${JSON.stringify(stranger)} is not an IP address.`);
}

function prefixList(text: string): string[] {
  const items = listOf(text);
  for (const value of items) checked(() => parsePrefix({ file: 'command line', line: 0, key: '--allowed-ips', value }));
  return items;
}

const LONGEST_KEEPALIVE = 65_535;

function seconds(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= LONGEST_KEEPALIVE) return Number(text);
  throw new InvalidArgumentError(`It is not a number of seconds up to ${LONGEST_KEEPALIVE}.`);
}

export function listOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function checked<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
