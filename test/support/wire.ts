/**
 * Two hosts and a cable: two namespaces joined by a veth pair, each end with an IPv4 and an IPv6
 * address. What the tunnels under test send crosses this cable.
 *
 *     left  10.200.0.1  fd00:c8::1  ────────  10.200.0.2  fd00:c8::2  right
 */
import { NetworkNamespace } from './network-namespace.ts';
import type { Scope } from './scope.ts';
import type { SlowCable } from './slow-cable.ts';
import { laySlowCable } from './slow-cable.ts';

export type Family = 4 | 6;

export interface Host {
  readonly namespace: NetworkNamespace;
  /** Name of its end of the cable. */
  readonly device: string;
  readonly address: Readonly<Record<Family, string>>;
  /** A second address of the same network, unused until `moveTo`. */
  readonly spareAddress: Readonly<Record<Family, string>>;
}

export interface WireOptions {
  /**
   * With `off` the cable takes no UDP segmentation trains: the kernel cuts them into datagrams
   * before they cross, as a plain network card would. Default `on`.
   */
  readonly offloads?: 'on' | 'off';
  /** A cable that delays and loses, instead of the kernel's own. */
  readonly slow?: SlowCable;
}

const PREFIX_LENGTH: Readonly<Record<Family, number>> = { 4: 24, 6: 64 };
const FAMILIES: readonly Family[] = [4, 6];

function describeHost(namespace: NetworkNamespace, device: string, number: number): Host {
  return {
    namespace,
    device,
    address: { 4: `10.200.0.${number}`, 6: `fd00:c8::${number}` },
    spareAddress: { 4: `10.200.0.${number + 100}`, 6: `fd00:c8::${number + 100}` },
  };
}

async function addAddress(host: Host, family: Family, address: string): Promise<void> {
  const nodad = family === 6 ? ['nodad'] : [];
  await host.namespace.ip('address', 'add', `${address}/${PREFIX_LENGTH[family]}`, 'dev', host.device, ...nodad);
}

export async function connectHosts(scope: Scope, options: WireOptions = {}): Promise<readonly [Host, Host]> {
  const left = describeHost(await NetworkNamespace.create(scope), 'wire', 1);
  const right = describeHost(await NetworkNamespace.create(scope), 'wire', 2);
  const peer = ['peer', 'name', right.device, 'netns', right.namespace.name];
  if (options.slow === undefined) await left.namespace.ip('link', 'add', left.device, 'type', 'veth', ...peer);
  else await laySlowCable(scope, left.device, left.namespace, right.namespace, options.slow);
  for (const host of [left, right]) {
    for (const family of FAMILIES) await addAddress(host, family, host.address[family]);
    if (options.offloads === 'off') await host.namespace.ip('link', 'set', host.device, 'gso_max_segs', '1');
    await host.namespace.ip('link', 'set', host.device, 'up');
  }
  return [left, right];
}

/** The host drops its address of that family and goes on under its spare one, as a phone that changes networks. */
export async function moveToSpareAddress(host: Host, family: Family): Promise<void> {
  await host.namespace.ip('address', 'delete', `${host.address[family]}/${PREFIX_LENGTH[family]}`, 'dev', host.device);
  // Only now: an address added beside the first one would be its secondary, and go with it.
  await addAddress(host, family, host.spareAddress[family]);
}

/** `address:port` as configuration files write it. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
