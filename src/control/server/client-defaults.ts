/**
 * What a server's new clients get unless they ask for something else. It is no part of the server's own
 * settings, so it stands in a small JSON file beside the clients' files, and may be edited.
 */
import { isObject, parseJson } from '../codec/json-reader.ts';
import type { GuiseName } from '../presets/guises/table.ts';
import { GUISES } from '../presets/guises/table.ts';
import { ServerError } from './server-error.ts';

export interface ClientDefaults {
  /** Host name or address under which clients find the server; undefined: nobody has said. */
  readonly endpoint: string | undefined;
  readonly dns: readonly string[];
  readonly allowedIps: readonly string[];
  /** Seconds. */
  readonly persistentKeepalive: number;
  /** What the datagrams before a client's handshakes imitate. */
  readonly like: GuiseName;
  /** The name that the imitation mentions; undefined: one of a few well-known ones. */
  readonly host: string | undefined;
}

/** Name servers that answer anybody over both families; NAT mappings live for 30 seconds at least nearly everywhere. */
export const BUILT_IN_DEFAULTS: ClientDefaults = {
  endpoint: undefined,
  dns: ['1.1.1.1', '2606:4700:4700::1111'],
  allowedIps: ['0.0.0.0/0', '::/0'],
  persistentKeepalive: 25,
  like: 'random',
  host: undefined,
};

export function defaultsText(defaults: ClientDefaults): string {
  return `${JSON.stringify(defaults, undefined, 2)}\n`;
}

/**
 * What is left out is built in. Whether the values make sense shows when a client is made of them.
 *
 * @throws ServerError 'bad-defaults'; CodecError 'bad-json'
 */
export function parseDefaults(text: string, path: string): ClientDefaults {
  const root = parseJson(text, path);
  if (!isObject(root)) throw bad(path, 'is not an object');
  for (const [key, value] of Object.entries(root)) {
    const isRight = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof ClientDefaults] : undefined;
    if (isRight === undefined)
      throw bad(path, `${JSON.stringify(key)} is not one of ${Object.keys(CHECKS).join(', ')}`);
    if (!isRight(value)) throw bad(path, `"${key}" is not what it should be`);
  }
  return { ...BUILT_IN_DEFAULTS, ...root };
}

const CHECKS: Readonly<Partial<Record<keyof ClientDefaults, (value: unknown) => boolean>>> = {
  endpoint: isText,
  dns: isTexts,
  allowedIps: isTexts,
  persistentKeepalive: (value) => Number.isSafeInteger(value),
  like: (value) => isText(value) && Object.hasOwn(GUISES, value),
  host: isText,
};

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function bad(path: string, complaint: string): ServerError {
  return new ServerError('bad-defaults', `${path}: ${complaint}`);
}
