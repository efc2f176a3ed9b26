/**
 * Keeping keys out of core dumps and out of the hands of other processes of the same user. It holds for
 * the whole process and costs nothing, so it is done first, before there is a key.
 *
 * Memory is not locked as a whole: V8 gives parts of its heap back with madvise(2), which the kernel
 * refuses for locked pages, and V8 takes a refusal for a fatal error. Swap is the business of the
 * service manager (`MemorySwapMax=0`) or of an encrypted swap device; see docs/threat-model.md.
 */
import { NativeBuffer } from '../../ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../ffi/privilege-calls.ts';
import { SystemCallError } from '../../ffi/system-call-error.ts';

const RLIMIT_CORE = 4;
const PR_SET_DUMPABLE = 4;
/** rlimit: current u64, maximum u64 */
const RLIMIT_BYTES = 16;

/**
 * No core dump, not even to a program that collects them (core(5): it is asked for those of any size, but
 * not for processes that are not dumpable); no debugger, and no /proc/PID/mem, but for root.
 *
 * @throws SystemCallError
 */
export function hideMemory(calls: PrivilegeCalls): void {
  const limits = new NativeBuffer(calls.system, RLIMIT_BYTES);
  if (calls.setrlimit(RLIMIT_CORE, limits.address) < 0)
    throw new SystemCallError('setrlimit RLIMIT_CORE', calls.system.errno(), 'forbid core dumps');
  if (calls.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
    throw new SystemCallError('prctl PR_SET_DUMPABLE', calls.system.errno(), 'hide memory from debuggers');
}
