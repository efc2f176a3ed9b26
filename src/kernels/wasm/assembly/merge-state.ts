/**
 * What the merge of one batch remembers, in a region of the arena:
 *
 *     +-------------------+----------------------+----------------------+-----------------------+
 *     | open flows, 16 x  | frames, 1024 x       | pieces, 1024 x       | iovecs, 1024 x        |
 *     |  ports u32        |  see FRAME_ below    |  data offset u32     |  absolute address u64 |
 *     |  frame u32        |                      |  length u32          |  length u64           |
 *     |                   |                      |  next piece u32      |                       |
 *     +-------------------+----------------------+----------------------+-----------------------+
 *
 * Each inner packet is one piece: the first of a frame is the whole packet, the others only their
 * payload. The pieces of a frame form a list, because those of other flows come in between; the end
 * of the batch turns each list into consecutive iovecs. BOUNDED by MAX_PACKETS in all three arrays.
 */

export const MAX_PACKETS: usize = 1024;
/** A burst has few flows. Beyond this many they are closed in turn, which costs merging, nothing else. */
const MAX_FLOWS: usize = 16;

/** Offset of the first packet. */
export const FRAME_PACKET: usize = 0;
/** IP and transport header together; 0 for a frame that takes no more packets. */
export const FRAME_HEADER_BYTES: usize = 4;
/** Length of the packet that the frame amounts to. */
export const FRAME_TOTAL: usize = 8;
/** Payload of the first packet, so of all but the last. */
export const FRAME_SEGMENT: usize = 12;
export const FRAME_PACKETS: usize = 16;
export const FRAME_FIRST_PIECE: usize = 20;
export const FRAME_LAST_PIECE: usize = 24;
/** TCP: the sequence number that comes next. */
export const FRAME_NEXT_SEQUENCE: usize = 28;
/** Offset of the iovecs, written at the end. */
export const FRAME_VECTOR: usize = 32;
const FRAME_BYTES: usize = 64;

export const PIECE_DATA: usize = 0;
export const PIECE_LENGTH: usize = 4;
export const PIECE_NEXT: usize = 8;
const PIECE_BYTES: usize = 16;

const FLOW_PORTS: usize = 0;
const FLOW_FRAME: usize = 4;
const FLOW_BYTES: usize = 8;

const IOVEC_BYTES: usize = 16;

const FLOWS_BYTES: usize = MAX_FLOWS * FLOW_BYTES;
const FRAMES_BYTES: usize = MAX_PACKETS * FRAME_BYTES;
const PIECES_BYTES: usize = MAX_PACKETS * PIECE_BYTES;
const IOVECS_BYTES: usize = MAX_PACKETS * IOVEC_BYTES;
export const STATE_BYTES: usize = FLOWS_BYTES + FRAMES_BYTES + PIECES_BYTES + IOVECS_BYTES;

let flows: usize;
let frames: usize;
let pieces: usize;
let iovecs: usize;
/** Address of the arena's first byte in this process. */
let base: u64;

export let frameCount: usize = 0;
let pieceCount: usize = 0;
let iovecCount: usize = 0;
let openFlows: usize = 0;
/** The next flow to be closed when the table is full. */
let victim: usize = 0;

export function configureState(region: usize, baseAddress: u64): void {
  flows = region;
  frames = flows + FLOWS_BYTES;
  pieces = frames + FRAMES_BYTES;
  iovecs = pieces + PIECES_BYTES;
  base = baseAddress;
}

export function clearState(): void {
  frameCount = 0;
  pieceCount = 0;
  iovecCount = 0;
  openFlows = 0;
  victim = 0;
}

export function isFull(): bool {
  return pieceCount === MAX_PACKETS;
}

/** Frame `index`, or 0 when there is none. */
export function frameAt(index: usize): usize {
  return index < frameCount ? frames + index * FRAME_BYTES : 0;
}

function newPiece(data: usize, length: i32): usize {
  const piece = pieces + pieceCount * PIECE_BYTES;
  pieceCount++;
  store<u32>(piece, <u32>data, PIECE_DATA);
  store<u32>(piece, length, PIECE_LENGTH);
  store<u32>(piece, 0, PIECE_NEXT);
  return piece;
}

export function newFrame(packet: usize, length: i32): usize {
  const frame = frames + frameCount * FRAME_BYTES;
  frameCount++;
  const piece = newPiece(packet, length);
  store<u32>(frame, <u32>packet, FRAME_PACKET);
  store<u32>(frame, 0, FRAME_HEADER_BYTES);
  store<u32>(frame, length, FRAME_TOTAL);
  store<u32>(frame, 1, FRAME_PACKETS);
  store<u32>(frame, <u32>piece, FRAME_FIRST_PIECE);
  store<u32>(frame, <u32>piece, FRAME_LAST_PIECE);
  return frame;
}

export function appendPiece(frame: usize, data: usize, length: i32): void {
  const piece = newPiece(data, length);
  store<u32>(load<u32>(frame, FRAME_LAST_PIECE), <u32>piece, PIECE_NEXT);
  store<u32>(frame, <u32>piece, FRAME_LAST_PIECE);
  store<u32>(frame, load<u32>(frame, FRAME_PACKETS) + 1, FRAME_PACKETS);
  store<u32>(frame, load<u32>(frame, FRAME_TOTAL) + length, FRAME_TOTAL);
}

/** Turns the pieces into iovecs, with room for the virtio header before the first packet. */
export function layVector(frame: usize, virtioBytes: i32): void {
  store<u32>(frame, <u32>(iovecs + iovecCount * IOVEC_BYTES), FRAME_VECTOR);
  let before = virtioBytes;
  for (let piece: usize = load<u32>(frame, FRAME_FIRST_PIECE); piece !== 0; piece = load<u32>(piece, PIECE_NEXT)) {
    const iovec = iovecs + iovecCount * IOVEC_BYTES;
    iovecCount++;
    store<u64>(iovec, base + <u64>load<u32>(piece, PIECE_DATA) - <u64>before);
    store<u64>(iovec, <u64>load<u32>(piece, PIECE_LENGTH) + <u64>before, 8);
    before = 0;
  }
}

export function flowCount(): usize {
  return openFlows;
}

export function flowPorts(flow: usize): u32 {
  return load<u32>(flows + flow * FLOW_BYTES, FLOW_PORTS);
}

export function flowFrame(flow: usize): usize {
  return load<u32>(flows + flow * FLOW_BYTES, FLOW_FRAME);
}

export function openFlow(ports: u32, frame: usize): void {
  let slot = openFlows;
  if (openFlows < MAX_FLOWS) openFlows++;
  else {
    slot = victim;
    victim = (victim + 1) % MAX_FLOWS;
  }
  store<u32>(flows + slot * FLOW_BYTES, ports, FLOW_PORTS);
  store<u32>(flows + slot * FLOW_BYTES, <u32>frame, FLOW_FRAME);
}

/** Nothing is appended to its frame any more. The last flow takes its place in the table. */
export function closeFlow(flow: usize): void {
  openFlows--;
  store<u64>(flows + flow * FLOW_BYTES, load<u64>(flows + openFlows * FLOW_BYTES));
}
