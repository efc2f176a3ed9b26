/**
 * Turning endpoint names into addresses, once, before a tunnel starts. Names that do not exist fail
 * at once; a resolver that does not answer yet (network still coming up) is asked again, as the
 * original tools do (protocol facts 4.1): after 1 s, then 1.2 times longer each time, at most 20 s.
 */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { ConfigError } from './config-error.ts';
import type { EndpointName } from './tunnel-config.ts';

export interface ResolveOptions {
  /** Further attempts after the first; Infinity is allowed. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Told before each wait. */
  readonly onRetry?: (host: string, reason: string, waitMilliseconds: number) => void;
  /** All addresses of a name, in the order in which the system prefers them. */
  readonly lookup?: (host: string) => Promise<string>;
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const DEFAULT_RETRIES = 15;
const FIRST_WAIT_MS = 1000;
const WAIT_GROWTH = 1.2;
const LONGEST_WAIT_MS = 20_000;

/** getaddrinfo's words for "ask again later"; everything else is final. */
const TRANSIENT = new Set(['EAI_AGAIN', 'EAI_FAIL', 'ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL', 'EAI_SYSTEM']);

/** Reads WG_ENDPOINT_RESOLUTION_RETRIES: a number or `infinity`; anything else is the default. */
export function retriesFromEnvironment(text: string | undefined): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : DEFAULT_RETRIES;
}

/**
 * @param file for the message when the name cannot be resolved
 * @throws ConfigError 'unresolved-endpoint'; the signal's reason when aborted while waiting
 */
export async function resolveEndpoint(
  name: EndpointName,
  file: string,
  options: ResolveOptions = {},
): Promise<Endpoint> {
  const literal = literalEndpoint(name, file);
  if (literal !== undefined) return literal;
  const { retries = DEFAULT_RETRIES, onRetry, signal, wait = defaultWait } = options;
  for (let attempt = 0, pause = FIRST_WAIT_MS; ; attempt++, pause = Math.min(pause * WAIT_GROWTH, LONGEST_WAIT_MS)) {
    signal?.throwIfAborted();
    const result = await lookUp(name, options.lookup ?? systemLookup);
    if (typeof result !== 'string') return result;
    if (!TRANSIENT.has(result) || attempt >= retries) throw unresolved(name, file, result);
    onRetry?.(name.host, result, pause);
    await wait(pause, signal);
  }
}

/** The endpoint, or the code of the failure. */
async function lookUp(name: EndpointName, find: (host: string) => Promise<string>): Promise<Endpoint | string> {
  try {
    const address = parseAddress(await find(name.host));
    return address === undefined ? 'ENOTFOUND' : { address, port: name.port, scopeId: 0 };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EAI_FAIL';
  }
}

async function systemLookup(host: string): Promise<string> {
  // 'verbatim' keeps the order of getaddrinfo (RFC 6724), which knows which families work here.
  const { address } = await lookup(host, { order: 'verbatim' });
  return address;
}

async function defaultWait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}

/** Undefined for a host name. @throws ConfigError for a zone that is no interface here */
export function literalEndpoint(name: EndpointName, file: string): Endpoint | undefined {
  const [text = '', zone] = name.host.split('%');
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  return { address, port: name.port, scopeId: zone === undefined ? 0 : zoneIndex(zone, name, file) };
}

function zoneIndex(zone: string, name: EndpointName, file: string): number {
  if (/^\d{1,9}$/.test(zone)) return Number(zone);
  const scope = networkInterfaces()[zone]?.find((address) => address.family === 'IPv6' && address.scopeid !== 0);
  if (scope?.family === 'IPv6' && scope.scopeid !== undefined) return scope.scopeid;
  throw new ConfigError(
    'unresolved-endpoint',
    placeOf(name, file),
    `there is no interface "${zone}" with a link-local address`,
  );
}

function unresolved(name: EndpointName, file: string, code: string): ConfigError {
  const complaint =
    code === 'ENOTFOUND' ? 'this host name does not exist' : `the host name cannot be resolved now (${code})`;
  return new ConfigError('unresolved-endpoint', placeOf(name, file), complaint);
}

function placeOf(name: EndpointName, file: string): { file: string; line: number; key: string; value: string } {
  const host = name.host.includes(':') ? `[${name.host}]` : name.host;
  return { file, line: name.line, key: name.key, value: `${host}:${name.port}` };
}
