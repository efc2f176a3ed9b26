/**
 * The two clocks of the protocol core. CLOCK_BOOTTIME goes on while the machine sleeps, so a session
 * that was asleep for longer than REJECT_AFTER_TIME is dead on waking, as it must be.
 */
import type { Instant, Moment, WallTime } from '../../protocol/time.ts';
import { NativeBuffer } from '../ffi/native-buffer.ts';
import type { Syscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const TIMESPEC_BYTES = 16;

/** Milliseconds since boot, whole. Allocates nothing. */
export function bootInstant(syscalls: Syscalls): () => Instant {
  return clockOf(syscalls, CLOCK_BOOTTIME) as () => Instant;
}

/** Milliseconds that this machine has spent asleep since boot: CLOCK_MONOTONIC stands still then. */
export function sleptSinceBoot(syscalls: Syscalls): () => number {
  const [boot, awake] = [clockOf(syscalls, CLOCK_BOOTTIME), clockOf(syscalls, CLOCK_MONOTONIC)];
  return () => boot() - awake();
}

function clockOf(syscalls: Syscalls, clock: number): () => number {
  const { view, address } = new NativeBuffer(syscalls, TIMESPEC_BYTES);
  if (syscalls.clockGettime(clock, address) < 0) {
    throw new SystemCallError(`clock_gettime ${clock}`, syscalls.errno());
  }
  return () => {
    syscalls.clockGettime(clock, address);
    const seconds = view.getUint32(4, true) * 0x1_0000_0000 + view.getUint32(0, true);
    return seconds * 1000 + Math.trunc(view.getUint32(8, true) / 1_000_000);
  };
}

export function bootClock(syscalls: Syscalls): () => Moment {
  const instant = bootInstant(syscalls);
  return () => ({ at: instant(), wall: Date.now() as WallTime });
}
