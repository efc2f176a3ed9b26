/** Under which address clients would find this machine, as far as it knows itself. */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { covers, parseAddress } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { parsePrefix } from '../config/values.ts';

/** Addresses for documentation (RFC 5737, RFC 3849): by the default route, and nothing is sent. */
const ELSEWHERE = [
  ['udp4', '192.0.2.1'],
  ['udp6', '2001:db8::1'],
] as const;

/** The source address of the default route, IPv4 first; undefined where there is none. */
export async function ownAddress(): Promise<string | undefined> {
  for (const [family, target] of ELSEWHERE) {
    const address = await sourceAddress(family, target);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Connecting a socket for datagrams chooses a route and its source, no more. */
function sourceAddress(family: 'udp4' | 'udp6', target: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family);
    const finish = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.on('error', () => finish(undefined));
    socket.connect(9, target, (error?: Error) => finish(error === undefined ? socket.address().address : undefined));
  });
}

/** Shared, private, loopback and link-local space (RFC 1918, 6598, 3927, 4193, 4291). */
const UNREACHABLE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
].map((value) => parsePrefix({ file: '', line: 0, key: '', value }));

/** Whether this is an address that the rest of the internet has no way to. */
export function isPrivateAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const host = { address, length: address.length * 8 };
  return UNREACHABLE.some((network) => covers(network, host));
}

/** With their networks. */
export function presentAddresses(): Prefix[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.flatMap(({ cidr }) =>
    cidr === null ? [] : [parsePrefix({ file: 'this machine', line: 0, key: '', value: cidr })],
  );
}
