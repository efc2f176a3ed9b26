/** The machine that figures come from. Without it they mean nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Whether the processor says that it is shared with others. */
  readonly virtual: boolean;
  readonly system: string;
  readonly kernel: string;
  readonly node: string;
  readonly congestionControl: string;
  /** Over the minute before the run: what else was going on. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(readOr('/proc/cpuinfo', '')),
    system: /^PRETTY_NAME="?([^"\n]+)/m.exec(readOr('/etc/os-release', ''))?.[1] ?? process.platform,
    kernel: release(),
    node: process.version,
    congestionControl: readOr('/proc/sys/net/ipv4/tcp_congestion_control', 'unknown').trim(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** One line for people. */
export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGiB, virtual, system, kernel, node, congestionControl, load } = machine;
  const shared = virtual ? ' (virtual)' : '';
  return (
    `${cpu}, ${cores} cores${shared}, ${memoryGiB} GiB; ${system}, Linux ${kernel}, Node ${node}, ` +
    `TCP ${congestionControl}; load before the run ${load}`
  );
}

/** Whether absolute figures of both may be compared. */
export function isSameMachine(a: Machine, b: Machine): boolean {
  return a.cpu === b.cpu && a.cores === b.cores && a.kernel === b.kernel && a.node === b.node;
}

function readOr(path: string, otherwise: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
}
