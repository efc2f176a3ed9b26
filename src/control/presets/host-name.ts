/** Names that may be put into a preset. They end up in datagrams of several protocols, so the strictest form counts. */
import { PresetError } from './preset-error.ts';

const MAX_NAME_CHARACTERS = 253;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * @returns the name in lower case
 * @throws PresetError 'bad-host' unless it is a host name of RFC 1123 with at least two labels
 */
export function requireHostName(name: string): string {
  const labels = name.split('.');
  const isHostName =
    name.length <= MAX_NAME_CHARACTERS && labels.length > 1 && labels.every((each) => LABEL.test(each));
  if (!isHostName || /^\d+$/.test(labels.at(-1) ?? ''))
    throw new PresetError('bad-host', `${JSON.stringify(name)} is not a host name like www.example.com`);
  return name.toLowerCase();
}
