/** The Internet checksum (RFC 1071), slow and obvious: what the kernels are compared with. */

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** One's complement sum of big-endian words, folded to 16 bits, not complemented. An odd byte counts as the high one. */
export function sumWords(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] << 8) + (bytes[i + 1] ?? 0);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum;
}

export function checksum(bytes: Uint8Array, initial = 0): number {
  return ~sumWords(bytes, initial) & 0xffff;
}

/** Sum over the pseudo header of IPv4 (RFC 9293 section 3.1) or IPv6 (RFC 8200 section 8.1). */
export function pseudoHeaderSum(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): number {
  const tail = Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, 0, 0, 0, protocol);
  return sumWords(tail, sumWords(destination, sumWords(source)));
}
