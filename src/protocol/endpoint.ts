/**
 * Where a datagram came from or goes to. Made by a carrier when a datagram arrives, kept by the
 * peer that it authenticated, and handed back to the carrier to answer on the same path.
 */
import { equalBytes } from './bytes.ts';

export interface Endpoint {
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

/** Whether both are the same place; from where we speak to it does not count. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.scopeId === b.scopeId && equalBytes(a.address, b.address);
}

/** The same place, reached from whichever address of ours the system chooses. */
export function withoutLocal({ address, port, scopeId }: Endpoint): Endpoint {
  return { address, port, scopeId };
}
