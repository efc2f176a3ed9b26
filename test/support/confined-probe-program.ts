/**
 * A process that has been taken over: it gives its rights away by the same functions as the daemon and
 * then tries to do harm, once in the main thread and once in a thread that existed before. Prints
 * `{ main: { what: errno }, worker: ... }` as JSON, 0 for what succeeded.
 */

import { once } from 'node:events';
import { openSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { NativeBuffer } from '../../src/platform/ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../src/platform/ffi/privilege-calls.ts';
import { loadPrivilegeCalls } from '../../src/platform/ffi/privilege-calls.ts';
import { filterSystemCalls, takeStep, verifyConfinement } from '../../src/platform/linux/confinement/confinement.ts';
import { hideMemory } from '../../src/platform/linux/confinement/memory-secrecy.ts';
import type { CallName } from '../../src/platform/linux/confinement/seccomp/calls.ts';
import { CALLS } from '../../src/platform/linux/confinement/seccomp/calls.ts';
import { becomeUser, findUser } from '../../src/platform/linux/confinement/service-user.ts';

type Outcomes = Record<string, number>;

const TEXT_AT = 0;
const O_WRONLY = 1;
const O_CREAT = 0o100;
const AT_FDCWD = -100;

function attempts(calls: PrivilegeCalls): Outcomes {
  const buffer = new NativeBuffer(calls.system, 256);
  const column = process.arch === 'x64' ? 0 : 1;
  const text = (value: string): number => buffer.writeString(TEXT_AT, value);
  const raw = (name: CallName, first = 0, second = 0, third = 0): number =>
    calls.raw(CALLS[name][column], first, second, third) < 0 ? calls.system.errno() : 0;
  return {
    execve: raw('execve', text('/bin/true')),
    fork: raw('clone', 17),
    ptrace: raw('ptrace', 16, 1),
    'read of /etc/shadow': raw('openat', AT_FDCWD, text('/etc/shadow'), 0),
    'write to /etc/passwd': raw('openat', AT_FDCWD, text('/etc/passwd'), O_WRONLY),
    'new file in /etc': raw('openat', AT_FDCWD, text('/etc/awg-vpn-probe'), O_WRONLY | O_CREAT),
    'new file in /tmp': raw('openat', AT_FDCWD, text('/tmp/awg-vpn-probe'), O_WRONLY | O_CREAT),
    'open of /dev/mem': raw('openat', AT_FDCWD, text('/dev/mem'), 2),
    mount: raw('mount', text('none'), text('/mnt')),
    unshare: raw('unshare', 0x1000_0000),
    setns: raw('setns', 0),
    'load of a module': raw('finit_module', 0, text('')),
    reboot: raw('reboot', 0xfee1_dead, 672_274_793, 0),
    kexec: raw('kexec_load'),
    bpf: raw('bpf', 0),
    'memory of process 1': raw('process_vm_readv', 1),
    setuid: raw('setresuid', 0, 0, 0),
    capset: raw('capset', text('')),
    'kill of process 1': raw('kill', 1, 0),
    'packet socket': raw('socket', 17, 3, 0),
    'netfilter socket': raw('socket', 16, 3, 12),
    'typing into the terminal': raw('ioctl', 0, 0x5412, text('x')),
    'being dumpable again': raw('prctl', 4, 1),
    'core limit': raw('prlimit64', 0, 4, text('')),
    // As opposed to all that, what the daemon needs.
    'tcp socket': raw('socket', 2, 1, 0),
    'route socket': raw('socket', 16, 3, 0),
  };
}

async function main(): Promise<void> {
  const calls = loadPrivilegeCalls();
  hideMemory(calls);
  const worker = new Worker(new URL(import.meta.url));
  await once(worker, 'online');
  const user = findUser('nobody');
  const capabilities = ['NET_ADMIN'] as const;
  takeStep(calls, { kind: 'keep-capabilities' });
  becomeUser(calls, user);
  takeStep(calls, { kind: 'limit-capabilities', capabilities });
  const isFiltered = filterSystemCalls(calls);
  verifyConfinement({ capabilities, user, isFiltered });
  const own = attempts(calls);
  const later = new Worker('require("node:worker_threads").parentPort.postMessage("runs")', { eval: true });
  const [alive] = (await once(later, 'message')) as [string];
  worker.postMessage('go');
  const [theirs] = (await once(worker, 'message')) as [Outcomes];
  const canRead = openSync('/etc/hosts', 'r') > 0;
  console.log(JSON.stringify({ main: own, worker: theirs, later: alive, canRead }));
}

if (isMainThread) await main();
else {
  parentPort?.once('message', () => {
    parentPort?.postMessage(attempts(loadPrivilegeCalls()));
    parentPort?.close();
  });
}
