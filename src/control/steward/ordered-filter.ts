/** The content of a packet filter as a daemon orders it, which is not to be trusted. */
import type { FilterContent } from '../../device/packet-filter-content.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { bytesFromJson } from '../socket/byte-json.ts';

/** BOUNDED: addresses of one interface. */
const MAX_PREFIXES = 1024;
const MAX_MARK = 0xffff_ffff;

/** Undefined for what is no such content. */
export function filterContentOf(order: unknown): FilterContent | undefined {
  const value = bytesFromJson(order);
  if (typeof value !== 'object' || value === null) return undefined;
  const { networks, addresses, defaultFamilies, mark } = value as Partial<Record<keyof FilterContent, unknown>>;
  if (!arePrefixes(networks) || !arePrefixes(addresses) || !areFamilies(defaultFamilies)) return undefined;
  return isNatural(mark, MAX_MARK) ? { networks, addresses, defaultFamilies, mark } : undefined;
}

function arePrefixes(value: unknown): value is Prefix[] {
  return Array.isArray(value) && value.length <= MAX_PREFIXES && value.every(isPrefix);
}

function isPrefix(value: unknown): value is Prefix {
  if (typeof value !== 'object' || value === null) return false;
  const { address, length } = value as Partial<Record<keyof Prefix, unknown>>;
  if (!(address instanceof Uint8Array) || (address.length !== 4 && address.length !== 16)) return false;
  return isNatural(length, address.length * 8);
}

function areFamilies(value: unknown): value is FilterContent['defaultFamilies'] {
  return Array.isArray(value) && value.length <= 2 && value.every((family) => family === 4 || family === 6);
}

function isNatural(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
