/**
 * Whom to ask inside the tunnel whether it carries data both ways. Any host behind the peer will do:
 * with a hop limit of one it is the peer's own system that answers, by an echo reply where the address
 * is its own and by "time exceeded" where it is not. An address of its own is better: error messages
 * are rate limited (RFC 1812, 4.3.2.8).
 */
import { covers, maskPrefix } from '../../protocol/address-text.ts';
import { equalBytes } from '../../protocol/bytes.ts';
import type { Prefix } from '../../protocol/engine-port.ts';

export interface ProbeTarget {
  /** An address of our interface. Of one family, 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** Servers mostly are the first host of a network of this size, where the configuration does not tell its size. */
const USUAL_SUBNET = { 4: 24, 16: 64 } as const;

/**
 * @param addresses of our interface, host bits kept
 * @param allowedIps of the peer
 * @returns undefined where no address of ours has the family of anything that the peer may send
 */
export function chooseProbeTarget(
  addresses: readonly Prefix[],
  allowedIps: readonly Prefix[],
): ProbeTarget | undefined {
  for (const guess of [singleHost, firstOfSubnet, firstAllowed]) {
    for (const own of addresses) {
      const sameFamily = allowedIps.filter(({ address }) => address.length === own.address.length);
      const destination = guess(own, sameFamily);
      if (destination !== undefined) return { source: own.address, destination };
    }
  }
  return undefined;
}

type Guess = (own: Prefix, allowed: readonly Prefix[]) => Uint8Array | undefined;

/** The peer's own address, as servers list their clients and mindful clients their server. */
const singleHost: Guess = (own, allowed) =>
  allowed.find(({ address, length }) => length === address.length * 8 && !equalBytes(address, own.address))?.address;

const firstOfSubnet: Guess = (own, allowed) => {
  const bits = own.address.length * 8;
  const length = own.length === bits ? USUAL_SUBNET[own.address.length as 4 | 16] : own.length;
  const host = firstHost({ address: own.address, length }, own.address);
  return host !== undefined && allowed.some((prefix) => covers(prefix, { address: host, length: bits }))
    ? host
    : undefined;
};

const firstAllowed: Guess = (own, allowed) => {
  for (const prefix of allowed) {
    const host = firstHost(prefix, own.address);
    if (host !== undefined) return host;
  }
  return undefined;
};

/** The first address after the network's own that is not `except`; undefined where there is none. */
function firstHost(prefix: Prefix, except: Uint8Array): Uint8Array | undefined {
  const network = maskPrefix(prefix).address;
  for (const number of [1, 2]) {
    const host = Uint8Array.from(network);
    host[host.length - 1] = (host[host.length - 1] ?? 0) + number;
    const isInside = covers(prefix, { address: host, length: host.length * 8 });
    if (isInside && !equalBytes(host, except)) return host;
  }
  return undefined;
}
