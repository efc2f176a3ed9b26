/** iperf3 through a tunnel: a server at one end, a client at the other, bits per second as the receiver saw them. */
import type { BackgroundProcess } from './command.ts';
import type { Scope } from './scope.ts';
import type { TunnelEnd } from './tunnel-pair.ts';
import { sleep, waitFor } from './wait.ts';

const PORT = 5201;

export interface IperfReport {
  readonly bitsPerSecond: number;
  readonly retransmits: number;
}

/** The part of `iperf3 --json` that is read. */
interface IperfOutput {
  readonly error?: string;
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum_received_bidir_reverse?: { readonly bits_per_second: number };
    readonly sum_sent?: { readonly retransmits?: number };
  };
}

export class IperfServer {
  readonly #end: TunnelEnd;
  readonly #process: BackgroundProcess;

  private constructor(end: TunnelEnd, process: BackgroundProcess) {
    this.#end = end;
    this.#process = process;
  }

  static async start(scope: Scope, end: TunnelEnd): Promise<IperfServer> {
    const process = end.host.namespace.spawn('iperf3', ['-s', '-p', String(PORT), '--forceflush'], {}, scope);
    await waitFor('the iperf3 server', () => process.output.includes('listening'), { explain: () => process.output });
    return new IperfServer(end, process);
  }

  /** TCP from `client` to the server's end over IPv4 inside the tunnel. */
  measure(client: TunnelEnd, streams: number, seconds: number): Promise<IperfReport> {
    return this.#run(client, seconds, ['-P', String(streams)]);
  }

  /** One TCP stream each way at the same time; the bits of both together. */
  measureBothWays(client: TunnelEnd, seconds: number): Promise<IperfReport> {
    return this.#run(client, seconds, ['--bidir']);
  }

  async #run(client: TunnelEnd, seconds: number, more: readonly string[]): Promise<IperfReport> {
    const args = ['-c', this.#end.inner[4], '-p', String(PORT), '-t', String(seconds), '--json', ...more];
    const text = await client.host.namespace.run('iperf3', args, { timeoutMs: (seconds + 30) * 1000 });
    const { end, error } = JSON.parse(text) as IperfOutput;
    if (end.sum_received === undefined) throw new Error(`iperf3: ${error ?? text}`);
    await sleep(200);
    const back = end.sum_received_bidir_reverse?.bits_per_second ?? 0;
    return { bitsPerSecond: end.sum_received.bits_per_second + back, retransmits: end.sum_sent?.retransmits ?? 0 };
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }
}
