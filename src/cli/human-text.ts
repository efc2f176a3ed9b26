/** Amounts as `wg` writes them for people. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.34 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return unit === 0 ? `${bytes} B` : `${value.toFixed(2)} ${UNITS[unit]}`;
}

const SPANS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `2 minutes, 3 seconds`, of whole seconds; empty for none. */
export function spanText(seconds: number): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, length] of SPANS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.join(', ');
}

/** `2 minutes, 3 seconds ago`. A clock that was set back yields a time in the future. */
export function agoText(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole === 0) return 'Now';
  if (whole < 0) return '(System clock wound backward; connection problems may ensue.)';
  return `${spanText(whole)} ago`;
}
