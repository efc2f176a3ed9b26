/** What the other end has to be able to do, and since when its programs can (protocol facts 1.1, 1.2). */
import type { AwgKey } from '../../../protocol/obfuscation/awg-parameters.ts';
import { nameOf } from '../../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../../protocol/obfuscation/generation.ts';
import { isLater } from '../../../protocol/obfuscation/generation.ts';
import { needs } from '../../../protocol/obfuscation/needed-generation.ts';
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf } from '../lint-subject.ts';

/** What the other end must understand; everything else each end chooses for itself. */
const MUST_MATCH: ReadonlySet<AwgKey> = new Set([
  's1',
  's2',
  's3',
  's4',
  'h1',
  'h2',
  'h3',
  'h4',
  'headerProtectionKey',
  'contentPaddingAddition',
  'randomTrailers',
]);

const PROGRAMS: Readonly<Record<Generation, string>> = {
  '1.0': 'any AmneziaWG will do',
  '1.5': 'amneziawg-go v0.2.13, or anything of 2.0 (amneziawg-tools and kernel module of September 2025 on)',
  '2.0': 'amneziawg-go v0.2.15, amneziawg-tools v1.0.20250901, kernel module v1.0.20251004, AmneziaVPN 4.8.12.9',
  '3.0': 'amneziawg-go v3.0.0, amneziawg-tools and kernel module v3.0.20260730',
  '3.1': 'amneziawg-go v3.1.20260812, amneziawg-tools v3.1.20260812, AmneziaVPN 5.0.1.5',
};

export function checkGeneration({ parameters, device }: LintSubject): UnplacedFinding[] {
  const wanted = [...needs(parameters)].filter(([key]) => MUST_MATCH.has(key) && !isDefault(parameters, key));
  const latest = wanted.reduce<Generation>((found, [, since]) => (isLater(since, found) ? since : found), '1.0');
  const reasons = wanted.filter(([, since]) => since === latest).map(([key]) => nameOf(key));
  const [first] = reasons;
  if (first === undefined) return [];
  const text = `the other end must speak AmneziaWG ${latest} or later, because of ${reasons.join(', ')}: ${PROGRAMS[latest]}`;
  return [finding('info', 'needs-generation', [lineOf(device, first), ''], text)];
}

/** H1-H4 as WireGuard has them need nothing. */
function isDefault(parameters: LintSubject['parameters'], key: AwgKey): boolean {
  const number = /^h([1-4])$/.exec(key)?.[1];
  const value = parameters[key];
  if (number === undefined || typeof value !== 'object' || value instanceof Uint8Array) return false;
  return value.low === Number(number) && value.high === value.low;
}
