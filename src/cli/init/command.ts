/** `awg-vpn init server`: a server and its first client, from nothing. */
import { Argument, InvalidArgumentError } from 'commander';
import { between } from '../../control/presets/draw.ts';
import { createPreset } from '../../control/presets/preset.ts';
import { BUILT_IN_DEFAULTS } from '../../control/server/client-defaults.ts';
import { requireClientName } from '../../control/server/client-name.ts';
import { serverParameters } from '../../control/server/client-profile.ts';
import type { ServerWishes } from '../../control/server/new-server.ts';
import { serverText } from '../../control/server/new-server.ts';
import { presentAddresses } from '../../control/server/own-address.ts';
import { ServerError } from '../../control/server/server-error.ts';
import { serverAddresses } from '../../control/server/subnets.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { generationOption } from '../profile-options.ts';
import type { ClientOptions } from '../server/client-options.ts';
import { addClientOptions, endpointOf, listOf, withOptions } from '../server/client-options.ts';
import type { ClientFormat } from '../server/client-output.ts';
import { formatOption, printClient, readClientText } from '../server/client-output.ts';
import { createClient } from '../server/create-client.ts';
import { ServerFiles } from '../server/server-files.ts';

interface InitOptions extends ClientOptions {
  readonly name: string;
  readonly client: string;
  readonly port?: number;
  readonly subnet: readonly string[];
  readonly generation: Generation;
  readonly plain?: boolean;
  /** False with --no-nat. */
  readonly nat: boolean;
  readonly force?: boolean;
  readonly format: ClientFormat;
}

export const init: CliCommand = {
  name: 'init',
  summary: 'set up a server with its first client',
  examples: [
    { line: 'awg-vpn init server --endpoint vpn.example.net', explanation: 'wg0, with its first client' },
    { line: 'awg-vpn init server --like quic --client phone', explanation: 'looks like QUIC, on port 443' },
    { line: 'awg-vpn init server --name ./office.conf --subnet 10.9.0.0/24', explanation: 'a file of your own' },
    { line: 'awg-vpn init server --plain --port 51820', explanation: 'plain WireGuard' },
  ],
  configure(command, context) {
    addClientOptions(
      command
        .addArgument(new Argument('<what>', 'what to set up').choices(['server']))
        .option('--name <name>', 'name of the server, or path to a file that ends in .conf', 'wg0')
        .option('--client <name>', 'what to call the first client', 'client1')
        .option('--port <number>', 'UDP port (default: that of what it imitates, or any)', portArgument)
        .option('--subnet <prefixes>', 'networks of the tunnel, with commas (default: one of each family)', listOf, [])
        .addOption(generationOption())
        .option('--plain', 'plain WireGuard, without obfuscation')
        .option('--no-nat', 'clients reach this machine and each other only')
        .option('--force', 'replace a server of that name, and its clients')
        .addOption(formatOption().default('all')),
    ).action((_what: string, options: InitOptions) => runInit(options, context));
  },
};

async function runInit(options: InitOptions, context: CliContext): Promise<void> {
  const files = ServerFiles.of(options.name);
  const name = requireClientName(options.client);
  const wishes = withOptions(BUILT_IN_DEFAULTS, options);
  const endpoint = await endpointOf(wishes, context);
  const server = serverWishes(options);
  const text = await files.alone(() => {
    requireRoom(files, options.force === true);
    files.forgetAll();
    files.write(serverText(server));
    files.storeDefaults(wishes);
    return createClient(files, { name, wishes, endpoint, forget: options.forget === true });
  });
  printClient(readClientText(text, name, context), `${files.name} ${name}`, options.format, context);
  context.stderr(nextSteps(files, options, server));
}

/** @throws ServerError 'already-there' */
function requireRoom(files: ServerFiles, force: boolean): void {
  const [taken] = [
    ...(files.exists ? [files.path] : []),
    ...files.storedClients().map((name) => files.clientPath(name)),
  ];
  if (taken !== undefined && !force)
    throw new ServerError('already-there', `${taken}: is there already; --force replaces the server and its clients`);
}

function serverWishes(options: InitOptions): ServerWishes {
  const random = new SystemRandom();
  const { like = BUILT_IN_DEFAULTS.like, generation, host, plain = false, nat: masquerade } = options;
  const preset = createPreset({ like, generation, ...(host === undefined ? {} : { host }) }, random);
  const usualPort = plain ? undefined : preset.port;
  return {
    privateKey: nodeCrypto().generateKeypair().rawPrivateKey,
    listenPort: options.port ?? usualPort ?? between(random, LOWEST_RANDOM_PORT, HIGHEST_RANDOM_PORT),
    addresses: serverAddresses(options.subnet, presentAddresses(), random),
    parameters: plain ? {} : serverParameters(preset.parameters),
    masquerade,
  };
}

/** Below the ports that Linux gives to clients (32768 and up), above those of well-known services. */
const LOWEST_RANDOM_PORT = 10_000;
const HIGHEST_RANDOM_PORT = 32_000;

function nextSteps(files: ServerFiles, { client, forget }: InitOptions, { listenPort }: ServerWishes): string {
  const kept = forget === true ? 'of the client nothing is kept' : `its first client is ${files.clientPath(client)}`;
  const start = files.path === ServerFiles.of(files.name).path ? files.name : files.path;
  return [
    `awg-vpn: the server is ${files.path}; ${kept}\n`,
    `awg-vpn: start it with "awg-vpn up ${start}", and let UDP port ${listenPort} through the firewall\n`,
  ].join('');
}

function portArgument(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It is not a port from 1 to 65535.');
}
