/**
 * Memory that the operating system reads and writes outside of the packet arena: options, addresses,
 * netlink messages. Never for packets.
 */

/** Turns memory into the address that a system call takes. */
export interface AddressSource {
  addressOf(view: ArrayBufferView): number;
}

/** An address alone does not keep memory alive, so the owner of calls keeps the object. */
export class NativeBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Absolute address of the first byte. */
  readonly address: number;

  constructor(source: AddressSource, size: number) {
    // An explicit ArrayBuffer lies outside of the JavaScript heap and so never moves.
    const memory = new ArrayBuffer(size);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.address = source.addressOf(this.bytes);
  }

  /** Copies `text` and a terminating zero to `offset`; returns its address. */
  writeString(offset: number, text: string): number {
    const encoded = new TextEncoder().encode(text);
    if (offset + encoded.length >= this.bytes.length) throw new RangeError(`"${text}" does not fit`);
    this.bytes.set(encoded, offset);
    this.bytes[offset + encoded.length] = 0;
    return this.address + offset;
  }

  readString(offset: number, capacity: number): string {
    const bytes = this.bytes.subarray(offset, offset + capacity);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? capacity : end));
  }
}
