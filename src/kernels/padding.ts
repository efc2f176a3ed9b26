/**
 * Zero bytes between an inner packet and its tag (protocol facts 3.5), so that the size of a datagram
 * does not tell the size of the packet in it. Whoever receives it trims by the length in the IP
 * header. `split` pads the packets of a TUN by these rules, in `wasm/assembly/padding.ts`; keepalives
 * come from nowhere and are padded with the function here.
 */

/** The three rules; which of them holds is a matter of the profile. */
export type Padding =
  /** WireGuard's: up to a multiple of 16, not beyond the MTU. */
  | { readonly kind: 'multiple' }
  /** ContentPaddingAddition: a random number of bytes, both ends included, up to 2^32 - 1. */
  | { readonly kind: 'content'; readonly low: number; readonly high: number }
  /** RandomTrailers: any number of bytes that leaves the datagram below the peer's UDP window. */
  | { readonly kind: 'window' };

const MULTIPLE = 16;

/**
 * How many zero bytes to append to one packet.
 *
 * @param size of the packet in bytes, 0 for a keepalive
 * @param mtu of the TUN; 0 if there is none, and so no limit by it
 * @param room the longest plaintext that fits the peer's UDP window: window - 32 - S4, may be negative
 * @param random 32 random bits; a rule without chance takes no notice of them
 */
export function paddingFor(padding: Padding, size: number, mtu: number, room: number, random: number): number {
  // Of a packet longer than the MTU its part beyond the last multiple of the MTU counts.
  const unit = mtu > 0 && size > mtu ? size % mtu : size;
  const belowMtu = mtu > 0 ? mtu - unit : Infinity;
  const free = Math.max(0, room - size);
  switch (padding.kind) {
    case 'multiple':
      return Math.min(-unit & (MULTIPLE - 1), belowMtu);
    case 'content': {
      const pick = padding.low + scale(random, padding.high - padding.low + 1);
      return Math.min(pick, belowMtu, free);
    }
    case 'window':
      return scale(random, free);
  }
}

/** No packet gets more than this, so it bounds the memory that padding takes. */
export function longestPadding(padding: Padding, mtu: number, room: number): number {
  switch (padding.kind) {
    case 'multiple':
      return MULTIPLE - 1;
    case 'content':
      return Math.min(padding.high, mtu > 0 ? mtu : Infinity, Math.max(0, room));
    case 'window':
      return Math.max(0, room - 1);
  }
}

/** floor(random * width / 2^32), in steps that are exact in a double; `width` is 2^32 at most. */
function scale(random: number, width: number): number {
  const high = Math.floor(width / 0x1_0000);
  const low = width % 0x1_0000;
  return Math.floor((random * high + Math.floor((random * low) / 0x1_0000)) / 0x1_0000);
}
