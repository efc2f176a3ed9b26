/**
 * From carriers as written to carriers that can be tried: names become addresses, file names become
 * contents. A carrier is there for when others fail, so one name that cannot be resolved, perhaps
 * because somebody does not want it to be, must not keep the rest from being tried.
 */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';
import type { StreamTarget } from '../../transport/stream/stream-target.ts';
import { ConfigError } from './config-error.ts';
import type { ResolveOptions } from './resolve.ts';
import { resolveEndpoint } from './resolve.ts';
import type { TextReader } from './text-file.ts';
import { readAuthorities } from './tls-files.ts';
import type { CarrierEntry, StreamEntry } from './tunnel-config.ts';

/** How long names may still be asked for after the first carrier is ready. */
const GRACE_MS = 5000;

export interface ResolveCarriersOptions extends ResolveOptions {
  /** Told of carriers that have to be left out, in complete sentences. */
  readonly onWarning: (warning: string) => void;
  /** How files are read; by default, as they are on disk. */
  readonly read?: TextReader;
  /** For tests. */
  readonly graceMilliseconds?: number;
}

/**
 * In the same order; without those whose name cannot be resolved, unless none can.
 *
 * @throws ConfigError 'unresolved-endpoint' of the first carrier, or about a file; the signal's reason
 */
export async function resolveCarriers(
  carriers: readonly CarrierEntry[],
  file: string,
  options: ResolveCarriersOptions,
): Promise<CarrierCandidate[]> {
  const { signal, graceMilliseconds = GRACE_MS } = options;
  const grace = new Grace(graceMilliseconds);
  const giveUp = signal === undefined ? grace.signal : AbortSignal.any([signal, grace.signal]);
  const attempts = carriers.map(async (carrier) => {
    const endpoint = await resolveEndpoint(carrier.endpoint, file, { ...options, signal: giveUp });
    grace.begin();
    return candidateOf(carrier, endpoint, file, options.read);
  });
  const results = await Promise.allSettled(attempts);
  grace.end();
  signal?.throwIfAborted();
  return keepResolved(results, carriers, options.onWarning);
}

/** A limit that runs only once something has succeeded. */
class Grace {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(): void {
    this.#timer ??= setTimeout(() => this.#controller.abort(), this.#milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function keepResolved(
  results: ReadonlyArray<PromiseSettledResult<CarrierCandidate>>,
  carriers: readonly CarrierEntry[],
  warn: (warning: string) => void,
): CarrierCandidate[] {
  const kept = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    const reason: unknown = result.reason;
    if (kept.length === 0 || (reason instanceof ConfigError && reason.code !== 'unresolved-endpoint')) throw reason;
    const carrier = carriers[index];
    const complaint =
      reason instanceof ConfigError ? reason.message : `"${carrier?.endpoint.host}" was not resolved in time`;
    warn(`${complaint}; going on without ${carrier?.name}`);
  }
  return kept;
}

async function candidateOf(
  { name, stream }: CarrierEntry,
  endpoint: Endpoint,
  file: string,
  read: TextReader | undefined,
): Promise<CarrierCandidate> {
  if (name === 'udp' || stream === undefined) return { name, endpoint };
  const { connections, websocket } = stream;
  const tls = await tlsOf(stream, file, read);
  const target: StreamTarget = {
    kind: name,
    endpoint,
    connections,
    ...(tls === undefined ? {} : { tls }),
    ...(websocket === undefined ? {} : { websocket }),
  };
  return { name, endpoint, target };
}

async function tlsOf({ tls }: StreamEntry, file: string, read: TextReader | undefined): Promise<StreamTarget['tls']> {
  if (tls === undefined) return undefined;
  const { serverName, alpn, pins, ca } = tls;
  return {
    ...(serverName === undefined ? {} : { serverName }),
    ...(alpn.length === 0 ? {} : { alpn }),
    ...(pins.length === 0 ? {} : { pins }),
    ...(ca === undefined ? {} : { ca: await readAuthorities(ca, file, read) }),
  };
}
