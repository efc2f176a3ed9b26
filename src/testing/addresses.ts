/** IP addresses and endpoints from text, so that tests read like `endpoint('192.0.2.1', 51820)`. */
import { formatEndpoint, parseAddress } from '../protocol/address-text.ts';
import type { Endpoint } from '../protocol/endpoint.ts';

/** 4 or 16 bytes in network order. Throws TypeError for anything that is not an address. */
export function address(text: string): Uint8Array {
  const bytes = parseAddress(text);
  if (bytes === undefined) throw new TypeError(`not an IP address: '${text}'`);
  return bytes;
}

export function endpoint(text: string, port: number): Endpoint {
  return { address: address(text), port, scopeId: 0 };
}

/** One key per address, port and zone, for maps. */
export function endpointKey(where: Endpoint): string {
  return formatEndpoint(where);
}
