/**
 * The text of a `set` operation, or the answer to `get`, back to settings (protocol facts 4.2). What only
 * a running device has (counters, times) is left out, and what changes another device's settings
 * instead of being one (`remove`) is refused.
 */
import { ConfigError } from '../config/config-error.ts';
import { CodecError } from './codec-error.ts';
import type { ConfigModel } from './config-model.ts';
import type { Report } from './finding.ts';
import { findingAt } from './finding.ts';
import type { KeyWord, SectionKind } from './key-vocabulary.ts';
import { INTERFACE_WORDS, PEER_WORDS } from './key-vocabulary.ts';
import { SectionBuilder } from './section-builder.ts';

/** Say nothing about a configuration: how an operation is meant, and what a device has lived through. */
const SILENT_KEYS: ReadonlySet<string> = new Set(['set', 'replace_peers', 'replace_allowed_ips', 'protocol_version']);
const STATE_KEYS: ReadonlySet<string> = new Set([
  'last_handshake_time_sec',
  'last_handshake_time_nsec',
  'tx_bytes',
  'rx_bytes',
]);
const OPERATIONS: ReadonlySet<string> = new Set(['remove', 'update_only', 'get']);

const WORDS: Readonly<Record<SectionKind, ReadonlyMap<string, KeyWord>>> = {
  interface: byUapiName(INTERFACE_WORDS),
  peer: byUapiName(PEER_WORDS),
};

/** @throws CodecError 'bad-uapi', 'uapi-operation'; ConfigError 'bad-value', 'bad-key' for values */
export function readUapi(text: string, source: string, report: Report): ConfigModel {
  const reader = new UapiReader(source, report);
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const end = lines.findIndex((line, index) => line === '' && index > 0);
  const [operation, rest] = end === -1 ? [lines, []] : [lines.slice(0, end), lines.slice(end)];
  if (rest.some((line) => line !== '')) throw new CodecError('bad-uapi', source, 'has more than one operation');
  for (const [index, line] of operation.entries()) reader.line(line, index + 1);
  return reader.finish();
}

class UapiReader {
  readonly #source: string;
  readonly #report: Report;
  readonly #interface: SectionBuilder;
  /** BOUNDED by the lines of the text. */
  readonly #peers: SectionBuilder[] = [];
  #hasState = false;

  constructor(source: string, report: Report) {
    this.#source = source;
    this.#report = report;
    this.#interface = new SectionBuilder('interface', source, report);
    this.#interface.begin(1);
  }

  line(text: string, number: number): void {
    if (text === '') return;
    const equals = text.indexOf('=');
    if (equals < 1) throw this.#bad('bad-uapi', number, 'is not "key=value"');
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (OPERATIONS.has(key) || (key === 'allowed_ip' && value.startsWith('-')))
      throw this.#bad('uapi-operation', number, `"${key}" changes what another configuration says, and is none itself`);
    if (key === 'errno' && value !== '0')
      throw this.#bad('bad-uapi', number, 'is the answer to an operation that failed');
    if (STATE_KEYS.has(key)) this.#hasState = true;
    if (STATE_KEYS.has(key) || SILENT_KEYS.has(key) || key === 'errno') return;
    this.#setting(key, value, number);
  }

  finish(): ConfigModel {
    if (this.#hasState) {
      const place = { source: this.#source, line: 0, key: 'counters and handshake times' };
      this.#report(findingAt('no-place', place, 'are no configuration; they are left out'));
    }
    return { interface: this.#interface.finish(), peers: this.#peers.map((peer) => peer.finish()) };
  }

  #setting(key: string, value: string, line: number): void {
    if (key === 'public_key') this.#beginPeer(line);
    const peer = this.#peers.at(-1);
    const [here, elsewhere] = peer === undefined ? [WORDS.interface, WORDS.peer] : [WORDS.peer, WORDS.interface];
    if (elsewhere.has(key))
      throw this.#bad(
        'bad-uapi',
        line,
        `"${key}" belongs ${peer === undefined ? 'behind' : 'before'} the first public_key`,
      );
    const known = here.get(key);
    const text = known === undefined ? value.trim() : settingText(known, { file: this.#source, line, key, value });
    if (text !== undefined) (peer ?? this.#interface).entry(known?.name ?? key, text, line, undefined);
  }

  #beginPeer(line: number): void {
    const peer = new SectionBuilder('peer', this.#source, this.#report);
    peer.begin(line);
    this.#peers.push(peer);
  }

  #bad(code: 'bad-uapi' | 'uapi-operation', line: number, complaint: string): CodecError {
    return new CodecError(code, `${this.#source}:${line}`, complaint);
  }
}

function byUapiName(words: readonly KeyWord[]): Map<string, KeyWord> {
  return new Map(words.flatMap((known) => (known.uapi === undefined ? [] : [[known.uapi, known]])));
}

interface SettingPlace {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  readonly value: string;
}

/** As a file has it; undefined where the value stands for no setting. */
function settingText(known: KeyWord, place: SettingPlace): string | undefined {
  switch (known.shape) {
    case 'key':
      return keyText(place);
    case 'switch':
      return switchText(place);
    case 'number':
      return matching(place, /^\d{1,10}$/, 'is not a number');
    case 'range':
      return matching(place, /^\d{1,10}(-\d{1,10})?$/, 'is not a number or a range');
    default:
      return place.value.trim();
  }
}

/** All zero clears a key (protocol facts 4.2). */
function keyText(place: SettingPlace): string | undefined {
  if (!/^[\da-f]{64}$/i.test(place.value))
    throw new ConfigError('bad-key', { ...place, value: '' }, 'is not a key of 64 hexadecimal digits');
  return /^0+$/.test(place.value) ? undefined : Buffer.from(place.value, 'hex').toString('base64');
}

/** What Go's strconv.ParseBool takes. */
function switchText(place: SettingPlace): string {
  if (/^(1|t|T|TRUE|true|True)$/.test(place.value)) return 'on';
  return matching(place, /^(0|f|F|FALSE|false|False)$/, 'is neither 1 nor 0') && 'off';
}

function matching(place: SettingPlace, pattern: RegExp, complaint: string): string {
  if (pattern.test(place.value)) return place.value;
  throw new ConfigError('bad-value', place, complaint);
}
