/**
 * Standard error as a log sink: nothing is written that the kernel could not take at once, so that no reader
 * of a pipe and no stopped terminal holds up the thread that keeps the tunnel alive.
 */
import { writeSync } from 'node:fs';
import type { WriteSome } from '../control/log/log-sink.ts';
import { NativeBuffer } from '../platform/ffi/native-buffer.ts';
import type { Syscalls } from '../platform/ffi/syscalls.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';

/** struct pollfd: 0 descriptor i32, 4 events i16, 6 revents i16 */
const POLLFD = { events: 4, revents: 6, bytes: 8 } as const;
const POLLOUT = 4;

/** A pipe that is writable has room for one page (pipe(7), PIPE_BUF). */
const CHUNK_BYTES = 4096;

export function writerTo(descriptor: number): WriteSome {
  const isWritable = writableTest(descriptor);
  return (bytes) => (isWritable() ? writeChunk(descriptor, bytes.subarray(0, CHUNK_BYTES)) : 0);
}

function writeChunk(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** Where the kernel cannot be asked, it is tried. */
function writableTest(descriptor: number): () => boolean {
  try {
    return pollTest(loadSyscalls(), descriptor);
  } catch {
    return () => true;
  }
}

/** Ready also where a write will fail, which is then what we want to hear. */
function pollTest(syscalls: Syscalls, descriptor: number): () => boolean {
  const buffer = new NativeBuffer(syscalls, POLLFD.bytes);
  return () => {
    buffer.view.setInt32(0, descriptor, true);
    buffer.view.setInt16(POLLFD.events, POLLOUT, true);
    buffer.view.setInt16(POLLFD.revents, 0, true);
    return syscalls.poll(buffer.address, 1, 0) !== 0;
  };
}
