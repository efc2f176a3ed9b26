/**
 * Reads a configuration to its end, whatever is wrong with it: each error is kept as a finding, and what
 * it is about is taken out before the next attempt. Lines keep their numbers.
 */
import type { ConfigErrorCode } from '../config/config-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { OBFUSCATION_KEYS } from '../config/obfuscation-keys.ts';
import { parseConfig } from '../config/parse.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import type { LintFinding } from './lint-finding.ts';

/** More errors than anyone reads at once. */
const MAX_ERRORS = 50;

export interface LenientReading {
  /** Undefined where too much is missing. */
  readonly config: TunnelConfig | undefined;
  /** What was read in the end. */
  readonly text: string;
  readonly findings: readonly LintFinding[];
}

export function readLeniently(text: string, file: string): LenientReading {
  const findings: LintFinding[] = [];
  let rest = text;
  while (findings.length < MAX_ERRORS) {
    try {
      return { config: parseConfig(rest, file), text: rest, findings };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      findings.push(findingOf(error));
      const shorter = withoutCause(rest, error);
      if (shorter === undefined) break;
      rest = shorter;
    }
  }
  return { config: undefined, text: rest, findings };
}

/** The complaint without the place, which a finding has in fields of its own. */
function findingOf({ code, file, line, key, message }: ConfigError): LintFinding {
  const place = `${line === 0 ? file : `${file}:${line}`}: `;
  const text = message.startsWith(place) ? message.slice(place.length) : message;
  const bare = key !== '' && text.startsWith(key) ? text.slice(key.length).replace(/^(: | )/, '') : text;
  return { code: `config-${code}`, severity: 'error', file, line, key, text: bare, fix: FIXES[code] ?? '' };
}

const FIXES: Partial<Readonly<Record<ConfigErrorCode, string>>> = {
  'unknown-key': 'correct or remove the line',
  'empty-value': 'remove the line',
  'wrong-section': 'move the line',
  'duplicate-peer': 'make one [Peer] section of the two',
  'header-overlap': 'choose ranges for H1-H4 that have no value in common, the same at both ends',
  'bad-key': 'paste the key again, 44 characters that end in "="',
};

/** Errors that leave nothing of their section. */
const WHOLE_SECTION: ReadonlySet<ConfigErrorCode> = new Set(['duplicate-peer', 'missing-key', 'unknown-section']);

/** Errors of keys that only make sense together. */
const ALL_OBFUSCATION: ReadonlySet<ConfigErrorCode> = new Set(['bad-obfuscation', 'header-overlap']);

/** Undefined where the error is about the file as a whole. */
function withoutCause(text: string, { code, line }: ConfigError): string | undefined {
  if (line === 0) return undefined;
  const lines = text.split(/\r\n|\n|\r/);
  const isBlank = ALL_OBFUSCATION.has(code) ? lines.map(isObfuscation) : lines.map((_, index) => index === line - 1);
  if (WHOLE_SECTION.has(code)) markSection(lines, line - 1, isBlank);
  return lines.map((content, index) => (isBlank[index] ? '' : content)).join('\n');
}

function markSection(lines: readonly string[], from: number, isBlank: boolean[]): void {
  const isHeading = (content: string | undefined): boolean => content?.trim().startsWith('[') === true;
  let begin = from;
  while (begin > 0 && !isHeading(lines[begin])) begin -= 1;
  for (let index = begin; index < lines.length; index += 1) {
    if (index > begin && isHeading(lines[index])) return;
    isBlank[index] = true;
  }
}

const OBFUSCATION_NAMES = new Set(OBFUSCATION_KEYS.map(({ name }) => name.toLowerCase()));

function isObfuscation(content: string): boolean {
  const [key = ''] = content.split('=');
  return OBFUSCATION_NAMES.has(key.trim().toLowerCase());
}
