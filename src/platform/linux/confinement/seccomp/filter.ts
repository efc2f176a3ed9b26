/** From a policy to a filter for this machine, and the filter into the kernel. */
import { ERRNO } from '../../../ffi/errno.ts';
import { NativeBuffer } from '../../../ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../../ffi/privilege-calls.ts';
import { SystemCallError } from '../../../ffi/system-call-error.ts';
import { ConfinementError } from '../confinement-error.ts';
import { SeccompAssembler } from './assembler.ts';
import type { CallName } from './calls.ts';
import { CALLS, NEWEST_CALL } from './calls.ts';
import { UNKNOWN_TO_US } from './policy.ts';
import type { Rule } from './rule.ts';
import { assembleRule } from './rule.ts';

/** linux/audit.h, and the number of seccomp(2). `column` is that of the table of calls. */
const MACHINES = {
  x64: { architecture: 0xc000_003e, seccomp: 317, column: 0 },
  arm64: { architecture: 0xc000_00b7, seccomp: 277, column: 1 },
} as const;

export type Machine = keyof typeof MACHINES;

/** Numbers from here on are those of x32, another way into the same calls. */
const X32_CALLS = 0x4000_0000;

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
/** All threads at once, which makes them unable to gain privileges too. */
const FILTER_FLAG_TSYNC = 1;
/**
 * No slower processor for our sake: code in this process reads its memory as it likes, a side channel of
 * speculation gives it nothing.
 */
const FILTER_FLAG_SPEC_ALLOW = 4;

/** The program for one kind of machine. */
export function assembleFilter(policy: ReadonlyMap<CallName, Rule>, machine: Machine): Uint8Array {
  const { architecture, column } = MACHINES[machine];
  const assembler = new SeccompAssembler();
  assembleEntry(assembler, architecture);
  for (const [name, rule] of policy) {
    const number = CALLS[name][column];
    if (number < 0) continue;
    const next = Symbol('next call');
    assembler.loadNumber();
    assembler.jumpIfEqual(number, { ifFalse: next });
    assembleRule(assembler, rule);
    assembler.fail(ERRNO.EPERM);
    assembler.place(next);
  }
  assembleRest(assembler, column);
  return assembler.assemble();
}

/** A call that came in by another door has other numbers: there is no innocent reason for one. */
function assembleEntry(assembler: SeccompAssembler, architecture: number): void {
  const [ours, native] = [Symbol('our machine'), Symbol('native')];
  assembler.loadArchitecture();
  assembler.jumpIfEqual(architecture, { ifTrue: ours });
  assembler.killProcess();
  assembler.place(ours);
  assembler.loadNumber();
  assembler.jumpIfAtLeast(X32_CALLS, { ifFalse: native });
  assembler.killProcess();
  assembler.place(native);
}

/** What came after this list was written is treated as an older kernel would: callers know what to do then. */
function assembleRest(assembler: SeccompAssembler, column: 0 | 1): void {
  const unknown = Symbol('unknown');
  assembler.loadNumber();
  assembler.jumpIfAtLeast(NEWEST_CALL + 1, { ifTrue: unknown });
  for (const name of UNKNOWN_TO_US) assembler.jumpIfEqual(CALLS[name][column], { ifTrue: unknown });
  assembler.fail(ERRNO.EPERM);
  assembler.place(unknown);
  assembler.fail(ERRNO.ENOSYS);
}

/** From now on this thread and what it starts cannot gain rights by starting a program. @throws SystemCallError */
export function forbidNewPrivileges(calls: PrivilegeCalls): void {
  if (calls.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    throw new SystemCallError('prctl PR_SET_NO_NEW_PRIVS', calls.system.errno(), 'forbid new privileges');
}

/**
 * Puts all threads of this process behind the filter, for good. Takes `forbidNewPrivileges` before.
 *
 * @returns false where the kernel has no filters, or a filter that we were started with forbids another
 * @throws ConfinementError when a thread has a filter of its own, SystemCallError
 */
export function installFilter(calls: PrivilegeCalls, policy: ReadonlyMap<CallName, Rule>): boolean {
  const machine = process.arch as Machine;
  const program = assembleFilter(policy, machine);
  const instructions = new NativeBuffer(calls.system, program.length);
  instructions.bytes.set(program);
  /** sock_fprog: 0 number of instructions u16, 8 their address u64 */
  const header = new NativeBuffer(calls.system, 16);
  header.view.setUint16(0, program.length / 8, true);
  header.view.setBigUint64(8, BigInt(instructions.address), true);
  const flags = FILTER_FLAG_TSYNC | FILTER_FLAG_SPEC_ALLOW;
  const result = calls.raw(MACHINES[machine].seccomp, SECCOMP_SET_MODE_FILTER, flags, header.address);
  if (result === 0) return true;
  if (result > 0) throw new ConfinementError('not-confined', `thread ${result} has a filter of its own`);
  const errno = calls.system.errno();
  if ([ERRNO.ENOSYS, ERRNO.EINVAL, ERRNO.EPERM].some((each) => each === errno)) return false;
  throw new SystemCallError('seccomp', errno, 'filter system calls');
}
