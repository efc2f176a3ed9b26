/** An address as 32-bit words, most significant first. */
export type AddressWords = Uint32Array;

/** No node, or no owner. */
export const NONE = -1;
