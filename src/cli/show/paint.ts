/** Colour for terminals, where `wg` has it and as WG_COLOR_MODE wishes. */

export interface Paint {
  /** `interface: wg0`. */
  interfaceTitle(name: string): string;
  peerTitle(key: string): string;
  /** The name of a line. */
  label(text: string): string;
  /** Amounts: what they are counted in. */
  units(text: string): string;
  prefixes(text: string): string;
}

export const NO_PAINT: Paint = {
  interfaceTitle: (name) => `interface: ${name}`,
  peerTitle: (key) => `peer: ${key}`,
  label: (text) => text,
  units: (text) => text,
  prefixes: (text) => text,
};

/** Select Graphic Rendition (ECMA-48 8.3.117). */
const RESET = '\u001b[0m';
const BOLD = '\u001b[1m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const YELLOW = '\u001b[33m';
const CYAN = '\u001b[36m';

const UNIT = /\b([KMGT]?i?B|(?:year|day|hour|minute|second)s?)\b/g;
const WARNING = /System clock[^)]*/;

const COLOURED: Paint = {
  interfaceTitle: (name) => `${RESET}${GREEN}${BOLD}interface${RESET}: ${GREEN}${name}${RESET}`,
  peerTitle: (key) => `${YELLOW}${BOLD}peer${RESET}: ${YELLOW}${key}${RESET}`,
  label: (text) => `${BOLD}${text}${RESET}`,
  units: (text) => text.replaceAll(UNIT, `${CYAN}$1${RESET}`).replace(WARNING, `${RED}$&${RESET}`),
  prefixes: (text) => text.replaceAll('/', `${CYAN}/${RESET}`),
};

/** @param mode `always` or `never`; anything else: where standard output is a terminal */
export function paintFor(mode: string | undefined, isTerminal: boolean): Paint {
  if (mode === 'always') return COLOURED;
  return mode !== 'never' && isTerminal ? COLOURED : NO_PAINT;
}
