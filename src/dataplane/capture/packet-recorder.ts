/** What is told of every packet while a capture runs. Called from the data plane: it must not wait. */
export interface PacketRecorder {
  /** An IP packet of the interface, perhaps a super-packet, at `bytes[offset]`. */
  inner(direction: Direction, bytes: Uint8Array, offset: number, length: number): void;
  /** A datagram as it is on the wire; its path record is at `bytes[path]`. */
  wire(direction: Direction, bytes: Uint8Array, offset: number, length: number, path: number): void;
}

export const DIRECTION = { out: 0, in: 1 } as const;
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION];
