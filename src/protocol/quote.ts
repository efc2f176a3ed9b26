const SHOWN_CHARACTERS = 120;

/** In double quotes, control characters escaped, long texts cut: a stranger's text never reaches a terminal raw. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text);
  // JSON leaves DEL and the control characters behind it (C1) as they are, and terminals obey them.
  return shown.replaceAll(/\p{C}/gu, (character) => character.split('').map(escaped).join(''));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
