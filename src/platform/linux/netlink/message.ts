/**
 * Netlink messages as bytes: a header of 16 bytes, a fixed part that depends on the type, then
 * attributes (length, type, value, padded to 4), some of which contain attributes. Native byte order.
 */

export const NLMSG_HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
/** Flags in an attribute's type field (nested, byte order). */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;

/** One attribute to be encoded. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export const attribute = {
  bytes: (type: number, value: Uint8Array): Attribute => ({ type, value }),
  u32: (type: number, value: number): Attribute => ({ type, value: uint32(value) }),
  /** With the terminating zero that the kernel asks for. */
  text: (type: number, value: string): Attribute => ({ type, value: new TextEncoder().encode(`${value}\0`) }),
  nested: (type: number, attributes: readonly Attribute[], fixed?: Uint8Array): Attribute => ({
    type: type | NLA_F_NESTED,
    value: join(fixed ?? new Uint8Array(), attributes),
  }),
};

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. */
  readonly payload: Uint8Array;
}

/** @param fixed the structure of this type (`ifinfomsg`, `rtmsg`, ...), a multiple of 4 bytes */
export function encodeMessage(
  header: { readonly type: number; readonly flags: number; readonly sequence: number },
  fixed: Uint8Array,
  attributes: readonly Attribute[],
): Uint8Array {
  const payload = join(fixed, attributes);
  const message = new Uint8Array(NLMSG_HEADER_BYTES + payload.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length, true);
  view.setUint16(4, header.type, true);
  view.setUint16(6, header.flags, true);
  view.setUint32(8, header.sequence, true);
  message.set(payload, NLMSG_HEADER_BYTES);
  return message;
}

/** The messages in what one receive brought; stops at the first that does not fit. */
export function decodeMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset + NLMSG_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(offset, true);
    if (length < NLMSG_HEADER_BYTES || offset + length > bytes.length) break;
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      payload: bytes.slice(offset + NLMSG_HEADER_BYTES, offset + length),
    });
    offset += align4(length);
  }
  return messages;
}

/** Attributes by type, from `offset` on; of repeated ones the last. */
export function decodeAttributes(bytes: Uint8Array, offset = 0): Map<number, Uint8Array> {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = offset; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) break;
    attributes.set(
      view.getUint16(at + 2, true) & ATTRIBUTE_TYPE_MASK,
      bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length),
    );
    at += align4(length);
  }
  return attributes;
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The number in a 4-byte attribute, or undefined where there is none. */
export function readUint32(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : viewOf(value).getUint32(0, true);
}

/** Without the terminating zero. */
export function readText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A structure of `bytes` bytes. The kernel never sends less; what ends early reads as zeros. */
export function fixedPart({ payload }: NetlinkMessage, bytes: number): DataView {
  const fixed = new Uint8Array(bytes);
  fixed.set(payload.subarray(0, bytes));
  return viewOf(fixed);
}

function join(fixed: Uint8Array, attributes: readonly Attribute[]): Uint8Array {
  const size = attributes.reduce((sum, { value }) => sum + align4(ATTRIBUTE_HEADER_BYTES + value.length), fixed.length);
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  bytes.set(fixed);
  let at = fixed.length;
  for (const { type, value } of attributes) {
    view.setUint16(at, ATTRIBUTE_HEADER_BYTES + value.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + ATTRIBUTE_HEADER_BYTES);
    at += align4(ATTRIBUTE_HEADER_BYTES + value.length);
  }
  return bytes;
}

function align4(length: number): number {
  return (length + 3) & ~3;
}
