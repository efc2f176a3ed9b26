/** A configuration in any form on its way into a command, from a file or standard input. */
import { createReadStream } from 'node:fs';
import { Option } from 'commander';
import { CodecError } from '../control/codec/codec-error.ts';
import type { Report } from '../control/codec/finding.ts';
import { openError } from '../control/config/file.ts';
import type { ConfigForm, ReadConfig } from '../control/convert-config.ts';
import { CONFIG_FORMS, formOf, readConfigForm } from '../control/convert-config.ts';
import { withoutHooks } from '../control/links/without-hooks.ts';
import type { CliContext } from './command.ts';

/** BOUNDED: no honest configuration is larger. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Stands for standard input. */
const STANDARD_INPUT = '-';

/** Shared by the commands that read any form. */
export function fromOption(): Option {
  return new Option('--from <form>', 'form of the input, by default what it looks like').choices(CONFIG_FORMS);
}

/**
 * @param keepHooks also those of a link, which comes from somebody else
 * @throws CodecError, ConfigError, SerialiseError
 */
export async function readConfigSource(
  path: string,
  given: ConfigForm | undefined,
  context: CliContext,
  keepHooks = false,
): Promise<ReadConfig> {
  const source = path === STANDARD_INPUT ? 'standard input' : path;
  const text = await readText(path === STANDARD_INPUT ? context.stdin : fileChunks(path), source);
  const form = given ?? formOf(text, source);
  const config = readConfigForm(form, text, source, reportTo(context));
  const safe = form === 'link' && !keepHooks ? withoutHooks(config) : config;
  if (safe !== config) context.stderr(`awg-vpn: warning: ${source}: the hooks of the link are left out\n`);
  return safe;
}

/** @throws ConfigError 'not-found', 'unreadable' */
async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    throw openError(path, error as NodeJS.ErrnoException);
  }
}

/** Each finding as a line on standard error. */
export function reportTo(context: CliContext): Report {
  return ({ message }) => context.stderr(`awg-vpn: warning: ${message}\n`);
}

async function readText(chunks: AsyncIterable<Buffer | string>, source: string): Promise<string> {
  const bytes = await collect(chunks, source);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new CodecError('not-text', source, 'is not UTF-8 text');
}

async function collect(chunks: AsyncIterable<Buffer | string>, source: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const part = Buffer.from(chunk);
    length += part.length;
    if (length > MAX_BYTES) throw new CodecError('too-large', source, `is larger than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
