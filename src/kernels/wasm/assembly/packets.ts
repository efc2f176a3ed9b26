/**
 * The packet kernel: whatever touches many bytes of a packet but is no cryptography. Outbound it
 * splits super-packets and writes transport headers, inbound it merges packets. The contract is
 * `PacketKernel` in `../../kernel.ts`.
 */
import { fold, sum } from './checksum';
import { JOB_BYTES, JOB_COUNTER, JOB_TARGET } from './job';
import { framePackets } from './merge';
import { configureState, STATE_BYTES } from './merge-state';

export { framePackets, frameVector, mergeAdd, mergeBegin, mergeFinish } from './merge';
export { paddingWindow, setPadding } from './padding';
export { split, splitTotal } from './split';

const TRANSPORT_HEADER_BYTES: usize = 16;

export function stateBytes(): usize {
  return STATE_BYTES;
}

/** Call once, with a region of `stateBytes()` and the address of the arena (exact in a double: it has 47 bits). */
export function configure(region: usize, baseAddress: f64): void {
  configureState(region, <u64>baseAddress);
}

export function checksum(offset: usize, length: i32): u32 {
  return fold(sum(offset, length));
}

export function copy(target: usize, source: usize, length: usize): void {
  memory.copy(target, source, length);
}

/**
 * The transport message header before each packet (WireGuard paper, 5.4.6):
 *
 *     | type u32 | receiver u32 | counter u64 | encrypted packet ...
 */
export function writeHeaders(
  jobs: usize,
  count: i32,
  type: u32,
  receiver: u32,
  counterLow: u32,
  counterHigh: u32,
): void {
  let counter = ((<u64>counterHigh) << 32) | <u64>counterLow;
  for (let i = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_BYTES;
    const header = <usize>load<u32>(job, JOB_TARGET) - TRANSPORT_HEADER_BYTES;
    store<u32>(header, type);
    store<u32>(header, receiver, 4);
    store<u64>(header, counter, 8);
    store<u64>(job, counter, JOB_COUNTER);
    counter++;
  }
}

/**
 * What AWG lays over a transport message: a type of its own and a random prefix (S4) for each.
 *
 *     | prefix | type u32 | ...
 *
 * Each message takes 4 bytes for its type and then its prefix from `randoms`. The type is one of
 * `low`..`low + span`, each as likely as the other but for one in 2^32.
 */
export function disguise(jobs: usize, count: i32, prefix: usize, low: u32, span: u32, randoms: usize): void {
  const width = <u64>span + 1;
  let random = randoms;
  for (let i = 0; i < count; i++) {
    const header = <usize>load<u32>(jobs + <usize>i * JOB_BYTES, JOB_TARGET) - TRANSPORT_HEADER_BYTES;
    store<u32>(header, low + <u32>((<u64>load<u32>(random) * width) >> 32));
    random += 4;
    memory.copy(header - prefix, random, prefix);
    random += prefix;
  }
}

/** One iovec for each inner packet. */
export function frameVectorCount(index: usize): u32 {
  return framePackets(index);
}
