/**
 * System calls of a running program that fail: `strace` attaches to it and has the kernel refuse the calls,
 * so the program sees what it would see of a real fault, and nothing of it is prepared for that.
 */
import type { BackgroundProcess } from '../../support/command.ts';
import { findProgram } from '../../support/command.ts';
import type { NetworkNamespace } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';
import { sleep } from '../../support/wait.ts';

export interface Fault {
  /** As the kernel calls it: `sendmmsg`. */
  readonly call: string;
  /** `EIO` and so on. */
  readonly error: string;
  /** Only calls about this file. */
  readonly path?: string;
}

/** Until strace has stopped every thread once. */
const ATTACH_MS = 400;

/** Why faults cannot be injected here, or undefined when they can. */
export function injectionUnavailable(): string | undefined {
  return findProgram('strace') === undefined ? 'strace is not on PATH' : undefined;
}

export class Injection {
  readonly #strace: BackgroundProcess;

  private constructor(strace: BackgroundProcess) {
    this.#strace = strace;
  }

  /** From now on all such calls of the process fail. */
  static async begin(scope: Scope, namespace: NetworkNamespace, pid: number, fault: Fault): Promise<Injection> {
    const { call, error, path } = fault;
    const filter = path === undefined ? [] : ['-P', path];
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}`];
    const args = ['-f', '-qq', '-o', '/dev/null', ...filter, ...inject, '-p', String(pid)];
    const strace = namespace.spawn('strace', args, {}, scope);
    await sleep(ATTACH_MS);
    if (strace.hasExited) throw new Error(`strace cannot attach: ${strace.output}`);
    return new Injection(strace);
  }

  /** They succeed again. */
  end(): Promise<void> {
    return this.#strace.stop('SIGINT');
  }
}
