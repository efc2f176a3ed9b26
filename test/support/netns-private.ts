/**
 * A network namespace for the whole test process, with its loopback up. It is entered by system call,
 * so it needs no name, no clean-up, and ends with the process; children and threads begin in it too.
 */

import { unshareNetwork } from '../../src/platform/linux/namespace.ts';
import { RouteNetlink } from '../../src/platform/linux/netlink/route-netlink.ts';
import { parseAddress } from '../../src/protocol/address-text.ts';
import type { Prefix } from '../../src/protocol/engine-port.ts';

/** Why tests that need a namespace cannot run here, or false when they can. */
export const skipWithoutRoot: string | false =
  process.platform !== 'linux' ? 'Linux only' : process.getuid?.() !== 0 && 'needs root';

/** Call it once, before anything opens a socket. */
export function enterPrivateNamespace(): void {
  if (skipWithoutRoot !== false) return;
  unshareNetwork();
  withNetlink((netlink) => netlink.setLink(netlink.linkIndex('lo'), { up: true }));
}

export function withNetlink<Result>(work: (netlink: RouteNetlink) => Result): Result {
  const netlink = new RouteNetlink();
  try {
    return work(netlink);
  } finally {
    netlink.close();
  }
}

export function address(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new TypeError(`"${text}" is no address`);
  return parsed;
}

/** `10.0.0.1/24`; host bits stay. */
export function prefix(text: string): Prefix {
  const [host = '', length] = text.split('/');
  return { address: address(host), length: Number(length) };
}
