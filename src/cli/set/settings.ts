/** The words of `wg set` as one operation on a tunnel (protocol facts 4.4). */
import { readFile } from 'node:fs/promises';
import type { KeyWord } from '../../control/codec/key-vocabulary.ts';
import { keyWord } from '../../control/codec/key-vocabulary.ts';
import { settingLines } from '../../control/codec/uapi-writer.ts';
import type { ConfigPlace } from '../../control/config/config-error.ts';
import { openError } from '../../control/config/file.ts';
import { resolveEndpoint, retriesFromEnvironment } from '../../control/config/resolve.ts';
import { parseEndpoint, parseKey } from '../../control/config/values.ts';
import { formatEndpoint } from '../../protocol/address-text.ts';
import type { CliContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';

const SOURCE = 'command line';
const NO_KEY = '0'.repeat(64);

/** @throws UsageError for words that make no sense; ConfigError for values */
export async function settingsOperation(words: readonly string[], context: CliContext): Promise<string[]> {
  const lines: string[] = [];
  const rest = words[Symbol.iterator]();
  let section: 'interface' | 'peer' = 'interface';
  for (const word of rest) {
    if (word === 'peer') {
      section = 'peer';
      lines.push(publicKeyLine(valueBehind(word, rest)));
    } else if (word === 'remove' && section === 'peer') lines.push('remove=true');
    else lines.push(...(await settingOf(section, word, valueBehind(word, rest), context)));
  }
  return lines;
}

function valueBehind(word: string, rest: Iterator<string, undefined>): string {
  const next = rest.next();
  if (next.done === true) throw new UsageError(`"${word}": has no value`);
  return next.value;
}

async function settingOf(
  section: 'interface' | 'peer',
  word: string,
  value: string,
  context: CliContext,
): Promise<string[]> {
  const known = wordFor(section, word);
  const place = { file: SOURCE, line: 0, key: word, value };
  if (known.shape === 'key') return [`${known.uapi}=${await keyFromFile(value)}`];
  if (known.shape === 'list') return allowedIpLines(known, place);
  if (known.name !== 'Endpoint') return settingLines(known, place);
  const retries = retriesFromEnvironment(context.environment.WG_ENDPOINT_RESOLUTION_RETRIES);
  const endpoint = await resolveEndpoint(parseEndpoint(place), SOURCE, { retries });
  return settingLines(known, { ...place, value: formatEndpoint(endpoint) });
}

/** `listen-port` is ListenPort of the file. */
function wordFor(section: 'interface' | 'peer', word: string): KeyWord {
  const known = /^[a-z][a-z\d-]*$/.test(word) ? keyWord(section, word.replaceAll('-', '')) : undefined;
  if (known?.uapi !== undefined && known.name !== 'PublicKey' && isSpelledAs(known, word)) return known;
  const other = section === 'peer' ? 'of a peer' : 'of a tunnel';
  throw new UsageError(`"${word}": is no setting ${other} that can be changed`);
}

/** `listen-port` and not `l-isten-port`: words are parted as they are on the socket, but for a few names of wg's. */
function isSpelledAs({ uapi = '', name }: KeyWord, word: string): boolean {
  const names: Readonly<Record<string, string>> = {
    PersistentKeepalive: 'persistent-keepalive',
    AllowedIPs: 'allowed-ips',
  };
  return word === (names[name] ?? uapi.replaceAll('_', '-'));
}

function publicKeyLine(value: string): string {
  const key = parseKey({ file: SOURCE, line: 0, key: 'peer', value });
  return `public_key=${Buffer.from(key).toString('hex')}`;
}

/** Keys are no arguments, which every user of the machine can see. Nothing in the file: no key. */
async function keyFromFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw openError(path, error);
  });
  if (text.trim() === '') return NO_KEY;
  return Buffer.from(parseKey({ file: path, line: 0, key: '', value: text.trim() })).toString('hex');
}

/** With a sign each, they are added or removed; without, they take the place of those that were there. */
function allowedIpLines(known: KeyWord, place: ConfigPlace): string[] {
  const items = place.value.split(',').filter((item) => item !== '');
  const signed = items.filter((item) => /^[+-]/.test(item));
  if (signed.length === 0) return settingLines(known, place);
  if (signed.length < items.length)
    throw new UsageError(`"${place.value}": either all allowed IPs have a sign, or none`);
  return items.map((item) => {
    const [, line = ''] = settingLines(known, { ...place, value: item.slice(1) });
    return item.startsWith('-') ? line.replace('=', '=-') : line;
  });
}
