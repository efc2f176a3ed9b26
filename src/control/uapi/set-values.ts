/**
 * Values of a `set` operation, as strict as upstream reads them (protocol facts 4.2, 2.2): no spaces, no
 * signs, no names that would have to be looked up.
 */
import { parseAddress } from '../../protocol/address-text.ts';
import { KEY_BYTES } from '../../protocol/constants.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { ObfuscationError } from '../../protocol/obfuscation/obfuscation-error.ts';
import { parseRange } from '../../protocol/obfuscation/range-text.ts';
import { quote } from '../../protocol/quote.ts';
import type { Range } from '../../protocol/range.ts';
import { ConfigError } from '../config/config-error.ts';
import { literalEndpoint } from '../config/resolve.ts';
import { refuseLineBreaks, SerialiseError } from '../config/serialise.ts';
import { parseEndpoint as parseEndpointName } from '../config/values.ts';
import { UapiError } from './uapi-error.ts';

export const MAX_UINT16 = 0xffff;
export const MAX_UINT32 = 0xffff_ffff;

/** 64 hexadecimal digits. No message repeats them. */
export function parseKey(key: string, value: string): Uint8Array {
  if (/^[\da-f]{64}$/i.test(value)) return Uint8Array.from(Buffer.from(value, 'hex'));
  throw new UapiError('invalid', `${key}: is not a key of ${KEY_BYTES * 2} hexadecimal digits`);
}

export function parseUnsigned(key: string, value: string, maximum: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number <= maximum) return number;
  throw invalid(key, value, `is not a number from 0 to ${maximum}`);
}

export function parseRangeText(key: string, value: string): Range {
  try {
    return parseRange(value);
  } catch (error) {
    if (error instanceof ObfuscationError) throw invalid(key, value, error.complaint);
    throw error;
  }
}

/** What Go's strconv.ParseBool takes. */
export function parseSwitch(key: string, value: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalid(key, value, 'is neither 1 nor 0');
}

/** What a line of a configuration file may hold, so that the value can be written into one. */
export function parseText(key: string, value: string): string {
  try {
    refuseLineBreaks(key, value);
    return value;
  } catch (error) {
    if (error instanceof SerialiseError) throw invalid(key, value, 'has a control character');
    throw error;
  }
}

/** Of the keys that are there or not. */
export function expect(key: string, value: string, only: string): void {
  if (value !== only) throw invalid(key, value, `can only be "${only}"`);
}

/** With its length, which is never implied here. */
export function parsePrefix(key: string, value: string): Prefix {
  const [, text = '', digits = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(value) ?? [];
  const address = parseAddress(text);
  const length = Number(digits);
  if (digits !== '' && address !== undefined && length <= address.length * 8) return { address, length };
  throw invalid(key, value, 'is not an address with "/length"');
}

export function parseEndpoint(key: string, value: string): Endpoint {
  try {
    const name = parseEndpointName({ file: '', line: 0, key, value }, value);
    const endpoint = literalEndpoint(name, '');
    if (endpoint !== undefined) return endpoint;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  throw invalid(key, value, 'is not an address and a port, as 192.0.2.1:51820 or [2001:db8::1]:51820');
}

export function invalid(key: string, value: string, complaint: string): UapiError {
  return new UapiError('invalid', `${key}=${quote(value)}: ${complaint}`);
}
