/**
 * Inputs as text, one a line, so that a corpus can be read and reviewed: JSON strings where the input is
 * printable, hexadecimal digits where it is not. A line that begins with `#` is a comment.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function readInputs(path: string): Uint8Array[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(decodeInput);
}

export function writeInputs(path: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, inputs.map((input) => `${encodeInput(input)}\n`).join(''));
}

export function encodeInput(input: Uint8Array): string {
  const isPrintable = input.every((byte) => (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9);
  return isPrintable ? JSON.stringify(Buffer.from(input).toString('latin1')) : Buffer.from(input).toString('hex');
}

export function decodeInput(line: string): Uint8Array {
  const isText = line.startsWith('"');
  return new Uint8Array(Buffer.from(isText ? (JSON.parse(line) as string) : line, isText ? 'latin1' : 'hex'));
}
