/** Variable-length integers of QUIC (RFC 9000, section 16): the two high bits say how many bytes there are. */

/** @param value below 2^30; nothing that an Initial packet says is larger */
export function varint(value: number): Uint8Array {
  if (value < 0x40) return Uint8Array.of(value);
  if (value < 0x4000) return twoByteVarint(value);
  return Uint8Array.of(0x80 | (value >>> 24), value >>> 16, value >>> 8, value);
}

/** In two bytes even where one would do, as everyone writes the Length of a packet. @param value below 2^14 */
export function twoByteVarint(value: number): Uint8Array {
  return Uint8Array.of(0x40 | (value >>> 8), value);
}
