/**
 * Capabilities (capabilities(7)) belong to a thread, not to a process. Whoever changes them here changes
 * those of the calling thread and of the threads that it starts later.
 */
import { ERRNO } from '../../ffi/errno.ts';
import { NativeBuffer } from '../../ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../ffi/privilege-calls.ts';
import { SystemCallError } from '../../ffi/system-call-error.ts';

/** Bits of the sets, in the kernel's order. */
export const CAPABILITY = { NET_BIND_SERVICE: 10, NET_ADMIN: 12 } as const;
export type CapabilityName = keyof typeof CAPABILITY;

const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

const CAPSET: Readonly<Record<string, number>> = { x64: 126, arm64: 91 };
/** _LINUX_CAPABILITY_VERSION_3: two words for each set. */
const VERSION_3 = 0x2008_0522;
/** __user_cap_header_struct, and behind it two times effective, permitted, inheritable. */
const HEADER_BYTES = 8;
const DATA_BYTES = 24;

export function capabilityMask(names: readonly CapabilityName[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(CAPABILITY[name])), 0n);
}

/** Until it has changed its user: without it a thread loses all capabilities when it stops being root. */
export function keepCapabilitiesOverUserChange(calls: PrivilegeCalls): void {
  if (calls.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    throw new SystemCallError('prctl PR_SET_KEEPCAPS', calls.system.errno(), 'keep capabilities');
}

/**
 * Gives away all capabilities but these for good: they are not in the bounding set either, so that no
 * program that this thread could start would get them back. Where a service manager forbids capset(2),
 * they stay; what is left in the end is looked at anyway.
 *
 * @param permitted what this thread has; it does not get what it does not have
 */
export function limitCapabilities(calls: PrivilegeCalls, kept: bigint, permitted: bigint): void {
  // A change of the user has left them permitted but not in force, and the bounding set takes CAP_SETPCAP.
  setCapabilities(calls, permitted);
  dropBoundingSet(calls, kept);
  calls.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  setCapabilities(calls, kept & permitted);
}

/** Permitted and in force, and none to hand on. */
function setCapabilities(calls: PrivilegeCalls, set: bigint): void {
  const buffer = new NativeBuffer(calls.system, HEADER_BYTES + DATA_BYTES);
  buffer.view.setUint32(0, VERSION_3, true);
  for (const [word, base] of [HEADER_BYTES, HEADER_BYTES + DATA_BYTES / 2].entries()) {
    const bits = Number((set >> BigInt(32 * word)) & 0xffff_ffffn);
    buffer.view.setUint32(base, bits, true);
    buffer.view.setUint32(base + 4, bits, true);
  }
  const number = CAPSET[process.arch] ?? -1;
  if (calls.raw(number, buffer.address, buffer.address + HEADER_BYTES, 0) < 0) refuse(calls.system.errno());
}

function refuse(errno: number): void {
  if (errno !== ERRNO.EPERM) throw new SystemCallError('capset', errno, 'give capabilities away');
}

/** Where CAP_SETPCAP is missing it stays as it is, and is worth nothing while no program can be started. */
function dropBoundingSet(calls: PrivilegeCalls, kept: bigint): void {
  for (let bit = 0; calls.prctl(PR_CAPBSET_READ, bit, 0, 0, 0) >= 0; bit++) {
    const isKept = ((kept >> BigInt(bit)) & 1n) === 1n;
    if (!isKept && calls.prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0) return;
  }
}
