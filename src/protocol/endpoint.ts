/**
 * Where a datagram came from or goes to. Made by a carrier when a datagram arrives, kept by the
 * peer that it authenticated, and handed back to the carrier to answer on the same path.
 */
import { equalBytes } from './bytes.ts';

export interface Endpoint {
  /**
   * The connections of a stream carrier that lead there, taken together; undefined where datagrams go by
   * themselves (UDP). What can be sent to is the bundle: the address then only says who it is.
   */
  readonly bundle?: number;
  /** 4 bytes (IPv4) or 16 bytes (IPv6), network order. */
  readonly address: Uint8Array;
  readonly port: number;
  /** IPv6 zone of a link-local address; 0 when there is none. */
  readonly scopeId: number;
  /** The address of ours that the peer spoke to, so that the answer leaves from it ("sticky source"). */
  readonly local?: LocalAddress;
}

export interface LocalAddress {
  /** Same family as the endpoint. */
  readonly address: Uint8Array;
  readonly interfaceIndex: number;
}

/** Whether both are the same place; from where we speak to it does not count. A bundle is the same as itself only. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  if (a.bundle !== undefined || b.bundle !== undefined) return a.bundle === b.bundle;
  return a.port === b.port && a.scopeId === b.scopeId && equalBytes(a.address, b.address);
}

/** The same place, reached from whichever address of ours the system chooses. */
export function withoutLocal({ address, port, scopeId, bundle }: Endpoint): Endpoint {
  const remote = { address, port, scopeId };
  return bundle === undefined ? remote : { ...remote, bundle };
}
