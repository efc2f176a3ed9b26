/** The filter for either machine, run by an interpreter of its instructions (bpf(4), seccomp(2)). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeccompAssembler, VERDICT } from './assembler.ts';
import type { CallName } from './calls.ts';
import { CALLS, NEWEST_CALL } from './calls.ts';
import type { Machine } from './filter.ts';
import { assembleFilter } from './filter.ts';
import { daemonPolicy } from './policy.ts';

const PID = 4242;
const [EPERM, ENOSYS] = [VERDICT.fail | 1, VERDICT.fail | 38];
const ARCHITECTURES: Readonly<Record<Machine, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

/** What the kernel's interpreter would return for these words of `struct seccomp_data`. */
function interpret(program: Uint8Array, data: Uint8Array): number {
  const [code, input] = [new DataView(program.buffer), new DataView(data.buffer)];
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [operation, operand] = [code.getUint16(at, true), code.getUint32(at + 4, true)];
    if (operation === 0x06) return operand;
    if (operation === 0x20) {
      accumulator = input.getUint32(operand, true);
      continue;
    }
    const holds =
      operation === 0x15
        ? accumulator === operand
        : operation === 0x35
          ? accumulator >= operand
          : (accumulator & operand) !== 0;
    at += 8 * code.getUint8(at + (holds ? 2 : 3));
  }
  throw new Error('the program has no end');
}

function verdict(
  machine: Machine,
  number: number,
  given: readonly bigint[],
  hasRing = false,
  architecture?: number,
): number {
  const data = new Uint8Array(64);
  const view = new DataView(data.buffer);
  view.setUint32(0, number, true);
  view.setUint32(4, architecture ?? ARCHITECTURES[machine], true);
  for (const [index, value] of given.entries()) view.setBigUint64(16 + 8 * index, value, true);
  return interpret(assembleFilter(daemonPolicy({ pid: PID, hasRing }), machine), data);
}

function call(machine: Machine, name: CallName, ...given: readonly number[]): number {
  const number = CALLS[name][machine === 'x64' ? 0 : 1];
  return verdict(machine, number, given.map(BigInt));
}

for (const machine of ['x64', 'arm64'] as const) {
  test(`${machine}: what a running daemon does is allowed`, () => {
    for (const name of ['read', 'sendmmsg', 'recvmmsg', 'epoll_pwait', 'futex', 'mmap', 'bind', 'exit_group'] as const)
      assert.equal(call(machine, name), VERDICT.allow, name);
  });

  test(`${machine}: what takes over a machine is refused`, () => {
    const hostile = [
      'execve',
      'execveat',
      'ptrace',
      'mount',
      'unshare',
      'setns',
      'init_module',
      'finit_module',
    ] as const;
    const more = [
      'reboot',
      'kexec_load',
      'bpf',
      'process_vm_writev',
      'process_vm_readv',
      'pidfd_getfd',
      'chroot',
    ] as const;
    const rights = ['setuid', 'setresuid', 'setgroups', 'capset', 'seccomp', 'keyctl', 'userfaultfd'] as const;
    const files = [
      'renameat2',
      'unlinkat',
      'mkdirat',
      'linkat',
      'symlinkat',
      'fchmodat',
      'fchownat',
      'truncate',
    ] as const;
    for (const name of [...hostile, ...more, ...rights, ...files]) assert.equal(call(machine, name), EPERM, name);
  });

  test(`${machine}: some calls depend on what is asked of them`, () => {
    const [O_RDONLY, O_RDWR, O_CREAT, O_TMPFILE] = [0, 2, 0o100, 0o20000000];
    assert.equal(call(machine, 'openat', 0, 0, O_RDONLY), VERDICT.allow);
    assert.equal(call(machine, 'openat', 0, 0, O_RDWR), VERDICT.allow);
    assert.equal(call(machine, 'openat', 0, 0, O_RDWR | O_CREAT), EPERM);
    assert.equal(call(machine, 'openat', 0, 0, O_RDWR | O_TMPFILE), EPERM);
    const [CLONE_THREAD, CLONE_VM, SIGCHLD] = [0x10000, 0x100, 17];
    assert.equal(call(machine, 'clone', CLONE_VM | CLONE_THREAD), VERDICT.allow);
    assert.equal(call(machine, 'clone', SIGCHLD), EPERM);
    assert.equal(call(machine, 'kill', PID), VERDICT.allow);
    assert.equal(call(machine, 'kill', 1), EPERM);
    assert.equal(call(machine, 'kill', 0), EPERM, 'its process group');
    assert.equal(call(machine, 'ioctl', 0, 0x5401), VERDICT.allow);
    assert.equal(call(machine, 'ioctl', 0, 0x5412), EPERM, 'TIOCSTI');
    assert.equal(call(machine, 'prctl', 15), VERDICT.allow);
    assert.equal(call(machine, 'prctl', 4, 1), EPERM, 'PR_SET_DUMPABLE');
    assert.equal(call(machine, 'prlimit64', 0, 4, 0), VERDICT.allow);
    assert.equal(call(machine, 'prlimit64', 0, 4, 0x1000), EPERM);
    assert.equal(
      verdict(machine, CALLS.prlimit64[machine === 'x64' ? 0 : 1], [0n, 4n, 1n << 40n]),
      EPERM,
      'its upper half',
    );
  });

  test(`${machine}: sockets of the families that a tunnel needs, and of no others`, () => {
    const [DGRAM, RAW] = [2, 3];
    for (const family of [1, 2, 10]) assert.equal(call(machine, 'socket', family, DGRAM, 0), VERDICT.allow);
    assert.equal(call(machine, 'socket', 16, RAW, 0), VERDICT.allow, 'NETLINK_ROUTE');
    assert.equal(call(machine, 'socket', 16, RAW, 12), EPERM, 'NETLINK_NETFILTER');
    for (const family of [17, 38, 40]) assert.equal(call(machine, 'socket', family, DGRAM, 0), EPERM);
  });

  test(`${machine}: what we do not know does not exist, so that callers take what we know`, () => {
    for (const name of ['clone3', 'openat2', 'io_uring_setup'] as const)
      assert.equal(call(machine, name), ENOSYS, name);
    assert.equal(verdict(machine, NEWEST_CALL + 1, []), ENOSYS);
    assert.equal(verdict(machine, CALLS.io_uring_enter[0], []), EPERM);
    assert.equal(verdict(machine, CALLS.io_uring_enter[0], [], true), VERDICT.allow);
  });
}

test('another door into the kernel ends the process', () => {
  const I386 = 0x4000_0003;
  assert.equal(verdict('x64', CALLS.read[0], [], false, I386), VERDICT.killProcess);
  assert.equal(verdict('x64', 0x4000_0000 | CALLS.read[0], []), VERDICT.killProcess, 'x32');
});

test('a jump further than an instruction can say is an error of ours, not a wrong filter', () => {
  const assembler = new SeccompAssembler();
  const far = Symbol('far');
  assembler.jumpIfEqual(1, { ifTrue: far });
  for (let count = 0; count < 256; count++) assembler.loadNumber();
  assembler.place(far);
  assembler.allow();
  assert.throws(() => assembler.assemble(), RangeError);
});
