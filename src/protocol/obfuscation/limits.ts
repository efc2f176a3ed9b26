/** Our bounds on what a profile may ask for. The first block refuses, the second only warns. */

/** UDP payload of the largest IPv4 packet; what is larger never leaves the host. Bounds each datagram we build. */
export const MAX_DATAGRAM_BYTES = 65_507;

/**
 * Junk and signature packets before one initiation, together. They are built at once, so this bounds
 * the memory that one line of configuration can take at each handshake.
 */
export const MAX_PRELUDE_BYTES = 16 << 20;

/** Jc, Jmin, Jmax and S1-S4 are 16 bits wide in configuration files and in netlink. */
export const MAX_PARAMETER = 65_535;

/** Type values are 32 bits wide, and amneziawg-go reads every other range into 32 bits too. */
export const MAX_RANGE_END = 0xffff_ffff;

/** A datagram up to this passes every IPv6 path in one piece; upstream's advice on S1 and S2 comes from it. */
export const ADVISED_DATAGRAM_BYTES = 1_280;

/** With more datagrams before and including an initiation, amneziawg-go crashes when given the same settings. */
export const ADVISED_BURST = 128;
