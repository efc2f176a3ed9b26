/**
 * A host of the demo: a network namespace with one end of a cable (a veth pair). Everything is made
 * by system calls, and everything vanishes with the last process and descriptor in it.
 */
import { NetworkNamespace } from '../../platform/linux/namespace.ts';
import { RouteNetlink } from '../../platform/linux/netlink/route-netlink.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import { HostProcess } from './host-process.ts';

export interface DemoHost {
  readonly name: string;
  /** Address on the cable. */
  readonly address: string;
  /** The end of the cable here. */
  readonly interfaceIndex: number;
  /** Does something inside of this host's network; synchronous work only. */
  run<Result>(work: () => Result): Result;
  /** Starts Node here; it ends when this process does. */
  startNode(args: readonly string[], environment?: Readonly<Record<string, string>>): HostProcess;
}

export interface HostPair {
  readonly left: DemoHost;
  readonly right: DemoHost;
  /** Lets go of the namespaces; they end with the last process in them. */
  close(): void;
}

const CABLE = 'cable';
const CABLE_PREFIX_LENGTH = 24;
const LOOPBACK = 1;

/** Throws SystemCallError or NetlinkError, leaving nothing behind. */
export function joinHosts(): HostPair {
  const left = NetworkNamespace.create();
  const right = NetworkNamespace.create();
  const close = (): void => {
    left.close();
    right.close();
  };
  try {
    inNetwork(left, (netlink) => netlink.createVeth(CABLE, CABLE, { namespaceDescriptor: right.descriptor }));
    return { left: connectHost('left', left, '192.0.2.1'), right: connectHost('right', right, '192.0.2.2'), close };
  } catch (error) {
    close();
    throw error;
  }
}

function connectHost(name: string, namespace: NetworkNamespace, address: string): DemoHost {
  const interfaceIndex = inNetwork(namespace, (netlink) => configureCable(netlink, address));
  return {
    name,
    address,
    interfaceIndex,
    run: (work) => namespace.run(work),
    startNode: (args, environment) => namespace.run(() => new HostProcess(args, environment)),
  };
}

function configureCable(netlink: RouteNetlink, address: string): number {
  const index = netlink.linkIndex(CABLE);
  netlink.addAddress(index, { address: parseAddress(address) as Uint8Array, length: CABLE_PREFIX_LENGTH });
  netlink.setLink(LOOPBACK, { up: true });
  netlink.setLink(index, { up: true });
  return index;
}

function inNetwork<Result>(namespace: NetworkNamespace, work: (netlink: RouteNetlink) => Result): Result {
  return namespace.run(() => {
    const netlink = new RouteNetlink();
    try {
      return work(netlink);
    } finally {
      netlink.close();
    }
  });
}
