/** Debian's `ping`, read back as numbers. */
import type { BackgroundProcess } from './command.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { Scope } from './scope.ts';

export interface PingOptions {
  readonly count: number;
  /** Default 0.2. */
  readonly intervalSeconds?: number;
  /** How long to wait for one answer. Default 2. */
  readonly timeoutSeconds?: number;
  /** ICMP payload; default 56. */
  readonly size?: number;
}

export interface PingReport {
  readonly sent: number;
  readonly received: number;
  /** Round trips in milliseconds, in order of arrival. */
  readonly roundTrips: readonly number[];
}

function pingArguments(address: string, options: PingOptions): string[] {
  const { count, intervalSeconds = 0.2, timeoutSeconds = 2, size = 56 } = options;
  const numbers = { '-c': count, '-i': intervalSeconds, '-W': timeoutSeconds, '-s': size };
  return ['-n', ...Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]), address];
}

/** Reads what `ping` printed; all zero when it printed no statistics. */
export function parsePing(output: string): PingReport {
  const summary = /(\d+) packets transmitted, (\d+) received/.exec(output);
  const roundTrips = [...output.matchAll(/ time=([\d.]+) ms/g)].map((match) => Number(match[1]));
  return { sent: Number(summary?.[1] ?? 0), received: Number(summary?.[2] ?? 0), roundTrips };
}

export async function ping(namespace: NetworkNamespace, address: string, options: PingOptions): Promise<PingReport> {
  const perPing = (options.intervalSeconds ?? 0.2) + (options.timeoutSeconds ?? 2);
  const timeoutMs = 10_000 + options.count * 1000 * perPing;
  const shell = ['-c', '"$@" || true', 'ping', 'ping', ...pingArguments(address, options)];
  return parsePing(await namespace.run('sh', shell, { timeoutMs }));
}

/** A ping that runs beside other things until it is asked for its report. */
export class PingMonitor {
  readonly #process: BackgroundProcess;

  constructor(scope: Scope, namespace: NetworkNamespace, address: string, intervalSeconds: number) {
    this.#process = namespace.spawn('ping', ['-n', '-i', String(intervalSeconds), address], {}, scope);
  }

  async finish(): Promise<PingReport> {
    await this.#process.stop('SIGINT');
    return parsePing(this.#process.output);
  }
}
