/**
 * Processor time of another process to the nanosecond: Linux keeps a clock for each, and tells it to
 * whoever knows the process id. /proc has only ticks of 10 ms, and an idle daemon uses less.
 */
import { NativeBuffer } from '../../../src/platform/ffi/native-buffer.ts';
import { loadSyscalls } from '../../../src/platform/ffi/syscalls.ts';
import { SystemCallError } from '../../../src/platform/ffi/system-call-error.ts';

const TIMESPEC_BYTES = 16;
/** CPUCLOCK_SCHED: time on a processor, of all threads. */
const SCHEDULED = 2;

let timespec: NativeBuffer | undefined;

/** User and system time of all its threads since it began, seconds. Throws SystemCallError when it is gone. */
export function processorSeconds(pid: number): number {
  const syscalls = loadSyscalls();
  timespec ??= new NativeBuffer(syscalls, TIMESPEC_BYTES);
  const clock = (~pid << 3) | SCHEDULED;
  if (syscalls.clockGettime(clock, timespec.address) < 0) {
    throw new SystemCallError('clock_gettime', syscalls.errno(), `read the clock of process ${pid}`);
  }
  return Number(timespec.view.getBigInt64(0, true)) + Number(timespec.view.getBigInt64(8, true)) / 1e9;
}
