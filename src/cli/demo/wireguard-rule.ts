/**
 * What a firewall that knows plain WireGuard looks for: a type of 1 to 4, three zero bytes, and the
 * size that goes with the type (paper sections 5.4.2 to 5.4.7).
 */
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  PADDING_MULTIPLE,
  RESPONSE_BYTES,
  TRANSPORT_MINIMUM_BYTES,
} from '../../protocol/constants.ts';

const FIXED_SIZES: Readonly<Record<number, number>> = { 1: INITIATION_BYTES, 2: RESPONSE_BYTES, 3: COOKIE_REPLY_BYTES };
const TRANSPORT_TYPE = 4;

export function looksLikeWireGuard(datagram: Uint8Array): boolean {
  const [type = 0, ...reserved] = datagram.subarray(0, 4);
  if (reserved.length < 3 || reserved.some((byte) => byte !== 0)) return false;
  if (type === TRANSPORT_TYPE)
    return datagram.length >= TRANSPORT_MINIMUM_BYTES && datagram.length % PADDING_MULTIPLE === 0;
  return datagram.length === FIXED_SIZES[type];
}
