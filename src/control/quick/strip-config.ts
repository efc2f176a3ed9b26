/**
 * The rest of a configuration file once everything is taken out that its tools do not read: what
 * `wg-quick strip` prints, byte for byte (protocol facts 7.1). So it goes by the rules of that script,
 * which differ from those of our own reader in what almost nobody writes: a line ends at a line feed only,
 * and `[ Interface ]` is no section.
 */
import { CARRIER_KEYS } from '../config/carrier-keys.ts';
import { LISTENER_KEYS } from '../config/listener-keys.ts';

/** What bash calls a space, in the C locale. */
const OUTER_SPACE = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g;
/** Of lines, `read` removes these alone. */
const OUTER_BLANKS = /^[ \t]+|[ \t]+$/g;

const QUICK_KEYS = ['Address', 'MTU', 'DNS', 'Table', 'PreUp', 'PreDown', 'PostUp', 'PostDown', 'SaveConfig'];

/** Ours, which no other tool reads. */
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '[interface]': ['Masquerade', 'Generation', ...LISTENER_KEYS.map(({ name }) => name)],
  '[peer]': CARRIER_KEYS.map(({ name }) => name),
};

const REMOVED: Readonly<Record<string, ReadonlySet<string>>> = {
  '[interface]': lowerCase([...QUICK_KEYS, ...(OWN_KEYS['[interface]'] ?? [])]),
  '[peer]': lowerCase(OWN_KEYS['[peer]'] ?? []),
};

export function stripConfig(text: string): string {
  let section = '';
  let kept = '';
  for (const line of linesOf(text)) {
    const key = keyOf(line);
    if (key.startsWith('[')) section = key;
    const isRemoved = REMOVED[section]?.has(key) ?? false;
    if (!isRemoved) kept += `${line}\n`;
  }
  // The script prints what it has gathered as one more line.
  return `${kept}\n`;
}

/** As `read -r` of bash gives them: without outer blanks and NUL. */
function linesOf(text: string): string[] {
  const lines = text.replaceAll('\0', '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.replace(OUTER_BLANKS, ''));
}

/** In lower case; of a line without "=" all of it. */
function keyOf(line: string): string {
  const [content = ''] = line.split('#');
  const [key = ''] = content.split('=');
  return key.replace(OUTER_SPACE, '').toLowerCase();
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
