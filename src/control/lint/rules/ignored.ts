/** What the reader of the file had to say, beyond the profile: keys without effect, prefixes set right. */
import { buildProfile } from '../../../protocol/obfuscation/parameters.ts';
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding } from '../lint-subject.ts';

export function checkIgnored({ config, parameters }: LintSubject): UnplacedFinding[] {
  const advice = new Set(buildProfile(parameters).warnings.map(({ message }) => message));
  return config.warnings.flatMap(({ message, line, key }) => {
    const place = `${line === 0 ? config.file : `${config.file}:${line}`}: ${key}`;
    const text = message
      .slice(place.length)
      .replace(/^(:| =) ?/, '')
      .trim();
    if ([...advice].some((known) => message.endsWith(known))) return [];
    const severity = text.includes('also belongs to') ? 'warning' : 'info';
    return [finding(severity, codeOf(text), [line, key], text, fixOf(text))];
  });
}

function codeOf(text: string): string {
  if (text.includes('is ignored')) return 'ignored-key';
  if (text.includes('also belongs to')) return 'allowed-ips-twice';
  return text.includes('beyond the prefix length') ? 'host-bits' : 'reader';
}

function fixOf(text: string): string {
  if (text.includes('also belongs to')) return 'leave it to one of the two';
  return text.includes('beyond the prefix length') ? 'write the network as it is used' : '';
}
