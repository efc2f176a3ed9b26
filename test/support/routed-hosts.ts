/**
 * Two hosts with a router between them, which may be a NAT, and may be unkind to large packets:
 *
 *     left 10.200.0.1 ──── 10.200.0.254 router 10.200.9.254 ──── 10.200.9.2 right
 */
import { NetworkNamespace } from './network-namespace.ts';
import type { Scope } from './scope.ts';
import type { Family, Host } from './wire.ts';

export interface RouterOptions {
  /** Left is hidden behind the router's address; a mapping is forgotten after so many seconds of silence. */
  readonly natSeconds?: number;
  /** Of the cable to the right; what does not fit is lost without a word, and so are fragments. */
  readonly narrowMtu?: number;
}

export interface RoutedHosts {
  readonly hosts: readonly [Host, Host];
  readonly router: NetworkNamespace;
}

/** What right takes left for behind a NAT. */
export const NAT_ADDRESS: Readonly<Record<Family, string>> = { 4: '10.200.9.254', 6: 'fd00:c9:9::254' };

interface Side {
  readonly network: Readonly<Record<Family, string>>;
  readonly number: number;
  readonly device: string;
}

const LEFT: Side = { network: { 4: '10.200.0.', 6: 'fd00:c8::' }, number: 1, device: 'left' };
const RIGHT: Side = { network: { 4: '10.200.9.', 6: 'fd00:c9:9::' }, number: 2, device: 'right' };
const FAMILIES: readonly Family[] = [4, 6];
const PREFIX: Readonly<Record<Family, number>> = { 4: 24, 6: 64 };

const MASQUERADE = `
table inet nat {
  chain out { type nat hook postrouting priority srcnat; oifname "${RIGHT.device}" masquerade; }
}`;

/** Fragments, and the messages that would tell a sender to make his packets smaller. */
const UNKIND = `
table inet unkind {
  chain pass {
    type filter hook forward priority 0;
    ip frag-off & 0x3fff != 0 drop
    exthdr frag exists drop
  }
  chain say {
    type filter hook output priority 0;
    icmp type destination-unreachable drop
    icmpv6 type packet-too-big drop
  }
}`;

export async function connectRouted(scope: Scope, options: RouterOptions = {}): Promise<RoutedHosts> {
  const router = await NetworkNamespace.create(scope);
  const left = await attach(scope, router, LEFT);
  const right = await attach(scope, router, RIGHT);
  const { natSeconds, narrowMtu } = options;
  await setSysctl(router, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  await router.setFirewall(`${natSeconds === undefined ? '' : MASQUERADE}${narrowMtu === undefined ? '' : UNKIND}`);
  if (natSeconds !== undefined) {
    const key = 'net.netfilter.nf_conntrack_udp_timeout';
    await setSysctl(router, `${key}=${natSeconds}`, `${key}_stream=${natSeconds}`);
  }
  if (narrowMtu !== undefined) await router.ip('link', 'set', RIGHT.device, 'mtu', String(narrowMtu));
  return { hosts: [left, right], router };
}

async function attach(scope: Scope, router: NetworkNamespace, side: Side): Promise<Host> {
  const namespace = await NetworkNamespace.create(scope);
  await namespace.ip('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', side.device, 'netns', router.name);
  for (const family of FAMILIES) {
    const nodad = family === 6 ? ['nodad'] : [];
    const own = `${side.network[family]}${side.number}/${PREFIX[family]}`;
    await namespace.ip('address', 'add', own, 'dev', 'wire', ...nodad);
    await router.ip('address', 'add', `${side.network[family]}254/${PREFIX[family]}`, 'dev', side.device, ...nodad);
  }
  await router.ip('link', 'set', side.device, 'up');
  await namespace.ip('link', 'set', 'wire', 'up');
  for (const family of FAMILIES) {
    await namespace.ip(`-${family}`, 'route', 'add', 'default', 'via', `${side.network[family]}254`);
  }
  const addressOf = (offset: number): Host['address'] => ({
    4: `${side.network[4]}${side.number + offset}`,
    6: `${side.network[6]}${side.number + offset}`,
  });
  return { namespace, device: 'wire', address: addressOf(0), spareAddress: addressOf(100) };
}

async function setSysctl(namespace: NetworkNamespace, ...settings: string[]): Promise<void> {
  await namespace.run('sysctl', ['-q', '-w', ...settings]);
}
