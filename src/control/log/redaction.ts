/**
 * What a log may say of a tunnel. Whoever reads logs (a collector, a support forum) shall neither be able to
 * become a party nor to learn how the tunnel looks to a censor: keys, cookies and the values of obfuscation
 * never appear, and addresses only where they are asked for. An address that is left out is replaced by a
 * name that is the same for the same address until the process ends, so that lines can still be compared.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { parseAddress } from '../../protocol/address-text.ts';

export const HIDDEN = '(hidden)';

export interface RedactionOptions {
  /** Leaves addresses and host names as they are. */
  readonly showEndpoints: boolean;
  /** Leaves what complaints quote of a file, but for keys. */
  readonly quotes?: boolean;
}

/** Keys of a configuration whose values are secrets. A key itself is quoted by no complaint at all. */
const SECRET_KEYS = /^(?:[sh][1-4]|i[1-5]|j[1-3]|headerprotectionkey|privatekey|presharedkey)$/i;
/** Keys that say where somebody is. */
const PLACE_KEYS = /^(?:endpoint(?:tcp|tls|websocket)?|listen(?:tcp|tls|websocket)|address|allowedips|tlsservername)$/i;

/** `file:line: Key = value: complaint`, as `ConfigError` has it. */
const ASSIGNMENT = /^(.*?: )([A-Za-z]\w*) = (.*)$/s;
const QUOTED = /"[^"]*"/g;

/** Long enough to occur by chance nowhere, short enough to find a key that somebody cut. */
const BASE64_START = 8;
const HEX_START = 12;

const V4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?(?::\d{1,5})?(?![\w.])/g;
const V6 =
  /\[?(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4})(?:%[\w.-]+)?(?![\w])\]?(?:\/\d{1,3})?(?::\d{1,5})?/gi;

const NAME_CHARACTERS = 4;

export class Redaction {
  readonly showEndpoints: boolean;
  readonly #quotes: boolean;
  readonly #seed = randomBytes(16);
  /** Texts and what stands for them. BOUNDED: those of one configuration, replaced with it. */
  #secrets: RegExp | undefined;
  #hosts: RegExp | undefined;

  constructor({ showEndpoints, quotes = false }: RedactionOptions) {
    this.showEndpoints = showEndpoints;
    this.#quotes = quotes;
  }

  /** From here on these are found wherever they occur: secrets of 8 bytes or more in base64 and hex, whole or in part. */
  protect(secrets: Iterable<Uint8Array>, hosts: Iterable<string>): void {
    this.#secrets = anyOf([...secrets].flatMap(formsOf), '');
    this.#hosts = anyOf([...hosts].map(escapeText), String.raw`(?![\w-])`);
  }

  /** One line of a log. */
  line(text: string): string {
    const known = this.withoutSecrets(text);
    const open = this.#quotes ? known : this.#withoutValues(known);
    return this.showEndpoints ? open : this.#withoutPlaces(open);
  }

  /** Whatever is protected and occurs in it is hidden. */
  withoutSecrets(text: string): string {
    return this.#secrets === undefined ? text : text.replaceAll(this.#secrets, HIDDEN);
  }

  /** What a complaint about a file quotes is for who wrote the file, and not for the log. */
  #withoutValues(text: string): string {
    const match = ASSIGNMENT.exec(text);
    if (match === null) return text;
    const [, where = '', key = '', rest = ''] = match;
    const isSecret = SECRET_KEYS.test(key);
    if (!isSecret && (this.showEndpoints || !PLACE_KEYS.test(key))) return text;
    const complaint = rest.indexOf(': ');
    const said = complaint < 0 ? '' : rest.slice(complaint).replaceAll(QUOTED, HIDDEN);
    return `${where}${key} = ${HIDDEN}${isSecret ? withoutNumbers(said) : said}`;
  }

  #withoutPlaces(text: string): string {
    const open = this.#hosts === undefined ? text : text.replaceAll(this.#hosts, (host) => this.#nameOf('host', host));
    return open
      .replaceAll(V6, (found) => (isAddress(found) ? this.#nameOf('address', found) : found))
      .replaceAll(V4, (found) => (isAddress(found) ? this.#nameOf('address', found) : found));
  }

  #nameOf(kind: string, text: string): string {
    const mark = createHmac('sha256', this.#seed).update(text).digest('hex').slice(0, NAME_CHARACTERS);
    return `<${kind} ${mark}>`;
  }
}

/** What is said about a header or a size may repeat it, or the one that it collides with; not what is allowed. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/(?<!\w|from |to )\d+(?:-\d+)?/g, HIDDEN);
}

function isAddress(text: string): boolean {
  const plain = text.replace(/^\[/, '').replace(/\].*$/, '').replace(/\/.*$/, '').replace(/%.*$/, '');
  const host = plain.includes('.') && !plain.includes('::') ? plain.replace(/:\d+$/, '') : plain;
  return parseAddress(host) !== undefined;
}

/** Beginnings of a secret as programs write them, with all that follows. */
function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length < BASE64_START) return [];
  const starts = ['base64', 'base64url'] as const;
  const base64 = starts.map((form) => `${escapeText(bytes.toString(form).slice(0, BASE64_START))}[\\w+/=-]*`);
  return [...new Set([...base64, `${bytes.toString('hex').slice(0, HEX_START)}[0-9a-fA-F]*`])].map(ignoreHexCase);
}

/** Only hexadecimal may be written either way. */
function ignoreHexCase(pattern: string): string {
  if (!pattern.endsWith('[0-9a-fA-F]*')) return pattern;
  const digits = pattern.slice(0, HEX_START).replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  return `${digits}[0-9a-fA-F]*`;
}

function anyOf(patterns: readonly string[], after: string): RegExp | undefined {
  const present = patterns.filter((pattern) => pattern !== '');
  return present.length === 0 ? undefined : new RegExp(`(?:${present.join('|')})${after}`, 'g');
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
