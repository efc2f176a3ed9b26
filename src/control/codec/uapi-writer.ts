/**
 * Settings as one `set` operation of the control socket (protocol facts 4.2), in the order in which
 * `awg` writes it: the text that makes a running device what the file says.
 */
import { formatPrefix, parseAddress } from '../../protocol/address-text.ts';
import { formatRange } from '../../protocol/range.ts';
import type { ConfigPlace } from '../config/config-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { refuseLineBreaks } from '../config/serialise.ts';
import {
  parseEndpoint,
  parseFwMark,
  parseInteger,
  parseKey,
  parseListenPort,
  parsePrefix,
  parseRangeValue,
  parseSwitch,
} from '../config/values.ts';
import type { ConfigModel, ModelSection } from './config-model.ts';
import { entryOf } from './config-model.ts';
import type { Report } from './finding.ts';
import { findingAt } from './finding.ts';
import type { KeyWord } from './key-vocabulary.ts';
import { INTERFACE_WORDS, PEER_WORDS } from './key-vocabulary.ts';
import { listItems } from './value-text.ts';

/** 32 bits, as upstream reads them. */
const LARGEST_NUMBER = 0xffff_ffff;

/**
 * @throws ConfigError for values that no socket takes: other than in a file, none can be kept unread
 * @throws SerialiseError for text with a line break
 */
export function toUapi(model: ConfigModel, source: string, report: Report): string {
  const writer = new UapiWriter(source, report);
  const own = model.interface === undefined ? [] : writer.interface(model.interface);
  return ['set=1', ...own, ...model.peers.flatMap((peer) => writer.peer(peer)), '', ''].join('\n');
}

class UapiWriter {
  readonly #source: string;
  readonly #report: Report;

  constructor(source: string, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  /** A file lists all its peers, so those that it does not list have to go. */
  interface(section: ModelSection): string[] {
    this.#reportOthers(section, INTERFACE_WORDS);
    const [head, tail] = [INTERFACE_WORDS.slice(0, DEVICE_WORDS), INTERFACE_WORDS.slice(DEVICE_WORDS)];
    return [...this.#lines(section, head), 'replace_peers=true', ...this.#lines(section, tail)];
  }

  peer(section: ModelSection): string[] {
    if (entryOf(section, 'PublicKey') === undefined) {
      const place = { file: this.#source, line: section.line, key: 'PublicKey', value: '' };
      throw new ConfigError('missing-key', place, 'is missing from this [Peer] section');
    }
    this.#reportOthers(section, PEER_WORDS);
    return this.#lines(section, PEER_WORDS);
  }

  #lines(section: ModelSection, words: readonly KeyWord[]): string[] {
    return words.flatMap((known) => {
      const entry = entryOf(section, known.name);
      if (entry === undefined) return [];
      const place = { file: this.#source, line: entry.line, key: entry.key, value: entry.value };
      if (known.name === 'Endpoint') this.#checkHost(place);
      return settingLines(known, place);
    });
  }

  #checkHost(place: ConfigPlace): void {
    const [address = ''] = parseEndpoint(place).host.split('%');
    if (parseAddress(address) === undefined)
      this.#find(
        'host-name',
        place.line,
        place.key,
        'is a host name, and a socket takes addresses only: resolve it first',
      );
  }

  #reportOthers(section: ModelSection, words: readonly KeyWord[]): void {
    const carried = new Set(words.flatMap(({ name, uapi }) => (uapi === undefined ? [] : [name])));
    for (const { key, line } of section.entries)
      if (!carried.has(key)) this.#find('no-place', line, key, 'has no place on the control socket; it is left out');
  }

  #find(code: 'host-name' | 'no-place', line: number, key: string, complaint: string): void {
    this.#report(findingAt(code, { source: this.#source, line, key }, complaint));
  }
}

/** PrivateKey, ListenPort, FwMark: what comes before `replace_peers`. */
const DEVICE_WORDS = 3;

/**
 * One setting, as an operation of the socket has it; none where the socket does not know it.
 *
 * @throws ConfigError, SerialiseError
 */
export function settingLines(known: KeyWord, place: ConfigPlace): string[] {
  const { uapi } = known;
  if (uapi === undefined) return [];
  if (known.shape !== 'list') return [`${uapi}=${uapiValue(known, place)}`];
  return ['replace_allowed_ips=true', ...prefixTexts(place).map((text) => `${uapi}=${text}`)];
}

function uapiValue(known: KeyWord, place: ConfigPlace): string {
  switch (known.shape) {
    case 'key':
      return Buffer.from(parseKey(place)).toString('hex');
    case 'number':
      return `${numberValue(known, place)}`;
    case 'range':
      return formatRange(parseRangeValue(place));
    case 'switch':
      return parseSwitch(place) ? '1' : '0';
    default:
      refuseLineBreaks(place.key, place.value);
      return place.value;
  }
}

function numberValue({ name }: KeyWord, place: ConfigPlace): number {
  if (name === 'FwMark') return parseFwMark(place);
  return name === 'ListenPort' ? parseListenPort(place) : parseInteger(place, 0, LARGEST_NUMBER);
}

/** With host bits as written, as `awg` sends them; the length is always there. */
function prefixTexts(place: ConfigPlace): string[] {
  return listItems(place.value).map((item) => formatPrefix(parsePrefix({ ...place, value: item })));
}
