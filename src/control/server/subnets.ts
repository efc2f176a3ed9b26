/** The networks inside of a tunnel that a new server has. */

import { covers, formatPrefix, maskPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { Random } from '../../protocol/random.ts';
import { parsePrefix } from '../config/values.ts';
import { between, randomBytes } from '../presets/draw.ts';
import { firstAddress } from './address-pool.ts';
import { ServerError } from './server-error.ts';

/** Room for at least one client, and not for a whole family. */
const LENGTHS = { 4: { shortest: 8, longest: 30 }, 16: { shortest: 32, longest: 126 } } as const;

/** BOUNDED: a machine with more networks of this kind than that says itself what it wants. */
const ATTEMPTS = 64;

/**
 * The addresses of the server, each with its network: those asked for, or one network of each family
 * that nobody here uses. Where the host bits are clear the server takes the first address.
 *
 * @param wanted texts such as `10.8.0.0/24`; none for the default
 * @param present addresses of this machine's interfaces
 * @throws ServerError 'bad-subnet'; ConfigError 'bad-prefix'
 */
export function serverAddresses(wanted: readonly string[], present: readonly Prefix[], random: Random): Prefix[] {
  const given = wanted.length > 0 ? wanted.map(parseSubnet) : [privateNetwork4(present, random), uniqueLocal(random)];
  const families = new Set(given.map(({ address }) => address.length));
  if (families.size < given.length)
    throw new ServerError('bad-subnet', '--subnet takes one network of each family at most');
  return given.map((network) => {
    const isNetwork = formatPrefix(maskPrefix(network)) === formatPrefix(network);
    return isNetwork ? { address: firstAddress(network), length: network.length } : network;
  });
}

function parseSubnet(value: string): Prefix {
  const prefix = parsePrefix({ file: 'command line', line: 0, key: '--subnet', value });
  const { shortest, longest } = LENGTHS[prefix.address.length === 4 ? 4 : 16];
  if (prefix.length >= shortest && prefix.length <= longest) return prefix;
  throw new ServerError('bad-subnet', `--subnet ${value}: its length has to be from ${shortest} to ${longest}`);
}

/** 10.8.0.0/24, which people recognise, or another of its size. */
function privateNetwork4(present: readonly Prefix[], random: Random): Prefix {
  let network = network10(8, 0);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (!present.some((other) => covers(network, other) || covers(other, network))) return network;
    network = network10(between(random, 16, 254), between(random, 1, 254));
  }
  throw new ServerError('bad-subnet', 'no free network in 10.0.0.0/8; choose one with --subnet');
}

function network10(second: number, third: number): Prefix {
  return { address: Uint8Array.of(10, second, third, 0), length: 24 };
}

/** RFC 4193: 40 random bits make it unlikely that two networks that meet are the same. */
function uniqueLocal(random: Random): Prefix {
  const address = new Uint8Array(16);
  address[0] = 0xfd;
  address.set(randomBytes(random, 5), 1);
  return { address, length: 64 };
}
