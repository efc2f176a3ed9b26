/** Many datagrams from one end of a tunnel to the other, counted. */
import { fileURLToPath } from 'node:url';
import type { Scope } from './scope.ts';
import type { StreamReport } from './stream-program.ts';
import type { TunnelEnd } from './tunnel-pair.ts';
import { waitFor } from './wait.ts';

const PROGRAM = fileURLToPath(new URL('./stream-program.js', import.meta.url));
const PORT = '7008';
const TIMEOUT_MS = 120_000;

export interface StreamOptions {
  readonly datagrams: number;
  /** Without progress, until what is under way counts as lost. */
  readonly patienceMs: number;
}

export async function stream(
  scope: Scope,
  from: TunnelEnd,
  to: TunnelEnd,
  { datagrams, patienceMs }: StreamOptions,
): Promise<StreamReport> {
  const place = [to.inner[4], to.host.address[4], PORT];
  const sink = to.host.namespace.spawn(process.execPath, [PROGRAM, 'receive', ...place], {}, scope);
  await waitFor('the receiver to listen', () => sink.output.includes('listening'), { explain: () => sink.output });
  const sendArguments = [PROGRAM, 'send', ...place, String(datagrams), String(patienceMs)];
  const text = await from.host.namespace.run(process.execPath, sendArguments, { timeoutMs: TIMEOUT_MS });
  return JSON.parse(text) as StreamReport;
}
