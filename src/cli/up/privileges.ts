/** Whether this process may do what a tunnel takes, said before anything is tried. */
import { existsSync, readFileSync } from 'node:fs';

export class PrivilegeError extends Error {
  override readonly name = 'PrivilegeError';
  readonly code = 'missing-privilege';
}

/** Bit of CAP_NET_ADMIN (capabilities(7)). */
const NET_ADMIN_BIT = 12n;
const TUN_DEVICE = '/dev/net/tun';

/** @throws PrivilegeError that says what is missing and how to get it */
export function requirePrivileges(
  status: string = readFileSync('/proc/self/status', 'utf8'),
  hasTun: boolean = existsSync(TUN_DEVICE),
): void {
  if (!hasTun) {
    throw new PrivilegeError(
      `there is no ${TUN_DEVICE}: load the driver ("modprobe tun"), or give the container this device`,
    );
  }
  if (hasNetAdmin(status)) return;
  throw new PrivilegeError(
    'missing privileges: creating the interface, its addresses and routes needs CAP_NET_ADMIN; ' +
      'run as root ("sudo awg-vpn up ..."), or as a service with AmbientCapabilities=CAP_NET_ADMIN',
  );
}

function hasNetAdmin(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> NET_ADMIN_BIT) & 1n) === 1n;
}
