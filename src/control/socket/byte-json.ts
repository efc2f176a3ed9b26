/** Plain data with byte arrays in it, as JSON that brings them back: `{"$bytes": "AAEC"}`. */
const MARK = '$bytes';

/** For `JSON.stringify` as it is: the bytes are replaced. */
export function bytesToJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [MARK]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(bytesToJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bytesToJson(each)]));
}

export function bytesFromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bytesFromJson);
  if (typeof value !== 'object' || value === null) return value;
  if (MARK in value && typeof value[MARK] === 'string') return Uint8Array.from(Buffer.from(value[MARK], 'base64'));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bytesFromJson(each)]));
}
