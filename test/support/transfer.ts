/** A checksummed TCP transfer through a tunnel. */
import { fileURLToPath } from 'node:url';
import type { Scope } from './scope.ts';
import type { TunnelEnd } from './tunnel-pair.ts';
import { waitFor } from './wait.ts';
import type { Family } from './wire.ts';

const PROGRAM = fileURLToPath(new URL('./transfer-program.js', import.meta.url));
const PORT = 7007;

/** Far below what any engine manages; a stalled transfer ends here. */
const SLOWEST_BYTES_PER_SECOND = 4 * 1024 * 1024;

export interface TransferReport {
  readonly bytes: number;
  readonly sha256: string;
  readonly milliseconds: number;
}

export interface Transfer {
  readonly sent: TransferReport;
  readonly received: TransferReport;
}

export async function transfer(
  scope: Scope,
  from: TunnelEnd,
  to: TunnelEnd,
  options: { readonly inner: Family; readonly bytes: number },
): Promise<Transfer> {
  const address = to.inner[options.inner];
  const timeoutMs = 30_000 + (options.bytes / SLOWEST_BYTES_PER_SECOND) * 1000;
  const sink = to.host.namespace.spawn(process.execPath, [PROGRAM, 'receive', address, String(PORT)], {}, scope);
  await waitFor('the receiver to listen', () => sink.output.includes('listening'), { explain: () => sink.output });
  const sendArguments = [PROGRAM, 'send', address, String(PORT), String(options.bytes)];
  const sent = await from.host.namespace.run(process.execPath, sendArguments, { timeoutMs });
  await waitFor('the receiver to finish', () => sink.hasExited, { timeoutMs, explain: () => sink.output });
  return { sent: parseReport(sent), received: parseReport(sink.output) };
}

function parseReport(output: string): TransferReport {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no report in: ${output}`);
  return JSON.parse(line) as TransferReport;
}
